"""The planted lesson drawn: pictures whose deciding spot is known, and where each method points."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from html import escape

import numpy as np
import pandas as pd
from PIL import ImageDraw

from core.arrays import Mask
from core.explain.explanation import CAVEAT, METHODS, Variant
from core.explain.lesson import Lesson, SpotLine
from dashboard.figures import pictures
from dashboard.figures.heat import CSS, SIDE_PX, overlay, sides_and_bar
from dashboard.figures.heat_scale import full_colour, own_scales_html
from dashboard.figures.heat_trust import table_html
from dashboard.figures.pictures import edge_lines
from dashboard.figures.sheet import NOTICE, Pixels, Tile, marked, sheet
from dashboard.ways import BY_KEY

FAIR = 5.0  # times the spot's own area from which a map is said to find it (EXPLAIN.md, XA4)
CAUSE, DECOY = "#fff", "#FFD166"
FULL_SHARE = 0.99  # quantile of the magnitudes that gets the full colour, as on the rest of a page


def pictures_html(lesson: Lesson, variant: Variant) -> str:
    """The lesson's pictures with one method's maps; the cause ringed, the decoy ringed dashed."""
    shown = []
    for one in _shown(lesson, variant):
        marks = pictures.outline_svg(one.cause, colour=CAUSE, width=0.4)
        marks += pictures.outline_svg(one.decoy, colour=DECOY, width=0.4).replace(
            "/>", ' stroke-dasharray=".5 .7"/>'
        )
        height, width = one.cause.shape
        marks += sides_and_bar(height, width, lesson.pixel_mm)
        source = pictures.url(pictures.webp(one.drawn, quality=88), "webp")
        drawing = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{SIDE_PX}" height="{SIDE_PX}">'
            f'<image href="{source}" width="{width}" height="{height}"/>{marks}</svg>'
        )
        shown.append(
            f'<article class="heat-card"><div class="ls-picture"><img alt="{one.title}: {one.said}"'
            f' src="{pictures.url(drawing.encode(), "svg+xml")}"></div>'
            f"<h3>{one.title}</h3><p>{one.said}</p>"
            f'<p class="heat-checks">{escape(one.made)}{full_colour(one.full)}</p></article>'
        )
    return f'<style>{CSS}</style>{own_scales_html()}<div class="heat-row">{"".join(shown)}</div>'


def pictures_png(lesson: Lesson, variant: Variant) -> bytes:
    """The same as a picture to be saved."""
    tiles = []
    for one in _shown(lesson, variant):
        picture = marked(
            one.drawn, shape=one.cause.shape, mask=one.cause, spacing_mm=lesson.pixel_mm
        )
        pen, cell = ImageDraw.Draw(picture), SIDE_PX / max(one.decoy.shape)
        for (x, y), (x_end, y_end) in edge_lines(one.decoy):
            pen.line((cell * x, cell * y, cell * x_end, cell * y_end), DECOY, 2)
        tiles.append(Tile(picture, (one.title, one.said, one.made)))
    return sheet(
        tiles,
        "Synthetic. White: the spot that decides; yellow: the decoy. Each its own colour scale. "
        f"{CAVEAT}",
    )


def csv(lesson: Lesson) -> bytes:
    """Every network and method as a line, after what measured it."""
    table = pd.DataFrame([asdict(line) for line in lesson.lines])
    return f"# Synthetic. {lesson.command}. {NOTICE}\n{table.to_csv(index=False)}".encode()


@dataclass(frozen=True, eq=False)
class _Picture:
    """One picture of the lesson with its map laid over it, and what is said of it."""

    title: str
    said: str
    made: str
    full: float
    drawn: Pixels
    cause: Mask
    decoy: Mask


def _shown(lesson: Lesson, variant: Variant) -> Iterator[_Picture]:
    layer = f"layer {variant.layer} × {variant.layer}" if variant.layer else "on the pixels"
    for at, signed in enumerate(lesson.maps[variant.key]):
        patch, cause, decoy = lesson.patches[at], lesson.cause[at], lesson.decoy[at]
        full = float(np.quantile(np.abs(signed), FULL_SHARE))
        evidence = np.maximum(signed, 0)
        total = float(evidence.sum()) or 1.0
        on_cause, on_decoy = (float(evidence[mask].sum()) / total for mask in (cause, decoy))
        yield _Picture(
            title=f"Planted picture {at + 1}",
            said=f"{on_cause:.0%} on the spot that decides, {on_decoy:.0%} on the decoy",
            made=f"{METHODS[variant.method]}, {layer}, raw maximum {evidence.max():.3g}; the spot "
            f"covers {cause.mean():.1%} of the picture. {CAVEAT}",
            full=full,
            drawn=overlay(patch, signed, scale=full, opacity=0.75),
            cause=cause,
            decoy=decoy,
        )


def lines_html(lesson: Lesson, network: str) -> str:
    """Where one network's maps lie, a line a method."""
    heads = (
        "Method",
        "On the spot that decides",
        "Times its area",
        "Times a blob in the middle",
        "On the decoy",
        "Strongest pixel on it",
    )
    own = [line for line in lesson.lines if line.network == network]
    body = [_cells(line) for line in own]
    if all(line.moved is not None for line in own):
        heads = (*heads, "On it, moved off the middle")
        body = [(*cells, f"{line.moved:.1%}") for cells, line in zip(body, own, strict=True)]
    return table_html(heads, [*body, *_blind(lesson, own[0], columns=len(heads))])


def _blind(lesson: Lesson, line: SpotLine, *, columns: int) -> list[tuple[str, ...]]:
    """What maps put on the spot that never look at the network, as rows of the same table."""
    known = [("a blob in the middle", line.blob, None), ("edges", line.edges, None)]
    if lesson.usual is not None:
        known.insert(0, ("a fixed map of where spots lay", lesson.usual, line.moved_usual))
    rows = []
    for name, share, moved in known:
        cells = [name, f"{share:.0%}", f"{share / line.area:.1f}", f"{share / line.blob:.1f}"]
        cells += ["–"] * (columns - len(cells))
        if moved is not None and line.moved is not None:
            cells[-1] = f"{moved:.1%}"
        rows.append(tuple(cells))
    return rows


def usual_in_words(lesson: Lesson) -> str:
    """What a map reaches that knows where causes lie and nothing of the picture; "" if unknown."""
    usual, first = lesson.usual, lesson.lines[0]
    if usual is None:
        return ""
    beaten = [
        f"{sum(line.cause_low > usual for line in lesson.lines if line.network == network)} of "
        f"{len(lesson.maps)} methods for {network}"
        for network in lesson.seen
    ]
    drawn = "" if first.usual is not None else " (from the rules that draw these pictures)"
    moved = ""
    if first.moved_usual is not None:
        moved = (
            f" Moved off the middle the fixed map puts {first.moved_usual:.1%} there; the last "
            "column of each table is to be read beside that."
        )
    return (
        "**Is that more than knowing where to look?** The spot always lies to the same side here, "
        "so a fixed map of where it lay in training, which never sees the picture, puts "
        f"{usual:.0%} on it{drawn}; surely more than {usual:.0%} put {'; '.join(beaten)}.{moved}"
    )


def sentence(lesson: Lesson, network: str) -> str:
    """What a network knows of the spot, and how its best and its poorest method fare."""
    own = [line for line in lesson.lines if line.network == network]
    best, poorest = (pick(own, key=_times) for pick in (max, min))
    if _times(poorest) >= FAIR:
        verdict = "Every method finds it"
    elif _times(best) >= FAIR:
        verdict = "Not every method finds it"
    else:
        verdict = "No method finds it"
    seen = lesson.seen[network]
    return (
        f"**{network[:1].upper()}{network[1:]}** ranks a lesion with the spot above one "
        f"without {int(100 * seen)} times in 100 (AUC {seen:.3f}). {verdict}: "
        f"{BY_KEY[best.variant].name} puts {_times(best):.1f} times as much evidence on the spot "
        f"as its area would get by chance, {BY_KEY[poorest.variant].name} {_times(poorest):.1f} "
        "times."
    )


def markdown(lesson: Lesson) -> str:
    """Every method of every network as the README has them: on the cause, in times its area."""
    networks = list(lesson.seen)
    rows = [("share of the evidence on the spot, times its area", *networks)]
    rows += [("---",) * len(rows[0])]
    for key in lesson.maps:
        own = {line.network: line for line in lesson.lines if line.variant == key}
        said = [f"{_times(own[name]):.1f} (decoy {own[name].decoy:.1%})" for name in networks]
        rows.append((BY_KEY[key].name, *said))
    first = lesson.lines[0]
    ignorant = [("blob in the middle", first.blob), ("edges", first.edges)]
    if lesson.usual is not None:
        ignorant.append(("where causes lay in training", lesson.usual))
    for name, share in ignorant:
        rows.append((name, *[f"{share / first.area:.1f}"] * len(networks)))
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _times(line: SpotLine) -> float:
    return line.cause / line.area


def _cells(line: SpotLine) -> tuple[str, ...]:
    return (
        escape(BY_KEY[line.variant].name),
        f"<b>{line.cause:.0%} ({line.cause_low:.0%} to {line.cause_high:.0%})</b>",
        f"{_times(line):.1f}",
        f"{line.cause / line.blob:.1f}",
        f"{line.decoy:.1%}",
        f"{line.pointing:.0%}",
    )
