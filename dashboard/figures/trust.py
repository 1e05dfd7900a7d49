"""A map's quality in words and as a table."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from core.evaluation.intervals import Interval
from core.evaluation.map_quality import MapQuality
from core.run import Words
from dashboard.figures import points as mapping

Trusted = tuple[Interval, Interval, Interval]  # trustworthiness, continuity, neighbours kept


def sentence(found: MapQuality, layout: mapping.Layout) -> str:
    """What the figures mean for who looks at the map."""
    kept = 15 * float(found.overlap.mean())
    where = "in the named dimensions" if layout == mapping.NAMED else "in the whole code"
    return (
        f"**Of a point's 15 true neighbours {where}, {kept:.0f} lie among the 15 beside it on "
        f"{layout}.** What is near here is more alike to the model than chance; what is far may "
        "be alike too. Neighbours, groups and selections on this page are those of the latent "
        "space, not of the picture."
    )


def placed(reach: float, others: NDArray[np.float64], names: Words) -> str:
    """How sure a placed node's place is, beside that of others.

    Args:
        reach: How far its halo reaches, in the map's units; the map is 2 wide.
        others: Halos of other patches.
        names: What the cohort calls its things.
    """
    wider = float((others < reach).mean())
    sure = (
        "surer than most" if wider < 1 / 3 else "less sure than most" if wider > 2 / 3 else "usual"
    )
    return (
        f"**Placed as a new {names.lesion}: the square on the map, with its halo.** Half of its 15 "
        f"true neighbours lie within the halo, which reaches {100 * reach / 2:.0f} % of the "
        f"map's width to each side; {100 * wider:.0f} % of {len(others)} patches placed alike "
        f"have a narrower one ({sure})."
    )


def table(known: Mapping[mapping.Layout, Trusted]) -> list[dict[str, str]]:
    """One line a layout."""
    return [
        {
            "layout": name,
            "trustworthy": _spelt(trusted),
            "continuous": _spelt(continuous),
            "neighbours kept": _spelt(kept),
        }
        for name, (trusted, continuous, kept) in known.items()
    ]


def _spelt(one: Interval) -> str:
    return f"{one.value:.3f} ({one.low:.3f} to {one.high:.3f})"
