"""Goals of heat maps (EXPLAIN.md, XA3 to XA7). See `core.evaluation.goals`."""

from core.evaluation.goal import Goal

_SHIFTED = "patches shifted by up to 8 px"
_EVIDENCE = f"the evidence for the model's own call, {_SHIFTED}"
_PLANTED = "held-out nodes of a run trained on a planted cohort"


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


def _planted() -> dict[str, Goal]:
    """What is asked of maps on a planted cause, as patches were cut and moved off the middle."""
    knowing_less = {
        "_blob": "a centre blob",
        "_edge": "an edge detector",
        "_chance": "noise",
        "_usual": "a map of where causes lie in training patches",
    }
    maps = {"": "the map", **knowing_less}
    found: dict[str, Goal] = {}
    for told, decoy, where in (
        ("planted", "decoy", _PLANTED),
        ("planted_moved", "decoy_moved", f"{_SHIFTED}; {_PLANTED}"),
    ):
        goals = {
            "mass": ("", "relevance of {of} on the planted cause"),
            "over_area": ("5", "relevance of {of} on the planted cause over its share of area"),
            "pointing": ("", "pointing game of {of} on the planted cause"),
            "rank": ("", "share of the cause that {of}'s equally many most relevant pixels cover"),
            "worth": ("", "insertion minus deletion of {of}"),
            "road_positive": ("", "share of {of} whose ROAD LeRF - MoRF is above 0"),
        }
        for figure, (reach, said) in goals.items():
            for name, of in maps.items():
                wanted = "" if name else reach
                words = f"{said.format(of=of)}; {where}"
                found[f"explain.{told}_{figure}{name}"] = Goal(wanted, words)
        found |= {
            f"explain.{told}_area": Goal("", f"the planted cause's share of the patch; {where}"),
            f"explain.{told}_over_blob": Goal(
                "1.5", f"relevance on the planted cause over a centre blob's; {where}"
            ),
            f"explain.{told}_minus_usual": Goal(
                "above 0",
                "relevance on the planted cause minus that of a map of where causes lie in "
                f"training patches, paired; {where}",
            ),
            f"explain.{decoy}_mass": Goal("", f"relevance on a decoy without effect; {where}"),
            f"explain.{decoy}_over_cause": Goal(
                "at most a third", f"relevance on a decoy over that on the cause; {where}"
            ),
        }
    return found


_COMPARED = (
    "agreement",
    "randomised_ssim",
    "randomised_spearman",
    "randomised_minus_between",
    "between_nodes_ssim",
    "flip_ssim",
    "sensitivity_p95",
)

_OWN: dict[str, Goal] = {
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
    "explain.mass_over_blob": Goal("1.8", f"mass over the centre blob's, {_SHIFTED}"),
    "explain.mass_over_area": Goal("3.5", f"mass over the node's share of the patch, {_SHIFTED}"),
    **{
        f"explain.mass_over_area_{of}": Goal("", f"the same of {said}, {_SHIFTED}")
        for of, said in (
            ("blob", "a centre blob"),
            ("edge", "an edge detector"),
            ("chance", "noise"),
        )
    },
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
    **_planted(),
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

HEAT: dict[str, Goal] = {
    **_OWN,
    **{
        name.replace("explain.", "explain.planted_"): Goal("", f"{goal.definition}; {_PLANTED}")
        for name, goal in _OWN.items()
        if name.startswith(tuple(f"explain.{figure}" for figure in _COMPARED))
    },
}
