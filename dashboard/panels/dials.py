"""Panels of Dials: five named dials, the picture they make, and the raw dimensions behind them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from core.latent.direction import Direction
from core.run import Run
from dashboard import answers, parts, state, words
from dashboard.figures import dimensions, pictures, tiles
from dashboard.figures.window import in_words, window_of, windowed
from dashboard.panels.chart import chart

if TYPE_CHECKING:
    from core.latent.dimensions import Dimension

RAW = "dials_raw"
HARDLY = 0.2  # R² below which a dial draws little but chance
RAW_SD = 3.0  # a raw slider's reach, in standard deviations of the training codes


@dataclass(frozen=True)
class Dial:
    """One named dial: which direction it turns and how clinicians say it.

    Attributes:
        name: The direction.
        title: On screen.
        unit: Behind the value.
        spoken: From the direction's unit to the dial's, and back (1 / x is its own inverse).
    """

    name: str
    title: str
    unit: str
    spoken: Callable[[float], float]


def _same(value: float) -> float:
    return value


def _turned_over(value: float) -> float:
    return 1 / value if value else float("nan")


DIALS = (
    Dial("short_axis_mm", "Size: short axis", "mm", _same),
    Dial("elongation", "Roundness: short / long", "", _turned_over),
    Dial("contrast", "Signal against its surroundings", "", _same),
    Dial("heterogeneity", "Texture: grey spread inside", "", _same),
    Dial("compactness", "Border: outline complexity", "", _same),
)


def known() -> tuple[tuple[Dial, Direction], ...]:
    """The dials that this run can offer, with their directions."""
    there = {direction.name: direction for direction in state.latent_space().directions()}
    return tuple((dial, there[dial.name]) for dial in DIALS if dial.name in there)


@parts.fragment
def dialling(run: Run, row: int) -> None:
    """The picture and its dials; turning one redraws both."""
    offered = known()
    left, right = parts.split(5, 6, key="dials")
    with right:
        st.button("Reset all dials", icon=":material/restart_alt:", on_click=_reset, key="reset")
        moves = [_dial(run, row, dial, direction) for dial, direction in offered]
        place = st.container()
        with st.expander(
            "Raw dimensions of the code", icon=":material/tune:", expanded=not offered
        ):
            moves += _raw(run, row)
    shown = answers.dialled(*state.key(), row, tuple(move for move in moves if move[1]))
    with left:
        _picture(run, row, shown)
    if run.manifest.has_masks:
        with place:
            _readings(shown)


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
        )
    )


def _dial(run: Run, row: int, dial: Dial, direction: Direction) -> tuple[str, float]:
    """One dial with how well the model knows it; returns (direction, amount to move)."""
    own = float(direction.read(run.codes[row][None])[0])
    ends = sorted(dial.spoken(end) for end in (direction.low, direction.high))
    start = dial.spoken(own)
    low, high = min(ends[0], start), max(ends[1], start)
    step = 0.1 if dial.unit == "mm" else 10 ** np.floor(np.log10(max(high - low, 1e-6) / 40))
    value = st.slider(
        dial.title + (f", {dial.unit}" if dial.unit else ""),
        float(low),
        float(high),
        float(start),
        float(step),
        format="%.1f" if dial.unit == "mm" else f"%.{max(0, -int(np.floor(np.log10(step))))}f",
        key=f"dial_{dial.name}_{row}_{_turn()}",
        help=direction.description,
    )
    known_so_far = f"R² {max(0.0, direction.r2):.2f}" if np.isfinite(direction.r2) else "not judged"
    hardly = ": hardly, do not trust it" if direction.r2 < HARDLY else ""
    st.html(tiles.meter_html(direction.r2, "how well the model knows this", known_so_far + hardly))
    return (dial.name, 0.0 if value == float(start) else dial.spoken(value) - own)


def _picture(run: Run, row: int, shown: answers.Dialled) -> None:
    window = window_of(run.patches[row])
    st.html(
        pictures.patch_html(
            windowed(shown.picture, window),
            alt="Simulated picture for these dials",
            spacing_mm=answers.pixel_mm(run, row),
            side_px=640,
            letters=run.manifest.has_masks,
            caption="Simulated: the model's own drawing, softer than a scan "
            f"({in_words(window)}). It starts from the chosen {run.words.lesion}.",
        )
    )
    threshold = float(run.preprocessing["node_threshold"])
    side = "above" if shown.score >= threshold else "below"
    st.html(
        tiles.wrapped(
            [
                tiles.tile_html(
                    f"{shown.score:.2f}", "suspicion score", f"{side} the threshold {threshold:.2f}"
                )
            ]
        )
    )
    if shown.typicality > 1:
        st.warning(
            "These dials lie outside what the model saw in training: do not trust the picture.",
            icon=":material/explore_off:",
        )


def _readings(shown: answers.Dialled) -> None:
    """What the ruler reads on the picture, beside what was asked."""
    if shown.measured is None:
        st.caption("The ruler cannot read this picture: no outline stands out.")
        return
    st.caption(
        f"The ruler reads on this picture: short axis {words.mm(shown.measured.short_axis_mm)}, "
        f"roundness {1 / shown.measured.elongation:.2f}."
    )


def _raw(run: Run, row: int) -> list[tuple[str, float]]:
    """KL, use and meaning of every dimension, and a slider for each that is chosen."""
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
    moves = []
    for index in chosen:
        reach = RAW_SD * max(found[index].sd, 0.1)
        amount = st.slider(
            f"Dimension {index}: {names[index]}",
            -float(reach),
            float(reach),
            0.0,
            float(reach / 50),
            key=f"raw_{index}_{row}_{_turn()}",
            help="Change of this one number of the code; 0 leaves it as it is.",
        )
        moves.append((f"dimension {index}", amount))
    return moves


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


def _turn() -> int:
    """How often the dials were put back: part of their names, so that new ones stand at start."""
    return int(state.recall("dials_turn", 0))


def _reset() -> None:
    state.remember("dials_turn", _turn() + 1)
