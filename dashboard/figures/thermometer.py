"""One thermometer: what is reported against what is true; and each fault by itself as a chart."""

from collections.abc import Sequence

import plotly.graph_objects as go

from core.evaluation.intervals import Interval
from dashboard.figures import theme

LOWEST, HIGHEST = 0.4, 1.0
TOP, TUBE = 26, 330  # px: where the tube begins, how long it is
WIDE, HIGH = 360, 440
LEFT, BORE = 150, 34  # px: the tube's left wall, its width


def thermometer_html(reported: Interval, true: Interval, *, before: float) -> str:
    """The mercury at the reported AUC, its interval, and the true value as a mark across.

    Args:
        reported: What the protocol reports.
        true: What is true.
        before: Where the mercury stood last; it moves from there.
    """
    middle, bulb = LEFT + BORE / 2, TOP + TUBE + 34
    at, was, mark = (_y(value) for value in (reported.value, before, true.value))
    low, high = _y(reported.low), _y(reported.high)
    ticks = "".join(
        f'<line x1="{LEFT - 9}" x2="{LEFT - 2}" y1="{_y(value / 10)}" y2="{_y(value / 10)}"/>'
        f'<text class="tick" x="{LEFT - 14}" y="{_y(value / 10) + 5}">{value / 10:.1f}</text>'
        for value in range(4, 11)
    )
    told = f"The thermometer: reported AUC {reported.value:.2f}, true value {true.value:.2f}"
    # the two words would lie on one another where the report is true
    apart = 0 if abs(at - mark) >= 22 else (22 - abs(at - mark)) / 2
    up = 1 if at <= mark else -1
    return f"""<style>
.thermo svg {{ width: min(100%, {WIDE}px); height: auto; display: block; margin: 0 auto; }}
.thermo .wall {{ fill: color-mix(in srgb, currentColor 5%, transparent);
  stroke: color-mix(in srgb, currentColor 45%, transparent); stroke-width: 2; }}
.thermo line {{ stroke: currentColor; opacity: .6; }}
.thermo .tick {{ font-size: 15px; text-anchor: end; fill: currentColor; opacity: .75; }}
.thermo .guess {{ font-size: 14px; fill: currentColor; opacity: .75; text-anchor: end; }}
.thermo .mercury {{ fill: {theme.POSITIVE}; }}
.thermo .rise {{ transform-box: fill-box; transform-origin: bottom; animation: rise .7s ease-out; }}
.thermo .span {{ stroke: {theme.POSITIVE}; stroke-width: 3; opacity: 1; }}
.thermo .true {{ stroke: {theme.ACCENT}; stroke-width: 4; opacity: 1; }}
.thermo .said {{ font-size: 21px; font-weight: 700; fill: currentColor; }}
.thermo .what {{ font-size: 14px; font-weight: 400; }}
@keyframes rise {{ from {{ transform: scaleY({_share(was, at, bulb):.4f}); }} }}
@media (prefers-reduced-motion: reduce) {{ .thermo .rise {{ animation: none; }} }}
</style><div class="thermo"><svg viewBox="0 0 {WIDE} {HIGH}" role="img" aria-label="{told}">
<rect class="wall" x="{LEFT}" y="{TOP - 12}" width="{BORE}" height="{TUBE + 40}" rx="{BORE / 2}"/>
<circle class="wall" cx="{middle}" cy="{bulb}" r="32"/>
<rect class="mercury rise" x="{LEFT + 7}" y="{at}" width="{BORE - 14}" height="{bulb - at}"/>
<circle class="mercury" cx="{middle}" cy="{bulb}" r="25"/>
{ticks}<text class="guess" x="{LEFT - 44}" y="{_y(0.5) + 5}">guessing</text>
<line class="span" x1="{LEFT + BORE + 9}" x2="{LEFT + BORE + 9}" y1="{low}" y2="{high}"/>
<line class="true" x1="{LEFT - 4}" x2="{LEFT + BORE + 18}" y1="{mark}" y2="{mark}"/>
<text class="said" x="{LEFT + BORE + 24}" y="{at + 7 - up * apart}">{reported.value:.2f}
<tspan class="what">reported</tspan></text>
<text class="said" x="{LEFT + BORE + 24}" y="{mark + 7 + up * apart}">{true.value:.2f}
<tspan class="what">true value</tspan></text></svg></div>"""


def alone(found: Sequence[tuple[str, Interval]]) -> go.Figure:
    """What each fault adds to the honest protocol's AUC, with intervals."""
    figure = go.Figure()
    for name, gap in found:
        sure = gap.low > 0 or gap.high < 0
        colour = (theme.POSITIVE if gap.value > 0 else theme.NEGATIVE) if sure else theme.NEUTRAL
        figure.add_scatter(
            x=[gap.value],
            y=[f"{name}  <b>{gap.value:+.3f}</b>"],
            mode="markers",
            marker={"color": colour, "size": 12, "symbol": "diamond" if sure else "circle"},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [gap.high - gap.value],
                "arrayminus": [gap.value - gap.low],
                "thickness": 2.5,
                "color": colour,
            },
            hovertemplate=f"{gap.value:+.3f} ({gap.low:+.3f} to {gap.high:+.3f})<extra></extra>",
        )
    theme.layout(figure, height=96 + 34 * len(found), x="added to the honest AUC", legend="none")
    figure.update_layout(margin={"l": 8, "t": 30})
    figure.update_yaxes(autorange="reversed", automargin=True, showgrid=False)
    figure.add_vline(x=0, line={"color": theme.INK, "width": 1.5})
    return figure


def _y(value: float) -> float:
    held = min(max(value, LOWEST), HIGHEST)
    return round(TOP + TUBE * (HIGHEST - held) / (HIGHEST - LOWEST), 1)


def _share(was: float, at: float, bottom: float) -> float:
    """The mercury's old length as a share of its new one."""
    return (bottom - was) / (bottom - at)
