"""Which one is truly drawn? A pair that stands nowhere else on the page, named once answered."""

import numpy as np
import streamlit as st

from core.growth.delivery import Keep
from core.latent.attributes import say_length
from core.latent.direction import Way
from core.run import Run
from dashboard import answers, parts, state, twins
from dashboard.panels.growth_beside import row_of
from dashboard.panels.growth_saved import pictures_file
from dashboard.panels.walks import SIZE, steps_of

ANSWERS = ("Left", "Right")
LEAST_MM = 1.0  # a smaller change is not seen, so that nothing could be told from it
TRIES = 12  # lesions drawn until one has a walk and a twin to show


@parts.fragment
def blind(run: Run, chosen: state.Chosen, *, keep: Keep, closed: bool, way: Way | None) -> None:
    """Two pictures of another one, at a size drawn by chance: which one was truly drawn larger?

    The other one is walked as the film above is.
    """
    with st.expander("Which one is re-rendered?", icon=":material/visibility_off:"):
        pairs = f"blind_pairs_{run.name}"
        number: int = state.recall(pairs, 0)
        label = "Show a pair" if not number else "Another pair"
        if st.button(label, key="blind_more", icon=":material/casino:"):
            number += 1
            state.remember(pairs, number)
        if not number:
            st.caption(
                f"Another {run.words.lesion} than the one above, at a size drawn by chance, twice: "
                "as the model draws it and truly drawn as many mm larger. You say which is which."
            )
            return
        found = _pair(run, chosen.row, number, keep=keep, closed=closed, way=way)
        if found is None:
            st.caption(f"No other {run.words.lesion} of this run can be shown both ways.")
            return
        row, both, truth, asked_mm = found
        whole = row_of(run, both, list(ANSWERS), ["SYNTHETIC"] * 2, row=row)
        key = f"blind_{run.name}_{number}"
        said = st.segmented_control(
            f"One is the model's picture at {say_length(asked_mm)} by ruler, the other the same "
            f"{run.words.lesion} truly drawn as many mm larger. Which one is truly drawn?",
            ANSWERS,
            key=key,
        )
        tally: dict[str, bool] = state.recall("blind_tally", {})
        if said and key not in tally:  # the first answer counts: after it the truth is known
            tally = {**tally, key: said == ANSWERS[truth]}
            state.remember("blind_tally", tally)
        if key in tally:
            st.markdown(
                f"**{'Right' if tally[key] else 'Wrong'}**: the truly drawn one is on the "
                f"{ANSWERS[truth].lower()}. So far {sum(tally.values())} of {len(tally)} right; "
                "guessing gives half."
            )
            titles = ["As the model draws it"] * 2
            marks = ["SIMULATED"] * 2
            titles[truth], marks[truth] = "Truly drawn as many mm larger", "SYNTHETIC"
            pictures_file(run, whole, titles, marks, row=row, name=f"row{row}-pair")


def _pair(
    run: Run, shown: int, number: int, *, keep: Keep, closed: bool, way: Way | None
) -> tuple[int, np.ndarray, int, float] | None:
    """A row, its two pictures, which of them is the truth, and the size that was asked."""
    chance = np.random.default_rng([number, shown, run.manifest.seed])
    rows = run.rows
    own = rows["patient_id"] == rows["patient_id"].iloc[shown]
    others = np.flatnonzero(rows["key_slice"].astype(bool) & ~own)
    for row in chance.permutation(others)[:TRIES]:
        one = state.at(int(row))
        if one.short_axis_mm is None:
            continue
        direction = state.latent_space().direction(SIZE)
        steps = steps_of(direction, one.short_axis_mm)
        place = (*state.key(run), one.row, SIZE, steps)
        walk = answers.walk(*place, closed=closed, keep=keep, way=way)
        truths = twins.twins(*state.key(run), one.row, steps)
        if truths is None:
            continue
        good = [
            at
            for at, refused in enumerate(walk.refused)
            # a twin that met its bounds, or the patch's edge, was not drawn that large
            if not refused
            and truths.whole[at]
            and steps[at] >= LEAST_MM
            and np.isfinite(walk.asked_mm[at])
        ]
        if not good:
            continue
        at, truth = int(chance.choice(good)), int(chance.integers(2))
        both = [walk.pictures[at], walk.pictures[at]]
        both[truth] = truths.pictures[at]
        return one.row, np.stack(both), truth, float(walk.asked_mm[at])
    return None
