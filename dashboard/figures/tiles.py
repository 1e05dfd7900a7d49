"""Numbers large enough to read across a room, each with its interval and what it was counted on."""

from collections.abc import Sequence
from html import escape

from core.arrays import Patch
from dashboard.figures import heat, pictures
from dashboard.figures.comparison import Measured

MOST = 6  # tiles in a row of a wide window

CSS = """
.tiles { display: grid; gap: .7rem; grid-template-columns: repeat(auto-fit,
  minmax(max(9.5rem, calc((100% - (var(--n) - 1) * .7rem) / var(--n))), 1fr)); }
.tile { padding: .6rem .9rem .65rem; border-radius: .5rem;
  background: color-mix(in srgb, currentColor 5%, transparent); }
.tile b { display: block; font-size: 1.7rem; line-height: 1.15;
  font-variant-numeric: tabular-nums; }
.tile span { display: block; font-size: .95rem; }
.tile small { display: block; font-size: .84rem; opacity: .75; }
.meter { display: grid; grid-template-columns: auto 1fr auto; gap: .5rem; align-items: center;
  font-size: .84rem; margin: -.6rem 0 .5rem; }
.meter i { height: 6px; border-radius: 3px; position: relative;
  background: color-mix(in srgb, currentColor 15%, transparent); }
.meter u { position: absolute; inset: 0 auto 0 0; border-radius: 3px; background: #009E73; }
.pairs { display: grid; gap: 1.2rem; grid-template-columns: repeat(auto-fit, minmax(17rem, 1fr)); }
.pairs h3 { font-size: 1.05rem; margin: 0 0 .35rem; padding: 0; }
.pairs .three { display: grid; gap: .4rem; grid-template-columns: repeat(3, 1fr); }
"""


def measured_html(measured: Sequence[Measured], *, digits: int = 2) -> str:
    """Measured figures as tiles: value, what it is, interval and n."""
    tiles = []
    for one in measured:
        known = one.low is not None and one.high is not None
        places = digits if abs(one.value) < 10 else 1
        if one.value >= 10 and float(one.value).is_integer():
            places = 0
        if 0 < abs(one.value) < 0.5 * 10.0**-places:
            places += 1  # a small difference is not said to be none
        span = f"95 %: {one.low:.{places}f} to {one.high:.{places}f}; " if known else ""
        tiles.append(tile_html(f"{one.value:.{places}f}", one.name, f"{span}{one.n}"))
    return wrapped(tiles)


def tile_html(strong: str, name: str, quiet: str = "") -> str:
    """One tile: the number, what it is, and what stands behind it."""
    small = f"<small>{escape(quiet)}</small>" if quiet else ""
    return f'<div class="tile"><b>{escape(strong)}</b><span>{escape(name)}</span>{small}</div>'


def wrapped(tiles: Sequence[str], *, most: int = MOST) -> str:
    """Tiles side by side, as one element: in rows of like length.

    Args:
        tiles: From `tile_html`.
        most: How many a row has room for.
    """
    rows = max(1, -(-len(tiles) // most))
    columns = max(1, -(-len(tiles) // rows))
    return f'<style>{CSS}</style><div class="tiles" style="--n: {columns}">{"".join(tiles)}</div>'


def meter_html(share: float, before: str, after: str) -> str:
    """A thin bar between two words; `share` is cut to 0..1."""
    filled = 100 * min(1.0, max(0.0, share if share == share else 0.0))
    return (
        f'<style>{CSS}</style><div class="meter"><span>{escape(before)}</span>'
        f'<i><u style="width:{filled:.0f}%"></u></i><span>{escape(after)}</span></div>'
    )


def pairs_html(
    pairs: Sequence[tuple[str, Patch, Patch]], *, spacing_mm: float | None, scale: float = 0.25
) -> str:
    """Originals beside what the model drew and what differs, one group a pair.

    Args:
        pairs: Title, original and the model's picture.
        spacing_mm: Side of a pixel for the scale bar; None without geometry.
        scale: Difference that gets full colour.
    """
    groups = []
    for title, original, picture in pairs:
        change = heat.overlay(original * 0 + 0.5, picture - original, scale=scale, opacity=1)
        cells = [
            pictures.patch_html(
                shown,
                alt=f"{title}: {name}",
                spacing_mm=spacing_mm,
                side_px=192,
                letters=False,
                caption=name,
            )
            for shown, name in ((original, "original"), (picture, "drawn by the model"))
        ]
        cells.append(
            f'<div><div class="ls-picture"><img alt="{escape(title)}: difference" src="'
            f'{pictures.url(pictures.webp(change, quality=88), "webp")}"></div>'
            f'<p class="ls-caption">difference, full colour at {scale:g}</p></div>'
        )
        groups.append(
            f'<div><h3>{escape(title)}</h3><div class="three">{"".join(cells)}</div></div>'
        )
    return f'<style>{CSS}</style><div class="pairs">{"".join(groups)}</div>'
