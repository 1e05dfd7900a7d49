"""Panels of Why on the model's own readings: where each is read, and where it is drawn."""

from collections.abc import Callable

import streamlit as st

from core.explain.explanation import Variant
from core.latent.attributes import attribute_unit, attribute_words
from core.run import Run
from dashboard import answers, checking, explaining, parts, state, words, writing
from dashboard.figures import heat, heat_files, heat_written
from dashboard.figures.window import window_of
from dashboard.panels.why_files import save_picture
from dashboard.panels.why_waiting import test_button, waiting_line
from dashboard.ways import is_quick, quick_for


@parts.fragment
def attributes(run: Run, row: int, variant: Variant) -> None:
    """In which pixels of one lesion each attribute is read, and in which it is drawn."""
    names = writing.attributes(run)
    if not names:
        st.caption("This run has no named directions to ask about.")
        return
    way = variant
    if not is_quick(variant) and not st.toggle(
        f"Draw by {variant.name}, which is slow", False, key="why_slow_attributes"
    ):
        way = quick_for(variant)
    asked = [f"along {name}" for name in names]
    with waiting_line() as told:
        maps = [explaining.maps(*state.key(), (row,), way.key, key, told)[0] for key in asked]
    passed = [checking.known(run, way.key, (row,), key).get(row) for key in asked]
    _test_button(
        run, row, way, [key for key, found in zip(asked, passed, strict=True) if not found]
    )
    window = window_of(run.patches[[row]])
    mask = run.masks[row] if run.manifest.has_masks else None
    plain = heat.Plain(
        maps=maps,
        titles=[words.capital(attribute_words(name)) for name in names],
        lines=[
            f"the model reads {one.score:.2f} {attribute_unit(name)}".strip()
            + writing.known_words(run, name)
            for one, name in zip(maps, names, strict=True)
        ],
        scale=None,
        window=window,
        masks=None if mask is None else [mask] * len(maps),
        tested=passed,
        lesion=run.words.lesion,
        spacing_mm=answers.pixel_mm(run, row),
        ends=("makes it read less", "makes it read more"),
    )
    st.html(heat.plain_html(plain))
    save_picture(
        "Maps of the readings (PNG)",
        lambda: heat_files.plain_png(plain),
        f"why-{run.name}-row{row}-attributes-{way.key.replace('_', '-')}",
    )
    st.caption(
        f"Where the model reads ({way.name}): orange pixels make it read more of the attribute, "
        "purple ones less. Each map has its own colour scale, since each has its own unit."
    )
    _written(run, row, names, window)


def _test_button(run: Run, row: int, way: Variant, waiting: list[str]) -> None:
    def test(told: Callable[[int], None]) -> None:
        for key in waiting:
            checking.take(run, way.key, (row,), told, question=key)

    test_button(len(waiting), test, key="why_test_readings")


def _written(run: Run, row: int, names: tuple[str, ...], window: tuple[float, float]) -> None:
    parts.section(
        "Where is each attribute drawn?",
        "The other half of the model: what its picture of this one changes between one standard "
        "deviation less and one more of the attribute, everything else held still.",
    )
    told = writing.written(*state.key(), row, names)
    mask = run.masks[row] if run.manifest.has_masks else None
    lesion, spacing_mm = run.words.lesion, answers.pixel_mm(run, row)
    st.html(
        heat_written.written_html(
            told, window=window, mask=mask, lesion=lesion, spacing_mm=spacing_mm
        )
    )
    save_picture(
        "What each attribute changes (PNG)",
        lambda: heat_written.written_png(
            told, window=window, mask=mask, lesion=lesion, spacing_mm=spacing_mm
        ),
        f"why-{run.name}-row{row}-drawn",
    )
    st.caption(
        "Orange pixels become brighter with more of the attribute, purple ones darker; one colour "
        "scale for all, the error beside them too, so what the model cannot draw at all can be "
        "weighed against what it moves. Simulated changes of appearance, not measurements."
    )
