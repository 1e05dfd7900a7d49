"""Panel of Growth: what other trainings on the same pictures say of the walk's pictures."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from core.arrays import Patches
from core.growth.crossing import crossings
from core.run import Run
from dashboard import controls, growing, parts, state
from dashboard.components.film_slider import Reel
from dashboard.figures import growth_story
from dashboard.panels.chart import chart
from dashboard.panels.growth_saved import numbers_file
from dashboard.panels.walks import amount

if TYPE_CHECKING:
    from core.growth.agreement import Training
    from core.growth.trainings import Opinion

ENOUGH = 3  # trainings from which a range says something


def section(
    run: Run, row: int, film: Reel, pictures: Patches, *, x: str, usual: bool = False
) -> None:
    """Each training's answer to the same pictures; how to make one where there is no other.

    Args:
        run: The run that drew the pictures.
        row: The lesion.
        film: Its walk, as it is shown.
        pictures: The walk's, as delivered.
        x: What was asked of them, in words.
        usual: Whether the walk is the one with which a lesion opens, of which other trainings may
            have been asked beforehand.
    """
    parts.section(
        "Would another training say so too?",
        "Each other training has a network, a head and a threshold of its own, and is given these "
        "very pictures as a scan would be. So is this run's own network here, and its line differs "
        "from the film's, which is the score of the code. The band under the film keeps the "
        "network and varies the head alone.",
    )
    from core.growth.trainings import opinions_table

    others = growing.other_trainings(run)
    if others:
        keys = tuple(state.key(each) for each in (run, *others))
        told = growing.opinions(row, pictures, keys)
        if len(told) < 2:
            st.caption("The networks of the other trainings here cannot be opened.")
            return
    else:
        told = growing.told_beforehand(run, row, film.asked) if usual else []
    if not told:
        _how_one_is_made(run)
        return
    if not others:
        st.caption(_beforehand_words(growing.asked_beforehand(run), run.words.lesion))
    in_cm = film.in_cm and film.unit == "mm"
    unit = "cm" if in_cm else film.unit
    trusted = np.array([not note for note in film.notes])
    chart(
        growth_story.trainings(
            film.asked, told, trusted=trusted, x=", ".join(filter(None, (x, unit))), in_cm=in_cm
        ),
        key="growth_trainings",
        alt="Scores of the walk's pictures by other trainings, each minus its own threshold",
    )
    unseen = [one for one in told[1:] if not one.trained_on]
    st.markdown(words([told[0], *(unseen or told[1:])], film, trusted))
    seen = [one.name for one in told[1:] if one.trained_on]
    if seen:
        left_out = ", which the line above leaves out" if unseen else ""
        names = ", ".join(seen)
        st.caption(f"This patient was among the training patients of {names}{left_out}.")
    numbers_file(
        run,
        opinions_table(film.asked, told, refused=~trusted),
        "What trainings say of the pictures of a walk, each with its own threshold",
        name=f"row{row}-trainings",
    )


def _beforehand_words(asked: "Sequence[Training]", lesion: str) -> str:
    """Which trainings were asked, when their networks are not here."""
    recipes = sorted({one.preset for one in asked})
    seeds = ", ".join(str(one.seed) for one in asked)
    epochs = " or ".join(str(number) for number in sorted({one.epochs for one in asked}))
    return (
        f"Asked beforehand: {len(asked)} other trainings (settings {', '.join(recipes)}, {epochs} "
        f"epochs, seeds {seeds}), each on training patients of its own. Their networks are not "
        f"here, so only the walk with which a {lesion} of a test patient opens has their answer."
    )


def _how_one_is_made(run: Run) -> None:
    """The command that trains another, where none has an answer."""
    minutes = max(1, round(run.manifest.seconds / 60))
    missing = "No other training on these pictures is here."
    if growing.asked_beforehand(run):
        missing = (
            "Other trainings were asked beforehand about test patients alone, and about the walk "
            "with which each of theirs opens: size, as Growth sets out. None of them is here."
        )
    st.caption(
        f"{missing} This makes one of the same kind, in as "
        f"long as this one took: {minutes} minute{'s' * (minutes != 1)} where it was trained."
    )
    seed = run.manifest.seed + 1
    st.code(
        f"python train.py --settings {controls.run_place()}/settings.toml --seed {seed} "
        f"--name {run.name}-seed-{seed}",
        language="bash",
    )


def words(told: "Sequence[Opinion]", film: Reel, trusted: np.ndarray) -> str:
    """How many other trainings call the pictures as this one does, and where their calls change.

    Args:
        told: This run's own opinion first.
        film: The walk.
        trusted: Which steps are not refused, bool with shape (step,).
    """
    own, others = told[0], told[1:]
    if not trusted.any():
        return "Every step of this walk was refused: there is nothing to agree on."
    alike = np.mean([(one.calls == own.calls)[trusted] for one in others])
    many = "other training agrees" if len(others) == 1 else f"{len(others)} other trainings agree"
    said = f"The {many} with this run's call at **{100 * alike:.0f} %** of the steps. "
    at = [crossings(film.asked, np.where(trusted, one.margin, np.nan), 0.0)[:1] for one in others]
    places = sorted(found[0] for found in at if found)
    if not places:
        said += "None of them changes its call on this walk."
    else:
        spelt = [amount(film, place) for place in places]
        where = spelt[0] if len(set(spelt)) == 1 else f"between {spelt[0]} and {spelt[-1]}"
        said += f"{len(places)} of {len(others)} change{'s' * (len(places) == 1)} the call, {where}"
        never = [one.name for one, found in zip(others, at, strict=True) if not found]
        said += f"; {', '.join(never)} never." if never else "."
    if len(others) < ENOUGH:
        said += f" With fewer than {ENOUGH} others this is no interval, only a second opinion."
    return said
