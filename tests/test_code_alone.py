"""Laws of what a map cannot show: the part of a score that does not go through the code."""

from copy import copy

import numpy as np
import pytest

from core.explain.code_alone import FEWEST, ranked_by_code_alone
from core.model import Model


@pytest.fixture(scope="module")
def model(tiny_run):
    return Model.open(tiny_run, device="cpu")


def held_out(run):
    return np.flatnonzero(run.rows["key_slice"] & (run.rows["split"] == "test"))


def key_slices(run):
    return np.flatnonzero(run.rows["key_slice"])


def test_where_the_measures_say_nothing_the_code_alone_keeps_the_order(
    tiny_run, model, monkeypatch
):
    nothing = np.full_like(model.beside(tiny_run.rows, tiny_run.codes), np.nan)
    monkeypatch.setattr(Model, "beside", lambda self, rows, codes: nothing[: len(rows)])
    found = ranked_by_code_alone(model, tiny_run, key_slices(tiny_run), resamples=20)
    assert found.value == pytest.approx(1)
    assert found.low == pytest.approx(1)


def test_where_they_say_something_the_order_differs_and_the_interval_holds_it(tiny_run, model):
    found = ranked_by_code_alone(model, tiny_run, key_slices(tiny_run), resamples=200)
    assert -1 <= found.low < found.value < found.high < 1


def test_few_lesions_have_no_order_to_speak_of(tiny_run, model):
    assert ranked_by_code_alone(model, tiny_run, key_slices(tiny_run)[: FEWEST - 1]) is None


def test_without_outlines_there_are_no_measures_that_a_map_could_leave_out(two_runs):
    from core.run import Run

    bare = Run.open(two_runs / "bare")
    assert bare.settings.reads_measures
    assert ranked_by_code_alone(Model.open(bare, device="cpu"), bare, key_slices(bare)) is None


def test_a_head_that_reads_codes_alone_has_no_such_part(tiny_run, model):
    head = tiny_run.settings.head.model_copy(update={"measured": False})
    settings = tiny_run.settings.model_copy(update={"head": head})
    deaf = copy(tiny_run)
    object.__setattr__(deaf, "settings", settings)  # as it would be read from another run's folder
    assert not deaf.settings.reads_measures
    assert ranked_by_code_alone(model, deaf, key_slices(deaf)) is None


def test_the_page_says_how_much_of_the_score_its_maps_leave_out(tiny_run, caches):
    from dashboard import explaining, writing

    said = explaining.code_alone_words(tiny_run)
    assert "No map shows all of the score" in said
    assert f"{len(held_out(tiny_run))} held-out lymph nodes" in said
    names = writing.attributes(tiny_run)
    assert names
    for name in names:
        assert "R²" in writing.known_words(tiny_run, name)
