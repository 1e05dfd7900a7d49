"""What stands beside a walk, to be saved: pictures side by side, ways as strips, charts as numbers.

Marked as a walk's own files are (`core.growth.film`): what is simulated says so in its pixels, and
every file says in its header what it is for.
"""

from collections.abc import Mapping, Sequence
from textwrap import wrap

import numpy as np
import pandas as pd
from PIL import Image, ImageDraw

from core.arrays import Patches
from core.growth.counterfactual import Flip
from core.growth.film import GROUND, MARK, NOTICE, Pixels, captioned, marked, png
from core.growth.trajectory import Trajectory

READ = ("short_axis_mm", "elongation", "signal", "contrast", "texture", "border")
HEAD_PX = 36  # above a strip, for the name of its way
STRIP = 9  # pictures of a way
LINE = 56  # letters of a line under a picture


def beside(
    pictures: Patches,
    titles: Sequence[str],
    marks: Sequence[str],
    *,
    spacing_mm: tuple[float, float] | None,
) -> bytes:
    """Pictures of lesions side by side as PNG, each with its title and its mark.

    Args:
        pictures: (picture, height, width) in [0, 1].
        titles: What each shows; two lines of 56 letters at most.
        marks: SIMULATED, SYNTHETIC, or "" for a scan of a patient.
        spacing_mm: Size of a pixel, (down, across); None where neither it nor the sides are known.

    Raises:
        ValueError: Not as many titles and marks as pictures.
    """
    frames = []
    for picture, title, mark in zip(pictures, titles, marks, strict=True):
        first, *rest = [*wrap(title, LINE), ""][:2]
        frames.append(captioned(marked(picture, spacing_mm, mark), first, "".join(rest)))
    return png(np.concatenate(frames, axis=1))


def strips(walks: Mapping[str, Trajectory]) -> bytes:
    """Several ways between two lesions as PNG, one strip under the other with its name.

    Args:
        walks: By the way's name; of each, nine pictures at even steps are drawn.

    Raises:
        ValueError: No way at all.
    """
    if not walks:
        raise ValueError("walks: found none, wanted one or more")
    drawn = [_strip(name, walk) for name, walk in walks.items()]
    width = max(one.shape[1] for one in drawn)
    return png(np.concatenate([_widened(one, width) for one in drawn], axis=0))


def numbers(table: pd.DataFrame, title: str) -> str:
    """A table or the points of a chart as CSV, with a header that says what this is.

    Args:
        table: One line a point.
        title: What it shows, in one line.
    """
    head = f"# {NOTICE}\n# {' '.join(title.split())}\n"
    return head + table.to_csv(index=False, lineterminator="\n", float_format="%.6g")


def flip_table(flip: Flip) -> pd.DataFrame:
    """What the ruler reads of a flip, and the model's score, before and after, one line each.

    Returns:
        Columns what, before, after; NaN where the ruler could not read a picture.
    """
    lines = [
        {
            "what": name,
            "before": float("nan") if flip.before is None else getattr(flip.before, name),
            "after": float("nan") if flip.after is None else getattr(flip.after, name),
        }
        for name in READ
    ]
    lines.append({"what": "score", "before": flip.score_before, "after": flip.score_after})
    return pd.DataFrame(lines)


def _strip(name: str, walk: Trajectory) -> Pixels:
    places = np.unique(np.linspace(0, len(walk) - 1, STRIP).round().astype(int))
    row = np.concatenate(
        [
            captioned(
                marked(walk.pictures[at], walk.spacing_mm, MARK),
                f"{walk.steps[at]:.0%}",
                "not to be trusted" if walk.refused[at] else "",
            )
            for at in places
        ],
        axis=1,
    )
    head = Image.new("RGB", (row.shape[1], HEAD_PX), GROUND)
    ImageDraw.Draw(head).text((12, 8), name, fill="white", font_size=20)
    return np.concatenate([np.asarray(head), row], axis=0)


def _widened(strip: Pixels, width: int) -> Pixels:
    """A strip of fewer pictures with empty ground to its right."""
    whole = np.empty((strip.shape[0], width, 3), np.uint8)
    whole[:] = GROUND
    whole[:, : strip.shape[1]] = strip
    return whole
