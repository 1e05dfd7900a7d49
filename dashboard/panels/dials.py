"""Panels of Dials: five named dials, the picture they make, and the raw dimensions behind them."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from core.evaluation.probes import FACTORS
from core.latent.attributes import CM_FROM_MM
from core.latent.direction import Direction
from core.run import Run
from dashboard import answers, growing, parts, state, words
from dashboard.components.film_slider import Knob, Live, Reel, ReelWords, film_slider
from dashboard.figures import dimensions, pictures
from dashboard.figures.window import in_words, window_of, windowed
from dashboard.panels.chart import chart
from dashboard.panels.growth_saved import numbers_file
from dashboard.panels.growth_turned import taken_along
from dashboard.panels.lively import TITLES, knob_of, strip_of
from dashboard.panels.takeaway import MARK
from dashboard.panels.walks import SIZE

if TYPE_CHECKING:
    from core.latent.dimensions import Dimension

RAW = "dials_raw"
# what each measured attribute stands for on a synthetic cohort
TRUE_FACTOR = {measured: name for name, (_, measured) in FACTORS.items()}
HARDLY = 0.2  # R² below which a dial draws little but chance
RAW_SD = 3.0  # a raw slider's reach, in standard deviations of the training codes


def known() -> tuple[Direction, ...]:
    """The directions that this run can offer as dials, in the order in which they are shown."""
    there = {direction.name: direction for direction in state.latent_space().directions()}
    return tuple(there[name] for name in TITLES if name in there)


def in_python(row: int) -> str:
    """The page in Python: a step of its first dial, or of the first raw dimension."""
    named = known()
    if named:
        needed = "from core.latent.space import LatentSpace"
        step = f'LatentSpace.open(run).direction("{named[0].name}").step(1.0)'
    else:
        needed = "import numpy as np\n"
        step = "np.eye(model.latent, dtype=np.float32)[0]  # one standard deviation of the prior"
    return f"""
{needed}
from core.model import Model

model = Model.open(run)
step = {step}
picture = model.decode((run.codes[{row}] + step)[None])[0]
"""


@parts.fragment
def dialling(run: Run, row: int) -> None:
    """One large picture and its dials, decoded while they are dragged."""
    offered = known()
    place = st.container()
    with st.expander("Raw dimensions of the code", icon=":material/tune:", expanded=not offered):
        raw = _raw(run, row)
    knobs = tuple(
        knob_of(
            run,
            row,
            answers.along_of(*state.key(run), found.name),
            note=_note(run, found),
            strip=True,
        )
        for found in offered
    )
    start = answers.dialled(*state.key(run), row, ())
    size, outlined = (start.measured.short_axis_mm if start.measured else np.nan), state.at(row)
    by_code = [knob.own for knob, found in zip(knobs, offered, strict=True) if found.name == SIZE]
    film = Reel(
        original=start.picture,
        frames=np.stack([start.picture] * 2),
        asked=np.array([0.0, 1.0]),
        measured_mm=np.array([size, size]),
        score=np.array([start.score, start.score]),
        threshold=float(run.preprocessing["node_threshold"]),
        spacing_mm=answers.pixel_mm(run, row),
        window=window_of(run.patches[row]),
        letters=("R", "L", "A") if run.manifest.has_masks else None,
        in_cm=(outlined.short_axis_mm or 0.0) >= CM_FROM_MM,
        live=Live(run.name, row, "nothing", np.stack([run.codes[row]] * 2), knobs + raw),
        words=ReelWords(grown="Simulated", slider="Dials"),
    )
    with place:
        name = f"dials-{run.name}-{row}"
        film_slider(film, key=name, mode="dials")
        st.caption(
            "Simulated: the model's own drawing, softer than a scan "
            f"({in_words(film.window)}). It starts from the chosen {run.words.lesion}."
        )
        parts.sizes(
            words.sizes(outlined.short_axis_mm, size, by_code[0] if by_code else None),
            starts="The second on the model's drawing." if size == size else "",
        )
        taken_along(run, row, film, key=name, keep="nothing", at=run.codes[row])


@parts.fragment
def chance(run: Run) -> None:
    """Pictures of pure chance, and a button for others."""
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    with left:
        parts.section(
            "Drawn by chance",
            "Codes thrown at random from the prior and decoded. Where they show no "
            f"{run.words.lesion}, training codes fill only a small part of the prior. "
            "None of them is anybody's.",
        )
    with right:
        seed = state.recall("dials_seed", 1)
        if st.button("Draw others", icon=":material/casino:", key="dials_others"):
            seed += 1
    state.remember("dials_seed", seed)
    drawn = answers.prior(*state.key(), seed, 24)
    st.html(
        pictures.strip_html(
            windowed(drawn, window_of(drawn)),
            alts=[f"Simulated patch {number}" for number in range(1, len(drawn) + 1)],
            mark=MARK,
        )
    )


def _note(run: Run, direction: Direction) -> str:
    """How well the model knows what a dial turns: as measured and, where known, as drawn."""
    if not np.isfinite(direction.r2):
        return "how well the model knows this: not judged"
    true = run.metrics.get(f"r2.{TRUE_FACTOR.get(direction.name, '')}")
    least = min(direction.r2, true["value"] if true else np.inf)
    drawn = f", as truly drawn {max(0.0, true['value']):.2f}" if true else ""
    hardly = ": hardly, do not trust it" if least < HARDLY else ""
    measured = f"R² as measured {max(0.0, direction.r2):.2f}"
    return f"how well the model knows this: {measured}{drawn}{hardly}"


def _raw(run: Run, row: int) -> tuple[Knob, ...]:
    """KL, use and meaning of every dimension, and a knob for each that is chosen."""
    found, weights = answers.dimensions(*state.key())
    names = [_meaning(each) for each in found]
    chart(
        dimensions.kl_bars(found, names=names),
        key="dials_kl",
        alt="KL of every dimension of the code; active ones in colour",
    )
    table = dimensions.table(found, weights, names=names)
    st.dataframe(
        table,
        hide_index=True,
        width="stretch",
        height=240,
        column_config={
            "says": st.column_config.ProgressColumn(
                "says",
                min_value=0.0,
                max_value=float(max(table["says"].max(), 1e-6)),
                format="%.2f",
            )
        },
    )
    order = sorted(range(len(found)), key=lambda at: -dimensions.amount(found[at]))
    chosen = st.multiselect(
        "Dimensions to turn",
        [found[at].index for at in order],
        format_func=lambda index: f"{index}: {names[index]}",
        key=RAW,
        persist_state="session",
        placeholder="choose some, the most telling first",
    )
    if chosen:
        chart(
            dimensions.weight_bars(weights, chosen),
            key="dials_weights",
            alt="How much each chosen dimension moves the logit",
        )
    if chosen and run.manifest.has_masks and not answers.ruler_holds(*state.key(run)):
        st.caption(
            "What each chosen dimension changes is not measured: the ruler does not find the "
            f"outlined {run.words.lesions} of this cohort."
        )
    elif chosen and not run.manifest.has_masks:
        st.caption(
            "What each chosen dimension changes is not measured: without outlines and millimetres "
            "the ruler is not asked."
        )
    elif chosen:
        st.caption(
            "What one standard deviation of a single dimension changes on the pictures of "
            "held-out patients, in standard deviations of each reading (pixels: mean change of "
            "grey); read: share of pictures that the ruler could read."
        )
        changed = growing.traversed(*state.key(), tuple(chosen))
        st.dataframe(changed.round(3), hide_index=True, width="stretch")
        title = "What one sd of a single dimension changes, in sd of each reading"
        numbers_file(run, changed, title, name="traversed")
    return tuple(_raw_knob(run, row, found[index], names[index]) for index in chosen)


def _raw_knob(run: Run, row: int, dimension: "Dimension", name: str) -> Knob:
    """One number of the code, changed by up to three standard deviations either way."""
    reach, move = RAW_SD * max(dimension.sd, 0.1), np.zeros(run.codes.shape[1], np.float32)
    move[dimension.index] = 1
    title = f"Dimension {dimension.index}: {name}"
    knob = Knob(title=title, unit="", move=move, own=0.0, low=-reach, high=reach)
    return replace(knob, strip=strip_of(run, row, knob))


def _meaning(dimension: "Dimension") -> str:
    from core.latent.attributes import attribute_words

    if not dimension.active:
        return "silent"
    strongest = dimension.readings[0] if dimension.readings else None
    if dimension.carries:
        return f"trained to carry {attribute_words(dimension.carries)}"
    if strongest and abs(strongest.correlation) >= 0.3:
        return f"goes with {attribute_words(strongest.attribute)} ({strongest.correlation:+.2f})"
    return "nothing that was measured"
