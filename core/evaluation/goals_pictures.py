"""Goals of what is drawn: growth, map, clusters, speed. See `core.evaluation.goals`."""

from core.evaluation.goal import Goal

_MAP = "15 neighbours among all rows of the run, mean over the test patches"
_GROWN = "against the same synthetic node re-rendered 3 mm larger, minus the plain warp's"
_KEPT = (
    "against the same synthetic node re-rendered 3 mm larger, minus that of the plain warp with "
    "the scan itself kept around the lesion"
)
_ASKED = (
    "other trainings given the pictures of a lesion's usual walk, of patients that they were not "
    "trained on"
)
_LEAK = "change of the attribute at +3 mm above what re-rendering shows, in population sd"


PICTURES: dict[str, Goal] = {
    "growth.slope": Goal("0.95 to 1.05", "measured against asked change of size, open loop"),
    "growth.mae_2mm": Goal("0.20 mm", "asked minus measured size at +2 mm, open loop"),
    "growth.mae_4mm": Goal("0.30 mm", "asked minus measured size at +4 mm, open loop"),
    "growth.closed_loop_mae": Goal(
        "0.10 mm",
        "asked minus measured size within 9 decodes; n counts requests, a refused one counts as "
        "the scan unchanged",
    ),
    "growth.closed_loop_delivered": Goal("", "the same over requests that were not refused"),
    "growth.psnr_minus_warp": Goal("above 0", f"PSNR {_GROWN}"),
    "growth.ssim_minus_warp": Goal("above 0", f"SSIM {_GROWN}"),
    "growth.dice_minus_warp": Goal("at least -0.01", f"Dice {_GROWN}"),
    "growth.trainings_agree": Goal(
        "", f"share of the steps at which another training calls as this run does; {_ASKED}"
    ),
    "growth.trainings_turn": Goal(
        "", f"where this run's call changes, share of other trainings whose call does; {_ASKED}"
    ),
    "growth.trainings_apart_mm": Goal(
        "", f"how far the sizes lie apart at which both change their call, mean; {_ASKED}"
    ),
    "growth.psnr_minus_kept_warp": Goal("", f"PSNR {_KEPT}"),
    "growth.ssim_minus_kept_warp": Goal("", f"SSIM {_KEPT}"),
    "growth.dice_minus_kept_warp": Goal("", f"Dice {_KEPT}"),
    "growth.told_apart": Goal(
        "at most 0.70",
        "AUC of a small CNN, patients apart, that tells grown nodes from real ones of equal size; "
        "of validation and test patients, n counts pictures",
    ),
    "growth.rises": Goal("0.95", "rank correlation of requested size and score within a node"),
    "growth.score_off": Goal(
        "0.02", "score of the grown node minus the re-rendered one's, absolute, at +3 mm"
    ),
    "growth.score_bias": Goal(
        "", "score of the grown node minus the re-rendered one's, signed, at +3 mm"
    ),
    "growth.leak_elongation": Goal("0.05", _LEAK),
    "growth.leak_signal": Goal("0.05", _LEAK),
    "growth.leak_texture": Goal("0.10", _LEAK),
    "growth.leak_border": Goal("0.30", _LEAK),
    "growth.background": Goal("0.015", "mean absolute change further than 3 px outside both masks"),
    "growth.refused": Goal(
        "at most 0.05", "requests refused where the grown node fits the patch; n counts requests"
    ),
    "growth.reversed": Goal(
        "0.012",
        "mean absolute difference of the scan and of +3 mm and back from it, encoded again between",
    ),
    "growth.redrawn": Goal(
        "0.023", "mean absolute difference of the network's picture and the scan, nothing moved"
    ),
    "flip.found": Goal("0.95", "nodes whose call a smallest plausible change turns, re-encoded"),
    "flip.inside": Goal("0.60", "share of that change inside the node"),
    "flip.patient": Goal("", "of the nodes whose call turns, those whose patient's call turns too"),
    "map.trustworthiness": Goal("0.94", f"neighbours on the map are neighbours in codes; {_MAP}"),
    "map.continuity": Goal("0.90", f"neighbours in codes are neighbours on the map; {_MAP}"),
    "map.knn_overlap": Goal("0.40", f"neighbours shared by codes and map; {_MAP}"),
    "map.trustworthiness_pca": Goal("", f"the same for the two-dimensional PCA, the floor; {_MAP}"),
    "map.continuity_pca": Goal("", f"the same for the two-dimensional PCA, the floor; {_MAP}"),
    "map.knn_overlap_pca": Goal("", f"the same for the two-dimensional PCA, the floor; {_MAP}"),
    "map.trustworthiness_named": Goal("", f"the same for the named dimensions' own map; {_MAP}"),
    "map.continuity_named": Goal("", f"the same for the named dimensions' own map; {_MAP}"),
    "map.knn_overlap_named": Goal("", f"the same for the named dimensions' own map; {_MAP}"),
    "cluster.eta2_size": Goal("0.60", "share of the short axis' variance between clusters"),
    "cluster.eta2_elongation": Goal("0.65", "share of elongation's variance between clusters"),
    "cluster.silhouette": Goal("", "mean silhouette of the test patches in the clustered codes"),
    "cluster.k": Goal(
        "8 at most, or no K is supported",
        "groups offered, chosen on training patients; 0 where no K is supported",
    ),
    "cluster.ari": Goal(
        "0.85",
        "adjusted Rand index over test patches with groups of 50 resamples of training patients",
    ),
    "cluster.silhouette_minus_null": Goal(
        "0.07", "silhouette of test patches minus that of 20 covariance-matched Gaussian nulls"
    ),
    "speed.train_ratio": Goal("6", "patches a second over the paper's network in plain float32"),
    "speed.time_to_paper": Goal(
        "10", "wall time of the paper preset to its best validation SSIM, over ours to the same"
    ),
    "speed.heatmap_ratio": Goal(
        "300,000", "the paper's heat map's time over ours a node, in its patient's batch"
    ),
    "speed.heatmap_over_forward": Goal("1.3", "maps of a patient's nodes over one forward pass"),
    "speed.heatmap_batch": Goal("5", "a patient's maps one by one over all of them at once"),
    "speed.decode_one_ms": Goal("2", "one code decoded, milliseconds, median"),
    "speed.decode_1000_s": Goal("0.5", "1,000 codes decoded, seconds, median"),
    "speed.drag_p95_ms": Goal("50", "input to new pixels in the browser, milliseconds"),
    "speed.drag_fps": Goal("30", "pictures a second while dragging"),
    "speed.dials_p95_ms": Goal("50", "input to new pixels on Dials, milliseconds"),
    "speed.dials_fps": Goal("30", "pictures a second while a dial is dragged"),
    "speed.clients30_p95_ms": Goal("30", "30 people at 10 Hz, at the server, milliseconds"),
    "speed.first_page_s": Goal("3", "from start to the first page, seconds"),
    "speed.page_switch_p95_s": Goal("0.5", "from one page to another, seconds"),
}
