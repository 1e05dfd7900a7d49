"""How far a walk goes, which step is shown first, and what is said of it."""

import numpy as np

from core.arrays import Values
from core.growth.crossing import crossings
from core.growth.span import size_steps, steps_between
from core.latent.attributes import CM_FROM_MM, say_length
from core.latent.direction import Direction
from core.latent.selection import PREFIX
from core.run import Words
from dashboard.components.film_slider import Reel
from dashboard.words import told_apart

SIZE = "short_axis_mm"
ENOUGH = 20  # heads whose call changes, for an interval of where
BAND = "Grey beneath the curve: 95 % of their scores."
SEEN = 0.05  # of the greys shown: a smaller change is not seen


def steps_of(direction: Direction, size_mm: float | None) -> tuple[float, ...]:
    """How far to walk, in the direction's unit: mostly up for size, for most both ways."""
    if direction.name == SIZE and size_mm is not None:
        return size_steps(direction, size_mm)
    if direction.name.startswith(PREFIX):
        return steps_between(0.0, 1.0)  # as it is, and the whole difference between the two sets
    width = direction.high - direction.low
    width = width if np.isfinite(width) and width > 0 else 4.0
    return steps_between(-0.5 * width, 0.5 * width)


def first_shown(steps: tuple[float, ...], refused: tuple[str, ...]) -> int:
    """The step shown first: half-way up, or the furthest below it that is to be trusted."""
    half = int(np.searchsorted(steps, 0.5 * steps[-1]))
    trusted = [at for at in range(half + 1) if steps[at] > 0 and not refused[at]]
    return trusted[-1] if trusted else half


def doubling_words(film: Reel, step: int) -> str:
    """How long the step would take under the doubling time that the user set."""
    from core.growth.doubling import days_between

    start, end, days = film.start_mm or np.nan, float(film.asked[step]), film.doubling_days or 1
    away = days_between(start, end, doubling_days=days)
    reference = max(start, end)
    when = "later" if away >= 0 else "earlier"
    return (
        f"If a volume doubled every **{days:g} days** (your number), "
        f"{say_length(start, reference)} would be {say_length(end, reference)} "
        f"**{abs(away):,.0f} days {when}**. Arithmetic on that number, not a prediction: the model "
        "knows nothing of time."
    )


def hardly_changes(film: Reel) -> bool:
    """Whether nobody would see the change: 19 of 20 pixels change by under a twentieth of grey.

    Looked at on the step that is furthest from the start among those that are to be trusted.
    """
    trusted = [at for at in range(len(film.frames)) if not (film.notes and film.notes[at])]
    if not trusted:
        return False
    change = np.abs(film.frames[trusted] - film.original).reshape(len(trusted), -1)
    furthest = change[change.mean(1).argmax()]
    return bool(np.quantile(furthest, 0.95) < SEEN * (film.window[1] - film.window[0]))


def call_words(film: Reel) -> str:
    """Where the model's call changes on this walk, said so that nobody takes it for a rule."""
    trusted = np.array([not note for note in film.notes]) & np.isfinite(film.score)
    if not trusted.any():
        return "No step of this walk is to be trusted, so nothing is said of the model's call."
    if not film.crossings:
        part = "On this whole walk" if trusted.all() else "Where this walk is to be trusted"
        side = "above" if film.score[trusted][0] >= film.threshold else "below"
        return f"{part} the model's score stays **{side}** its threshold."
    places = " and ".join(f"**{amount(film, at)}**" for at in film.crossings)
    if film.unit == "%":
        return f"The model's score crosses its threshold {places} of the way."
    said = f"This model's score crosses its threshold at {places} (one training's answer)"
    if not film.unit.startswith("mm"):
        return f"{said}. Another one that is changed as much may cross elsewhere, or nowhere."
    return f"{said}; not a size rule: another one may cross at another size, or at none."


def unruled(names: Words, *, cohort: bool) -> str:
    """Why sizes are not read on these pictures, and where they come from instead."""
    if cohort:
        why = (
            f"The ruler does not find the outlined {names.lesions} of this cohort: their greys are "
            "too like those around them, or other edges are stronger."
        )
    else:
        why = (
            f"On the scan the ruler finds another edge than this {names.lesion}'s outline, or none "
            "that it can trust."
        )
    return (
        f"{why} Sizes are counted from the outline, asked through the model's code and not read "
        "on the pictures; what the model does not draw is stretched by the size asked."
    )


def anew_words(film: Reel, anew: Values, step: int) -> str:
    """What the model says of the pictures themselves, and not of the codes they are drawn from.

    Args:
        film: The walk.
        anew: The score of every picture, given to the model as a scan would be, (step,).
        step: The step that is shown.
    """
    trusted = np.array([not note for note in film.notes]) & np.isfinite(anew)
    if not trusted.any():
        return ""
    at = crossings(film.asked, np.where(trusted, anew, np.nan), film.threshold)
    if at:
        found = "cross the threshold at " + " and ".join(f"**{amount(film, one)}**" for one in at)
    else:
        side = "above" if anew[trusted][0] >= film.threshold else "below"
        found = f"stay **{side}** the threshold"
    by_code, itself = told_apart(float(film.score[step]), float(anew[step]))
    return (
        "The large score is that of the code a picture is drawn from. Giving each simulated "
        "picture to the model anew, as a scan would be, is another way of asking: asked so, they "
        f"{found}. At "
        f"{amount(film, float(film.asked[step]))} the code scores {by_code}, its picture {itself}."
    )


def way_words(film: Reel, lesion: str, *, end: str) -> str:
    """What the axis from A to its end counts, and where and why it cannot be gone so far."""
    said = (
        f"0 is this {lesion} as it is; 1 adds the whole difference between A and {end} to it. The "
        f"walk starts at this {lesion} and not at A, so it need not end at {end}."
    )
    refused = [at for at, note in enumerate(film.notes) if note]
    if not refused:
        return said
    first = film.notes[refused[0]].removeprefix("Refused: ")
    return (
        f"{said} {len(refused)} of {len(film.frames)} steps are refused (amber), the first at "
        f"{film.asked[refused[0]]:.2f}: {first}"
    )


def again_words(at: Values, film: Reel) -> str:
    """Where the call changes by heads fitted on training patients drawn again.

    Args:
        at: Where each head's call changes first, as the film counts; NaN where it does not.
        film: The walk.
    """
    known = at[np.isfinite(at)]
    said = f"Trained again on patients drawn anew from the training patients, {len(known)} of " + (
        f"{len(at)} heads change their call on this walk"
    )
    if len(known) < ENOUGH:
        return f"{said} (the autoencoder stays; each has its own threshold). {BAND}"
    low, high = (amount(film, float(edge)) for edge in np.percentile(known, (2.5, 97.5)))
    return f"{said}: 95 % of these between {low} and {high} (the autoencoder stays). {BAND}"


def no_band_words(head: str) -> str:
    """Why no band over trainings is drawn under the score."""
    if head != "logistic":
        return (
            f"No band over trainings: this run's head ({head}) is fitted by chance, and only the "
            "logistic one is fitted again on patients drawn anew. One training's score is shown."
        )
    return (
        "No band over trainings: there are too few training patients of either outcome to draw "
        "from anew. One training's score is shown."
    )


def amount(film: Reel, at: float) -> str:
    """An amount of a walk as people say it, with its unit."""
    if film.unit == "mm":
        return say_length(at, CM_FROM_MM if film.in_cm else 0.0)
    return f"{at:.0f} %" if film.unit == "%" else f"{at:.1f} {film.unit}".strip()
