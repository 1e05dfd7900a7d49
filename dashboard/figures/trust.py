"""A map's quality in words and as a table."""

from collections.abc import Mapping

from core.evaluation.intervals import Interval
from core.evaluation.map_quality import MapQuality
from dashboard.figures import points as mapping

Trusted = tuple[Interval, Interval, Interval]  # trustworthiness, continuity, neighbours kept


def sentence(found: MapQuality, layout: mapping.Layout) -> str:
    """What the figures mean for who looks at the map."""
    kept = 15 * float(found.overlap.mean())
    return (
        f"**Of a point's 15 true neighbours, {kept:.0f} lie among the 15 beside it on {layout}.** "
        "What is near here is more alike to the model than chance; what is far may be alike too. "
        "Neighbours, groups and selections on this page are those of the latent space, not of "
        "the picture."
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
