"""A map's quality in words and as a table."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.evaluation.intervals import Interval
from core.evaluation.map_quality import MapQuality
from core.run import Words
from dashboard.figures import points as mapping

Trusted = tuple[Interval, Interval, Interval]  # trustworthiness, continuity, neighbours kept


@dataclass(frozen=True, eq=False)
class Placements:
    """Patches placed one at a time as if their patients were new.

    Attributes:
        reaches: How far each halo reaches, (patch,), in the map's units.
        kept: Share of a patch's 15 true neighbours among the 15 beside its place, by patient.
    """

    reaches: NDArray[np.float64]
    kept: Interval


def sentence(found: MapQuality, layout: mapping.Layout) -> str:
    """What the figures mean for who looks at the map."""
    kept = 15 * float(found.overlap.mean())
    where = "in the named dimensions" if layout == mapping.NAMED else "in the whole code"
    return (
        f"**Of a point's 15 true neighbours {where}, {kept:.0f} lie among the 15 beside it on "
        f"{layout}.** What is near here is more alike to the model than chance; what is far may "
        f"be alike too. Neighbours and threads are those {where}, groups those of what they are "
        "looked at in, not of places on the map."
    )


def placed(reach: float, others: Placements, names: Words) -> str:
    """How sure a placed node's place is, beside that of others.

    Args:
        reach: How far its halo reaches, in the map's units; the map is 2 wide.
        others: Other patches, placed alike.
        names: What the cohort calls its things.
    """
    wider, kept = float((others.reaches < reach).mean()), others.kept
    sure = (
        "surer than most" if wider < 1 / 3 else "less sure than most" if wider > 2 / 3 else "usual"
    )
    return (
        f"**Placed as a new {names.lesion}: the square on the map, with its halo.** Half of its 15 "
        f"true neighbours lie within the halo, which reaches {100 * reach / 2:.0f} % of the "
        f"map's width to each side; {100 * wider:.0f} % of {len(others.reaches)} patches "
        f"placed alike have a narrower one ({sure}). Of these patches' 15 true neighbours, "
        f"{15 * kept.value:.1f} ({15 * kept.low:.1f} to {15 * kept.high:.1f}) lie among the 15 "
        "beside the place. The map itself was laid out with this patient's codes too, so a really "
        "new one may fare worse."
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
