"""The map as plain values: where each patch lies, its colour, and what the colours mean."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.arrays import Labels
from core.latent.attributes import attribute_unit, attribute_words, column
from core.run import Run
from dashboard import words
from dashboard.figures import theme

Layout = Literal["UMAP", "UMAP 3-D", "PCA", "PCA 3-D"]
LAYOUTS: tuple[Layout, ...] = ("UMAP", "UMAP 3-D", "PCA", "PCA 3-D")
COLUMNS: dict[Layout, tuple[str, ...]] = {
    "UMAP": ("umap_x", "umap_y"),
    "UMAP 3-D": ("umap3_x", "umap3_y", "umap3_z"),
    "PCA": ("pca_x", "pca_y"),
    "PCA 3-D": ("pca_x", "pca_y", "pca_z"),
}
CLUSTER = "cluster"
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


@dataclass(frozen=True)
class Points:
    """Every patch on the map; position i is the run's row i.

    Attributes:
        layout: Name of the layout; another one begins with a fresh view.
        places: (row, 2 or 3) float32 in about [-1, 1].
        colours: (row, 3) uint8.
        faded: (row,) bool, greyed and out of the pointer's reach, never hidden.
        says: What the card beside the pointer says.
        legend: What the colours mean.
    """

    layout: str
    places: NDArray[np.float32]
    colours: NDArray[np.uint8]
    faded: NDArray[np.bool_]
    says: tuple[str, ...]
    legend: Legend


def colour_names(run: Run) -> tuple[str, ...]:
    """Every column that points can be coloured by, the telling ones first."""
    first = ("short_axis_mm", "label", "node_score", CLUSTER, "n_stage", "split")
    rows = run.rows
    there = [name for name in rows if name not in NOT_A_COLOUR and rows[name].nunique() > 1]
    ordered = [name for name in first if name in there or name == CLUSTER]
    return (*ordered, *(name for name in there if name not in ordered))


def colour_title(name: str, run: Run) -> str:
    """How a column is called where it colours the map, with its unit."""
    own = {
        "label": f"{run.words.outcome} or {run.words.no_outcome}",
        "node_score": "suspicion score",
        "split": "split",
        CLUSTER: "cluster",
    }
    unit = attribute_unit(name)
    return own.get(name, attribute_words(name)) + (f" ({unit})" if unit else "")


def layouts(run: Run) -> tuple[Layout, ...]:
    """The layouts that this run's map holds."""
    return tuple(name for name in LAYOUTS if all(axis in run.map for axis in COLUMNS[name]))


def points(
    run: Run, *, layout: Layout, colour_by: str, split: str, clusters: Labels | None = None
) -> Points:
    """Lay out and colour every patch of a run.

    Args:
        run: Whose patches.
        layout: Which of the map's layouts.
        colour_by: A column of the rows, or "cluster".
        split: Rows outside it fade; "all" fades none.
        clusters: The cluster of every row where another K was chosen than the map holds.
    """
    values = run.rows[colour_by] if colour_by != CLUSTER else run.map[CLUSTER]
    if colour_by == CLUSTER and clusters is not None:
        values = pd.Series(clusters)
    colours, legend = coloured(values, colour_by, run)
    faded = np.zeros(len(run.rows), bool) if split == "all" else (run.rows["split"] != split)
    return Points(
        layout=layout,
        places=places(run.map[list(COLUMNS[layout])].to_numpy(np.float32)),
        colours=colours,
        faded=np.asarray(faded, bool),
        says=captions(run, colour_by, values),
        legend=legend,
    )


def places(axes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Coordinates centred and scaled so that nearly all lie in [-1, 1]; 3-D keeps its shape."""
    low, high = np.percentile(axes, [0.5, 99.5], axis=0)
    reach = np.maximum((high - low) / 2, 1e-6)
    if axes.shape[1] == 3:
        reach = np.full(3, reach.max())
    return np.clip((axes - (low + high) / 2) / reach, -1.15, 1.15).astype(np.float32)


def coloured(values: pd.Series, name: str, run: Run) -> tuple[NDArray[np.uint8], Legend]:
    """A colour for every value and the legend to read it by; unknown values are grey."""
    title = colour_title(name, run)
    numbers = column(pd.DataFrame({name: values}), name)
    known = np.isfinite(numbers)
    whole = known.any() and bool((numbers[known] == np.round(numbers[known])).all())
    many = len(np.unique(numbers[known])) > FEW and name != CLUSTER
    if known.any() and (many or not whole):
        low, high = (float(edge) for edge in np.percentile(numbers[known], [2, 98]))
        found = ramp(np.nan_to_num((numbers - low) / max(high - low, 1e-9)))
        found[~known] = rgb(theme.NEUTRAL)
        ends = (f"{low:.3g}", f"{high:.3g}")
        return found, Legend(title, stops=VIRIDIS, ends=ends)
    texts = values.astype("object").where(values.notna(), "unknown")
    names = sorted(set(texts), key=lambda one: (isinstance(one, str), one))
    hues = {one: category(one, number, name) for number, one in enumerate(names)}
    found = np.array([rgb(hues[one]) for one in texts], np.uint8)
    listed = tuple((spelt(one, name, run), hues[one]) for one in names)
    return found, Legend(title, names=listed)


def category(value: object, number: int, name: str) -> str:
    """The colour of one name; labels and stages keep theirs on every page."""
    if value == "unknown":
        return theme.NEUTRAL
    if name == "label":
        return theme.label_colour(int(str(value).split(".")[0]))
    if name == "n_stage":
        return theme.STAGES[min(int(float(str(value))), 2)]
    return theme.cluster_colour(number) if name == CLUSTER else theme.category_colour(number)


def spelt(value: object, name: str, run: Run) -> str:
    """A value as the legend writes it."""
    if value == "unknown" or isinstance(value, str):
        return str(value)
    number = int(float(str(value)))
    if name == "label":
        return words.outcome_of(number, run.words)
    prefix = {"n_stage": "N", "t_stage": "T"}.get(name, "")
    return f"{prefix}{number + 1 if name == CLUSTER else number}"


def captions(run: Run, colour_by: str, values: pd.Series) -> tuple[str, ...]:
    """The card's text for every row: whose it is, how large, where from."""
    rows = run.rows
    extra = colour_by not in ("label", "short_axis_mm", "split", CLUSTER, "n_stage")
    name = colour_title(colour_by, run)
    found = []
    for patient, node, size, label, split, value in zip(
        rows["patient_id"],
        rows["node"],
        rows["short_axis_mm"],
        rows["label"],
        rows["split"],
        values,
        strict=True,
    ):
        lines = [f"{patient}, {run.words.lesion} {node}"]
        if size == size:
            lines.append(f"short axis {words.mm(size)}")
        lines.append(words.from_patient(int(label), run.words))
        if extra and pd.notna(value):
            text = f"{value:.3g}" if isinstance(value, float) else str(value)
            lines.append(f"{name} {text}")
        if split == "train":
            lines.append("seen in training")
        found.append("\n".join(lines))
    return tuple(found)


def ramp(shares: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Viridis at shares in [0, 1], (n, 3) uint8."""
    stops = np.array([rgb(stop) for stop in VIRIDIS], float)
    at = np.clip(shares, 0, 1) * (len(stops) - 1)
    mixed = [np.interp(at, np.arange(len(stops)), stops[:, channel]) for channel in range(3)]
    return np.round(np.stack(mixed, axis=1)).astype(np.uint8)


def rgb(colour: str) -> tuple[int, int, int]:
    """ "#RRGGBB" as three numbers."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
