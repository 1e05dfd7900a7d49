"""Goals of what is drawn: growth, map, clusters, speed, heat maps. See `core.evaluation.goals`."""

from core.evaluation.goal import Goal

_MAP = "15 neighbours among all rows of the run, mean over the test patches"
_SHIFTED = "patches shifted by up to 8 px"
_EVIDENCE = f"the evidence for the model's own call, {_SHIFTED}"
_PLANTED = "held-out nodes of a run trained on a planted cohort"
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


def _exchanged(curve: str, pixels: str) -> dict[str, Goal]:
    """One of the two curves alone, of the default map and of maps that know nothing."""
    maps = {
        "": "the map",
        "_blob": "a centre blob",
        "_edge": "an edge detector",
        "_chance": "noise",
    }
    return {
        f"explain.{curve}{name}": Goal(
            "", f"mean logit while the pixels most relevant to {of} {pixels}, {_SHIFTED}"
        )
        for name, of in maps.items()
    }


def _compared() -> dict[str, Goal]:
    """What maps that know nothing of the model reach where one map is compared with another."""
    maps = {"_blob": "a centre blob", "_edge": "an edge detector", "_chance": "noise drawn anew"}
    unseen = "which no network changes: 1 by construction but for noise"
    asked = {
        "agreement": "rank correlation of the default map with {of}",
        "randomised_ssim": f"SSIM of {{of}} with itself for another network, {unseen}",
        "randomised_spearman": f"rank correlation of {{of}} with itself likewise, {unseen}",
        "between_nodes_ssim": "SSIM of {of} of two different nodes",
        "retrained_ssim": f"SSIM of {{of}} with itself for another training, {unseen}",
        "flip_ssim": "SSIM of {of} with the mirrored patch's, mirrored back",
        "sensitivity_p95": "captum's sensitivity_max of {of}, 95th percentile",
    }
    return {
        f"explain.{figure}{name}": Goal("", said.format(of=of))
        for figure, said in asked.items()
        for name, of in maps.items()
    }


def _moved() -> dict[str, Goal]:
    """Relevance on the planted cause off the middle, of the default map and of what knows less."""
    of = {
        "": "the map",
        "_blob": "a centre blob",
        "_edge": "an edge detector",
        "_chance": "noise",
        "_usual": "a map of where causes lie in training patches",
    }
    return {
        f"explain.planted_moved_mass{name}": Goal(
            "", f"relevance of {said} on the planted cause, {_SHIFTED}; {_PLANTED}"
        )
        for name, said in of.items()
    }


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
    "explain.pointing": Goal("0.95 and centre blob + 0.40", f"pointing game of {_EVIDENCE}"),
    "explain.pointing_blob": Goal("", f"pointing game of a centre blob, {_SHIFTED}"),
    "explain.pointing_edge": Goal("", f"pointing game of an edge detector, {_SHIFTED}"),
    "explain.pointing_chance": Goal("", f"pointing game of noise, {_SHIFTED}"),
    "explain.mass": Goal("0.55", f"share inside the node of {_EVIDENCE}"),
    "explain.mass_blob": Goal("", f"relevance inside the node, centre blob, {_SHIFTED}"),
    "explain.mass_edge": Goal("", f"relevance inside the node, edge detector, {_SHIFTED}"),
    "explain.mass_chance": Goal("", f"relevance inside the node, noise, {_SHIFTED}"),
    "explain.mass_minus_blob": Goal(
        "above 0, and 1.8 times the blob's", f"mass minus the centre blob's, paired, {_SHIFTED}"
    ),
    "explain.pointing_minus_blob": Goal(
        "0.40", f"pointing game minus the centre blob's, paired, {_SHIFTED}"
    ),
    "explain.rank": Goal(
        "", f"share of the node that equally many most relevant pixels cover, of {_EVIDENCE}"
    ),
    "explain.rank_blob": Goal("", f"the same of a centre blob, {_SHIFTED}"),
    "explain.rank_edge": Goal("", f"the same of an edge detector, {_SHIFTED}"),
    "explain.rank_chance": Goal("", f"the same of noise, {_SHIFTED}"),
    "explain.node_area": Goal("", f"the node's share of the patch, {_SHIFTED}"),
    "explain.planted_mass": Goal("5 times its area", f"relevance on the planted cause; {_PLANTED}"),
    "explain.planted_mass_blob": Goal("", f"the same of a centre blob; {_PLANTED}"),
    "explain.planted_mass_edge": Goal("", f"the same of an edge detector; {_PLANTED}"),
    "explain.planted_mass_chance": Goal("", f"the same of noise; {_PLANTED}"),
    "explain.planted_mass_usual": Goal(
        "", f"the same of a map of where causes lie in training patches; {_PLANTED}"
    ),
    "explain.planted_minus_usual": Goal(
        "above 0", f"relevance on the planted cause minus that map's, paired; {_PLANTED}"
    ),
    **_moved(),
    "explain.planted_area": Goal("", f"the planted cause's share of the patch; {_PLANTED}"),
    "explain.decoy_mass": Goal(
        "a third of the cause's", f"relevance on a decoy without effect; {_PLANTED}"
    ),
    "explain.planted_moved_area": Goal(
        "", f"the planted cause's share of the patch, {_SHIFTED}; {_PLANTED}"
    ),
    "explain.decoy_moved_mass": Goal(
        "a third of the cause's", f"relevance on a decoy without effect, {_SHIFTED}; {_PLANTED}"
    ),
    "explain.insertion_minus_deletion": Goal(
        "random + 0.50", f"blurred infill, logit curves, {_SHIFTED}"
    ),
    "explain.insertion_minus_deletion_blob": Goal("", f"the same of a centre blob, {_SHIFTED}"),
    "explain.insertion_minus_deletion_edge": Goal("", f"the same of an edge detector, {_SHIFTED}"),
    "explain.insertion_minus_deletion_chance": Goal("", f"the same of noise, {_SHIFTED}"),
    **_exchanged("insertion", "return into the blurred patch; high is good"),
    **_exchanged("deletion", "leave for the blurred patch; low is good"),
    "explain.road_positive": Goal(
        "0.90", f"share of the nodes called whose ROAD LeRF - MoRF is above 0, {_SHIFTED}"
    ),
    "explain.road_positive_blob": Goal("", f"the same of a centre blob, {_SHIFTED}"),
    "explain.road_positive_edge": Goal("", f"the same of an edge detector, {_SHIFTED}"),
    "explain.road_positive_chance": Goal("", f"the same of noise, {_SHIFTED}"),
    "explain.agreement": Goal(
        "", "rank correlation of the default map with other methods', mean over methods"
    ),
    **_compared(),
    "explain.randomised_ssim": Goal(
        "0.20", "SSIM with the map of a randomised network, worst stage from the posterior mean on"
    ),
    "explain.randomised_spearman": Goal(
        "0.20", "signed rank correlation with the map of a randomised network, worst such stage"
    ),
    "explain.shuffled_ssim": Goal(
        "", "SSIM with the map of heads fitted on shuffled labels, mean over 5 shuffles"
    ),
    "explain.shuffled_spearman": Goal("", "signed rank correlation with those maps"),
    "explain.shuffled_strength": Goal("", "largest magnitude of those maps over the map's own"),
    "explain.between_nodes_ssim": Goal("", "SSIM of maps of two different nodes"),
    "explain.randomised_minus_between": Goal(
        "below 0",
        "SSIM with a randomised network's map minus that with other nodes' maps, paired by node, "
        "worst stage from the posterior mean on",
    ),
    "explain.retrained_ssim": Goal("0.55", "SSIM of the maps of two trainings"),
    "explain.flip_ssim": Goal("0.70", "SSIM with the mirrored patch's map, mirrored back"),
    "explain.sensitivity_p95": Goal("0.05", "captum's sensitivity_max, 95th percentile"),
}
