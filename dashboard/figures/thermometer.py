"""One thermometer: what is reported against what is true; and each fault by itself as a chart."""

from collections.abc import Sequence

import plotly.graph_objects as go

from core.evaluation.intervals import Interval
from dashboard.figures import theme

LOWEST, HIGHEST = 0.4, 1.0
TOP, TUBE = 18, 330  # px: where the tube begins, how long it is
BULB = TOP + TUBE + 36  # px: the middle of the bulb
LEFT, BORE = 112, 34  # px: the tube's left wall, its width
APART = 26  # px that two words need between them

CSS = f"""
.thermo {{ position: relative; width: 330px; height: {BULB + 40}px; margin: 0 auto; }}
.thermo * {{ position: absolute; display: block; white-space: nowrap; }}
.thermo .wall {{ left: {LEFT}px; top: {TOP - 12}px; width: {BORE}px; height: {TUBE + 34}px;
  border: 2px solid color-mix(in srgb, currentColor 45%, transparent); border-bottom: 0;
  border-radius: {BORE}px {BORE}px 0 0; box-sizing: border-box; }}
.thermo .glass {{ left: {LEFT + BORE // 2 - 34}px; top: {BULB - 34}px; width: 68px; height: 68px;
  border: 2px solid color-mix(in srgb, currentColor 45%, transparent); border-radius: 50%;
  box-sizing: border-box; }}
.thermo .drop {{ left: {LEFT + BORE // 2 - 28}px; top: {BULB - 28}px; width: 56px; height: 56px;
  border-radius: 50%; background: {theme.POSITIVE}; }}
.thermo .mercury {{ left: {LEFT + 8}px; width: {BORE - 16}px; background: {theme.POSITIVE};
  border-radius: 9px 9px 0 0; transform-origin: bottom; animation: thermo-rise .7s ease-out; }}
.thermo .tick {{ right: {330 - LEFT + 16}px; font-size: .95rem; opacity: .78; line-height: 20px; }}
.thermo .notch {{ left: {LEFT - 11}px; width: 8px; height: 2px; background: currentColor;
  opacity: .5; }}
.thermo .span {{ left: {LEFT + BORE + 8}px; width: 3px; background: {theme.POSITIVE}; }}
.thermo .true {{ left: {LEFT - 5}px; width: {BORE + 24}px; height: 4px;
  background: {theme.ACCENT}; }}
.thermo b {{ left: {LEFT + BORE + 26}px; font-size: 1.5rem; line-height: 26px;
  font-variant-numeric: tabular-nums; }}
.thermo b small {{ position: static; display: inline; font-size: .95rem; font-weight: 400; }}
@media (prefers-reduced-motion: reduce) {{ .thermo .mercury {{ animation: none; }} }}
"""


def thermometer_html(reported: Interval, true: Interval, *, before: float) -> str:
    """The mercury at the reported AUC, its interval, and the true value as a mark across.

    Args:
        reported: What the protocol reports.
        true: What is true.
        before: Where the mercury stood last; it moves from there.
    """
    at, was, mark = (_y(value) for value in (reported.value, before, true.value))
    low, high = _y(reported.low), _y(reported.high)
    ticks = "".join(
        f'<i class="notch" style="top:{_y(value / 10) - 1}px"></i>'
        f'<span class="tick" style="top:{_y(value / 10) - 10}px">'
        f"{'guessing ' if value == 5 else ''}{value / 10:.1f}</span>"
        for value in range(4, 11)
    )
    told = f"The thermometer: reported AUC {reported.value:.2f}, true value {true.value:.2f}"
    # the two words would lie on one another where the report is true
    push = max(0.0, (APART - abs(at - mark)) / 2) * (1 if at <= mark else -1)
    return f"""<style>{CSS}
@keyframes thermo-rise {{ from {{ transform: scaleY({(BULB - was) / (BULB - at):.4f}); }} }}
</style><div class="thermo" role="img" aria-label="{told}">
<i class="wall"></i><i class="glass"></i><i class="drop"></i>
<i class="mercury" style="top:{at}px;height:{BULB - 20 - at}px"></i>{ticks}
<i class="span" style="top:{high}px;height:{max(2, low - high)}px"></i>
<i class="true" style="top:{mark - 2}px"></i>
<b style="top:{at - 13 - push}px">{reported.value:.2f} <small>reported</small></b>
<b style="top:{mark - 13 + push}px">{true.value:.2f} <small>true value</small></b></div>"""


def alone(found: Sequence[tuple[str, Interval]], *, reach: tuple[float, float]) -> go.Figure:
    """What each fault adds to the honest protocol's AUC, with intervals.

    Args:
        found: Each fault in words, and what it adds.
        reach: Ends of the axis, so that two charts can be compared.
    """
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
    theme.layout(figure, height=96 + 34 * len(found), x="AUC added", legend="none")
    figure.update_layout(margin={"l": 8, "t": 30})
    figure.update_xaxes(range=reach)
    figure.update_yaxes(autorange="reversed", automargin=True, showgrid=False)
    figure.add_vline(x=0, line={"color": theme.INK, "width": 1.5})
    return figure


def _y(value: float) -> float:
    held = min(max(value, LOWEST), HIGHEST)
    return round(TOP + TUBE * (HIGHEST - held) / (HIGHEST - LOWEST), 1)
