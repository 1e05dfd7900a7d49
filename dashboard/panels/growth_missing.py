"""What Growth does not offer for this lesion or cohort, and why, in one short list."""

import numpy as np

from core.run import Run
from dashboard import answers, growing, parts, state, twins
from dashboard.components.film_slider import Reel
from dashboard.panels import walks

FEWEST = 2  # sizes at which lesions were seen, for a curve of them
Missing = list[tuple[str, str]]


def not_offered(
    run: Run,
    chosen: state.Chosen,
    film: Reel,
    *,
    between: bool = False,
    seen: int | None = None,
    twinless: bool = False,
    summed: bool = False,
) -> None:
    """The parts that are missing from the page, each with its reason; nothing where none is.

    Args:
        run: The run.
        chosen: The lesion.
        film: Its film.
        between: Whether it walks to another lesion, where no size is asked.
        seen: At how many sizes observed lesions stand beside the walk; None where not asked.
        twinless: Whether the truth twin was asked for and there is none.
        summed: Whether a second direction goes along.
    """
    sized = _sized(run, chosen)
    missing = sized if between else [*_truth(run, chosen, twinless), *sized]
    if summed:
        what = "the truth twin, the blind test, the plain warp, days and observed ones of each size"
        missing.append((what, "a second change goes along, and these know of size alone"))
    if not between:
        missing += _along(run, film, seen)
    if film.score_low is None and np.isfinite(film.score).any() and not between:
        why = walks.no_band_words(run.settings.head.kind).split(": ", 1)[1].split(". ")[0]
        missing.append(("the score's band over trainings", why))
    if not np.isfinite(film.score).any():
        missing.append(("the model's score along the walk", "this run has no score of single ones"))
    if missing:
        parts.note(
            "**Not offered here:** "
            + "; ".join(f"{what}, because {why}" for what, why in missing)
            + "."
        )


def _truth(run: Run, chosen: state.Chosen, twinless: bool) -> Missing:
    """The twin and what needs it."""
    if not run.manifest.synthetic:
        why = "only a synthetic cohort can be drawn larger"
        return [("the truth twin and the blind test", why)]
    if not twins.offered(run):
        return [("the truth twin and the blind test", "this cohort has no outlines")]
    if twinless:
        why = "this cohort cannot be drawn again from its seed, or not as its pictures show it"
        return [("the truth twin", why)]
    return []


def _sized(run: Run, chosen: state.Chosen) -> Missing:
    """What needs a size in mm."""
    lesion = run.words.lesion
    if not run.manifest.has_masks:
        return [
            ("sizes and files in millimetres", "this cohort has no outlines"),
            ("the slice", "without outlines it is not known where a patch was cut"),
        ]
    missing = []
    if answers.ruler_mm(run, chosen.row) is None:
        why = f"the ruler cannot be asked of this {lesion}"
        missing.append(("measured sizes and the plain warp", why))
    if growing.in_slice(run, chosen.row, run.patches[chosen.row]) is None:
        missing.append(("the slice", "this run keeps no picture of it on the patch's grid"))
    return missing


def _along(run: Run, film: Reel, seen: int | None) -> Missing:
    """What needs a walk along size, or the ruler in the whole cohort."""
    missing = []
    if not run.manifest.has_masks or (film.unit == "mm" and film.start_mm is None):
        missing.append(("days by a doubling time", "no size is known to count them from"))
    if seen is None and not run.manifest.has_masks:
        missing.append(("the scores of observed ones of each size", "no size is known of them"))
    elif seen is not None and seen < FEWEST:
        why = f"too few observed {run.words.lesions} have these sizes"
        missing.append(("the scores of observed ones of each size", why))
    if not answers.ruler_holds(*state.key(run)):
        why = "what a change is called in words is read by the ruler, which cannot be asked here"
        missing.append(("the turned call in a reader's words", why))
    return missing
