"""What Growth does not offer for this lesion or cohort, and why, in one short list."""

import numpy as np

from core.run import Run
from dashboard import answers, growing, parts, state
from dashboard.components.film_slider import Reel
from dashboard.panels import walks


def not_offered(run: Run, chosen: state.Chosen, film: Reel) -> None:
    """The parts that are missing from the page, each with its reason; nothing where none is."""
    lesion, masks = run.words.lesion, run.manifest.has_masks
    ruler = answers.ruler_mm(run, chosen.row) is not None
    missing: list[tuple[str, str]] = []
    if not run.manifest.synthetic:
        missing.append(
            ("the truth twin and the blind test", "only a synthetic cohort can be drawn larger")
        )
    if not masks:
        missing.append(("sizes and files in millimetres", "this cohort has no outlines"))
    elif not ruler:
        missing.append(
            ("measured sizes and the plain warp", f"the ruler cannot be asked of this {lesion}")
        )
    if masks and growing.in_slice(run, chosen.row, run.patches[chosen.row]) is None:
        missing.append(("the slice", "this run keeps no picture of it on the patch's grid"))
    if film.score_low is None and np.isfinite(film.score).any():
        why = walks.no_band_words(run.settings.head.kind).split(": ", 1)[1].split(". ")[0]
        missing.append(("the score's band over trainings", why))
    if missing:
        parts.note(
            "**Not offered here:** "
            + "; ".join(f"{what}, because {why}" for what, why in missing)
            + "."
        )
