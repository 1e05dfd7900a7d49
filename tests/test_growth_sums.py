"""What is added on Growth: directions, ways beside ways, dials turned beside a walk."""

import sys
from pathlib import Path

import numpy as np
import pytest

from tests.paging import film_of, visitor, written

ROOT = Path(__file__).parent.parent


@pytest.fixture
def visit(two_runs, monkeypatch, caches):
    """Open a page of a run as a visitor would."""
    return visitor(two_runs, monkeypatch)


def test_a_sum_asks_for_a_size_and_takes_a_second_direction_along(visit):
    app = visit("growth", run="demo")  # whose pictures the ruler reads
    alone = film_of(app)
    app.selectbox(key="growth_add").set_value("elongation").run()
    assert not app.exception, app.exception[0].message
    film, body = film_of(app), written(app)
    assert "elongation" in film["words"]["asked"].lower()
    assert (film["unit"], film["asked"]) == ("mm", alone["asked"])
    assert film["live"]["codes"] != alone["live"]["codes"]
    assert film["original_mm"] == pytest.approx(alone["original_mm"])
    trusted = [at for at, note in enumerate(film["notes"]) if not note]
    missed = [abs(film["measured"][at] - film["asked"][at]) for at in trusted]
    assert max(missed) <= 0.25, "the size of the sum is corrected"
    assert len(trusted) > len(film["asked"]) / 2
    assert "nothing corrects it on the picture. The size is corrected" in body
    assert "because a second change goes along" in body
    assert alone["later"] == ["twin", "warp"]
    assert film["later"] == []
    app.toggle(key="growth_closed").set_value(False).run()
    assert "nor the size, as chosen under Settings" in written(app)
    app.number_input(key="growth_add_elongation").set_value(0.0).run()
    assert film_of(app)["words"]["asked"] == alone["words"]["asked"], "none of it: the walk alone"


def test_of_a_sum_whose_size_cannot_be_read_no_size_is_asked(visit):
    app = visit("growth")  # of a model that draws too faintly to be read
    assert film_of(app)["unit"] == "mm"
    app.selectbox(key="growth_add").set_value("elongation").run()
    assert not app.exception, app.exception[0].message
    assert film_of(app)["unit"] != "mm"
    assert "nor what it goes along with" in written(app)


def test_a_link_opens_the_sum_that_was_walked(visit):
    app = visit("growth")
    app.selectbox(key="growth_add").set_value("elongation").run()
    app.number_input(key="growth_add_elongation").set_value(0.3).run()
    other = visit("start")
    link = {"growth_add": "Elongation", "growth_add_elongation": "0.3"}
    for name, value in link.items():
        other.query_params[name] = value
    other.switch_page("views/growth.py").run()
    assert not other.exception, other.exception[0].message
    assert other.selectbox(key="growth_add").value == "elongation"
    assert film_of(other)["live"]["codes"] == film_of(app)["live"]["codes"]
    assert film_of(other)["later"] == [], "no twin of a sum, not even on the first look"


@pytest.mark.parametrize("run", ["tiny", pytest.param("demo", marks=pytest.mark.slow)])
def test_the_lines_of_python_walk_the_sum_that_the_page_walks(
    visit, two_runs, monkeypatch, tmp_path, run
):
    app = visit("growth", run=run)
    app.toggle(key="growth_closed").set_value(False).run()
    app.selectbox(key="growth_add").set_value("elongation").run()
    code = next(one.value for one in app.code if "from core.run import" in one.value)
    told = {}
    monkeypatch.chdir(ROOT if run == "demo" else tmp_path)
    (tmp_path / two_runs.name).symlink_to(two_runs)
    exec(compile(code.split("print(walk")[0], "growth", "exec"), told)
    film = film_of(app)
    assert np.isfinite(told["walk"].asked_mm).all() == (film["unit"] == "mm") == (run == "demo")
    read = np.array([np.nan if one is None else one for one in film["measured"]])
    assert told["walk"].measured_mm == pytest.approx(read, abs=1e-3, nan_ok=True)


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
