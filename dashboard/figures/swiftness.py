"""How fast a run's pictures come, as the README's table says it: only what was measured."""

from collections.abc import Mapping
from typing import Any

from core.evaluation.goals import GOALS

ASKED = {
    "speed.drag_p95_ms": ("Growth: from a move of the hand to new pixels, 95 of 100 within", "ms"),
    "speed.drag_fps": ("Growth: pictures a second while dragging", ""),
    "speed.dials_p95_ms": ("Dials: from a move of the hand to new pixels, 95 of 100 within", "ms"),
    "speed.dials_fps": ("Dials: pictures a second while dragging", ""),
    "speed.map_draw_ms": ("Atlas: 37,000 points drawn, median", "ms"),
    "speed.map_lasso_ms": ("Atlas: from a lasso of 5,000 points to what it holds, median", "ms"),
    "speed.map_pan_fps": ("Atlas: pictures a second while 37,000 points are panned", ""),
    "speed.clients30_p95_ms": ("30 people at 10 Hz on one server, 95 of 100 answers within", "ms"),
    "speed.decode_one_ms": ("one code decoded, median", "ms"),
    "speed.decode_1000_s": ("1,000 codes decoded, median", "s"),
    "speed.heatmap_over_forward": ("Grad-CAM of all of a patient's nodes beside one pass", "times"),
    "speed.heatmap_batch": ("the same one by one beside all at once", "times"),
    "speed.heatmap_ratio": ("a node's heat map by the paper's way beside ours", "times"),
}


def lines(metrics: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """A line of the table for every figure that the run has: what was asked, reached, wanted."""
    found = []
    for name, (asked, unit) in ASKED.items():
        if name not in metrics:
            continue
        value = float(metrics[name]["value"])
        said = f"{value:.2f}" if value < 10 else f"{value:,.0f}"
        goal = GOALS[name].reach
        wanted = f"{goal} {unit}".rstrip() if goal else "-"
        found.append(f"| {asked} | {said} {unit}".rstrip() + f" | {wanted} |")
    return found
