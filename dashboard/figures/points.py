"""The map as plain columns: where each patch lies, its colour, and what the colours mean."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.latent.attributes import attribute_words, column, spoken_unit
from core.latent.space import Over
from core.run import Run
from dashboard import words
from dashboard.figures import theme

Layout = Literal[
    "UMAP, named dimensions", "UMAP", "UMAP, another seed", "PCA", "UMAP 3-D", "PCA 3-D"
]
LAYOUTS: tuple[Layout, ...] = get_args(Layout)
NAMED: Layout = "UMAP, named dimensions"  # only where at least two dimensions have a name
WHOLE: Layout = "UMAP"  # every run has it
AGAIN: Layout = "UMAP, another seed"  # not kept in the run: laid out when it is asked for
COLUMNS: dict[Layout, tuple[str, ...]] = {
    NAMED: ("named_x", "named_y"),
    "UMAP": ("umap_x", "umap_y"),
    AGAIN: ("umap_x", "umap_y"),
    "UMAP 3-D": ("umap3_x", "umap3_y", "umap3_z"),
    "PCA": ("pca_x", "pca_y"),
    "PCA 3-D": ("pca_x", "pca_y", "pca_z"),
}
BUTTONS: dict[Layout, str] = {NAMED: "UMAP, named", AGAIN: "Another seed"}  # where room is short
RAMPED = (0.5, 99.5)  # percentiles at the ends of a ramp: single odd ones shall not stretch it
FORMING: tuple[Layout, ...] = (NAMED, "UMAP", "PCA")  # in which moments of training are laid out
WORDS: dict[Layout, str] = {
    NAMED: "UMAP of the dimensions that have a name: near here is alike in size and the other "
    "named looks; threads lead to the nearest in these. “UMAP” shows the whole code.",
    "UMAP": "UMAP of the whole code keeps near patches near. Wide gaps, and directions, mean "
    "little.",
    AGAIN: "The same codes laid out by UMAP once more, by other chance: what moved was no finding.",
    "PCA": "PCA is a plain shadow of the codes: far apart here is far apart to the model, "
    "but near here may still be unlike.",
    "UMAP 3-D": "UMAP with one dimension more, so that fewer neighbours are torn apart. "
    "Drag to turn it.",
    "PCA 3-D": "The three longest axes of the codes. Drag to turn it.",
}
CLUSTER = "cluster"
KEPT = "kept"  # how many of a point's true neighbours are beside it on this map
TRUSTED = "trustworthiness"  # whether the points beside a point are its true neighbours
CONTINUOUS = "continuity"  # whether a point's true neighbours stay beside it
TRUSTS = (KEPT, TRUSTED, CONTINUOUS)
MOST_KEPT = 5000  # rows up to which every point is judged; beyond some, the others stay grey
NOT_A_COLOUR = ("row", "patient_id", "slice_k", "node", "key_slice")
FEW = 8  # whole numbers up to this many different ones are names, not a ramp

# Matplotlib's viridis at nine places, without the two ends that vanish on dark and on paper
VIRIDIS = ("#482878", "#3E4A89", "#31688E", "#26828E", "#1F9E89", "#35B779", "#6DCD59", "#B4DE2C")


@dataclass(frozen=True)
class Legend:
    """What colours mean: a ramp with its two ends, or names with a colour each."""

    title: str
    stops: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    names: tuple[tuple[str, str], ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Colouring:
    """Every patch's colour; position i is the run's row i.

    Attributes:
        colours: (row, 3) uint8.
        numbers: (row,) float32, the value on a ramp; NaN where unknown or where names are shown.
        named: (row,) uint16, the place in the legend's names; all 0 for a ramp.
        legend: What the colours mean.
    """

    colours: NDArray[np.uint8]
    numbers: NDArray[np.float32]
    named: NDArray[np.uint16]
    legend: Legend


def colour_names(run: Run) -> tuple[str, ...]:
    """Every column that points can be coloured by, the telling ones first."""
    first = ("short_axis_mm", "label", "node_score", CLUSTER, "n_stage", "split", *TRUSTS)
    rows = run.rows
    there = [name for name in rows if name not in NOT_A_COLOUR and rows[name].nunique() > 1]
    ordered = [name for name in first if name in there or name in (CLUSTER, *TRUSTS)]
    return (*ordered, *(name for name in there if name not in ordered))


def layout_words(layout: Layout, over: Over) -> str:
    """What a layout shows, and whether the groups are looked for in the same."""
    if layout not in (NAMED, WHOLE):
        return WORDS[layout]
    same = (layout == NAMED) == (over == "attributes")
    other = "named dimensions" if over == "attributes" else "whole code"
    groups = "in the same" if same else f"in the {other} instead"
    return f"{WORDS[layout]} The groups below are looked for {groups}."


def nearest_in(layout: Layout) -> str:
    """Where the neighbours are looked for that a map's threads lead to."""
    return "the named dimensions" if layout == NAMED else "the whole code"


def nearest_words(layout: Layout) -> str:
    """What is meant by a patch's nearest neighbours beside a map."""
    return (
        f"In {nearest_in(layout)}, as the map's threads are, not by place on the map. 1 × usual: "
        "as near as half of all pictures have one of another patient."
    )


def colour_title(name: str, run: Run) -> str:
    """How a column is called where it colours the map, with its unit."""
    own = {
        "label": f"{run.words.outcome} or {run.words.no_outcome}",
        "node_score": "suspicion score",
        "split": "split",
        CLUSTER: "group",
        KEPT: "trust: true neighbours kept here",
        TRUSTED: "trust: trustworthiness here",
        CONTINUOUS: "trust: continuity here",
    }
    unit, _ = spoken_unit(name, run.rows)
    return own.get(name, attribute_words(name)) + (f" ({unit})" if unit else "")


def layouts(run: Run) -> tuple[Layout, ...]:
    """The layouts that this run's map holds."""
    return tuple(name for name in LAYOUTS if all(axis in run.map for axis in COLUMNS[name]))


def places(
    axes: NDArray[np.float32], within: NDArray[np.float32] | None = None
) -> NDArray[np.float32]:
    """Coordinates centred and scaled so that nearly all lie in [-1, 1]; 3-D keeps its shape.

    With `within` they are scaled as those are, so that some points lie where they lie among all.
    """
    within = axes if within is None else within
    low, high = np.percentile(within, [0.5, 99.5], axis=0)
    reach = np.maximum((high - low) / 2, 1e-6)
    if axes.shape[1] == 3:
        reach = np.full(3, reach.max())
    return np.clip((axes - (low + high) / 2) / reach, -1.15, 1.15).astype(np.float32)


def coloured(values: pd.Series, name: str, run: Run) -> Colouring:
    """A colour for every value and the legend to read it by; unknown values are grey."""
    title, (_, per) = colour_title(name, run), spoken_unit(name, run.rows)
    values = values / per if per != 1.0 else values
    numbers = column(pd.DataFrame({name: values}), name)
    known = np.isfinite(numbers)
    whole = known.any() and bool((numbers[known] == np.round(numbers[known])).all())
    many = len(np.unique(numbers[known])) > FEW and name != CLUSTER
    nothing = np.full(len(values), np.nan, np.float32)
    if known.any() and (many or not whole):
        low, high = (float(edge) for edge in np.percentile(numbers[known], RAMPED))
        found = ramp(np.nan_to_num((numbers - low) / max(high - low, 1e-9)))
        found[~known] = rgb(theme.NEUTRAL)
        clipped = ["≤ " if numbers[known].min() < low else ""]
        clipped += ["≥ " if numbers[known].max() > high else ""]
        ends = f"{clipped[0]}{low:.3g}", f"{clipped[1]}{high:.3g}"
        called = float(run.preprocessing["node_threshold"]) if name == "node_score" else None
        note = "" if called is None else f"called suspicious from {called:.2g}"
        legend = Legend(title, stops=VIRIDIS, ends=ends, note=note)
        return Colouring(
            found, numbers.astype(np.float32), np.zeros(len(values), np.uint16), legend
        )
    texts = values.astype("object").where(values.notna(), "unknown")
    names = sorted(set(texts), key=lambda one: (isinstance(one, str), one))
    hues = [category(one, number, name) for number, one in enumerate(names)]
    at = {one: number for number, one in enumerate(names)}
    named = np.array([at[one] for one in texts], np.uint16)
    found = np.array([rgb(hue) for hue in hues], np.uint8)[named]
    listed = tuple((spelt(one, name, run), hue) for one, hue in zip(names, hues, strict=True))
    return Colouring(found, nothing, named, Legend(title, names=listed))


def category(value: object, number: int, name: str) -> str:
    """The colour of one name; labels and stages keep theirs on every page."""
    if value == "unknown":
        return theme.NEUTRAL
    if name == "label":
        return theme.label_colour(int(str(value).split(".")[0]))
    if name == "n_stage":
        return theme.STAGES[min(int(float(str(value))), 2)]
    if name == CLUSTER:
        at = int(float(str(value)))
        return theme.cluster_colour(at) if at >= 0 else theme.NEUTRAL
    return theme.category_colour(number)


def spelt(value: object, name: str, run: Run) -> str:
    """A value as the legend writes it."""
    if value == "unknown" or isinstance(value, str):
        return str(value)
    number = int(float(str(value)))
    if name == CLUSTER and number < 0:
        return "in none"
    if name == "label":
        return words.outcome_of(number, run.words)
    prefix = {"n_stage": "N", "t_stage": "T"}.get(name, "")
    return f"{prefix}{number + 1 if name == CLUSTER else number}"


def ramp(shares: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Viridis at shares in [0, 1], (n, 3) uint8."""
    stops = np.array([rgb(stop) for stop in VIRIDIS], float)
    at = np.clip(shares, 0, 1) * (len(stops) - 1)
    mixed = [np.interp(at, np.arange(len(stops)), stops[:, channel]) for channel in range(3)]
    return np.round(np.stack(mixed, axis=1)).astype(np.uint8)


def rgb(colour: str) -> tuple[int, int, int]:
    """ "#RRGGBB" as three numbers."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
