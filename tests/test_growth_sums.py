"""What is added on Growth: directions, ways beside ways, dials turned beside a walk."""

import sys

import numpy as np
import pytest

from tests.paging import film_of, visitor


@pytest.fixture
def visit(two_runs, monkeypatch):
    """Open a page of a run as a visitor would."""
    return visitor(two_runs, monkeypatch)


def test_two_directions_are_walked_as_their_named_sum(visit, two_runs):

    app = visit("growth")
    alone = film_of(app)
    app.selectbox(key="growth_add").set_value("elongation").run()
    assert not app.exception, app.exception[0].message
    film = film_of(app)
    assert "elongation" in film["words"]["asked"].lower()
    assert film["unit"] != "mm", "no size is asked of a sum"
    assert film["measured"] != alone["measured"]
    assert film["original_mm"] == pytest.approx(alone["original_mm"])
    code = next(one.value for one in app.code if "from core.run import" in one.value)
    assert '* along_of(ground, "elongation")' in code
    app.number_input(key="growth_add_elongation").set_value(0.0).run()
    assert film_of(app)["unit"] == "mm", "nothing of it is the walk alone"


def test_the_three_ways_stand_side_by_side_with_their_steps(visit):
    app = visit("growth")
    app.segmented_control(key="growth_kind").set_value("To another").run()
    app.toggle(key="growth_three").set_value(True).run()
    assert not app.exception, app.exception[0].message
    table = app.dataframe[-1].value
    assert list(table["way"]) == ["Straight", "Spherical", "By neighbours"]
    assert (table["largest step / mean"] >= 0.999).all()
    assert table["length in the code"].idxmin() == 0, "straight is the shortest"


def test_what_was_turned_beside_the_walk_is_measured_and_taken_along(two_runs, monkeypatch):
    from core.run import Run
    from dashboard import answers, state
    from dashboard.components.film_slider import Knob
    from dashboard.panels import growth_turned

    monkeypatch.setattr(sys, "argv", ["frame.py", "--runs", str(two_runs)])
    run = Run.open(two_runs / "tiny")
    row = int(run.rows.index[run.rows["key_slice"].astype(bool)][0])
    knob = Knob("Texture: grey", "", np.ones(16, np.float32), own=0.5, low=0.0, high=1.0)
    told = {"turned": {"knobs": ["Texture: grey"], "amounts": [0.2]}}
    amounts = growth_turned.turned((knob,), told)
    assert amounts == (0.2,)
    assert growth_turned.turned((knob,), {"turned": {"knobs": ["Size"], "amounts": [3.0]}}) == (0,)
    assert growth_turned.turned((knob,), None) == (0,)
    said = growth_turned.in_words((knob,), amounts)
    assert said == "Texture 0.50 → 0.70"
    move = tuple(float(one) for one in 0.2 * knob.move)
    walk = growth_turned.turned_walk(*state.key(run), row, move, said, keep="nothing")
    assert walk.title == said
    assert walk.codes[-1] == pytest.approx(run.codes[row] + 0.2, abs=1e-5)
    drawn = answers.dialled(*state.key(run), row, tuple((f"dimension {i}", 0.2) for i in range(16)))
    assert walk.pictures[-1] == pytest.approx(drawn.picture, abs=1e-4)
    assert walk.score[-1] == pytest.approx(drawn.score, abs=1e-4)
