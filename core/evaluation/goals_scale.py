"""Goals of large cohorts: how time and memory grow, how soon a map answers.

See `core.evaluation.goals`.
"""

from core.evaluation.goal import Goal

_STEPS = {
    "reading": ("", "patches cut from a cohort on disk"),
    "encoding": ("", "codes of all patches"),
    "mapping": ("", "one UMAP of all codes"),
    "clustering": ("", "K-Means of all codes, with its cards"),
    "drawing": ("0.2", "all points drawn in the browser, without a GPU"),
}
_MANY = "100,000 patches, one thread"

SCALE: dict[str, Goal] = {
    **{
        f"scale.{step}_s": Goal(reach, f"{what}: processor seconds; {_MANY}")
        for step, (reach, what) in _STEPS.items()
    },
    **{
        f"scale.{step}_mb": Goal("", f"{what}: the most memory held, MB; {_MANY}")
        for step, (_, what) in _STEPS.items()
    },
    **{
        f"scale.{step}_exponent": Goal(
            "about 1", f"{what}: power of the number of patches that time grows with, to {_MANY}"
        )
        for step, (_, what) in _STEPS.items()
    },
    "speed.map_draw_ms": Goal("30", "37,000 points drawn in the browser, milliseconds, median"),
    "speed.map_lasso_ms": Goal(
        "100",
        "from a lasso of about 5,000 of 37,000 points to its line on the page, median",
    ),
    "speed.map_pan_fps": Goal("", "frames a second while 37,000 points are panned"),
}
