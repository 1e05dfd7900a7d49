"""Laws of the drawings behind Growth, Dials, Why and How good, on made-up objects."""

import dataclasses
import io
import json

import numpy as np
import pandas as pd
import pytest
from PIL import Image


def _explanation(signed, **changes):
    from core.explain.explanation import Explanation

    fields = {
        "row": 0,
        "patch": np.full((32, 32), 0.5, np.float32),
        "map": signed.astype(np.float32),
        "score": 0.3,
        "layer": 8,
        "method": "grad_cam",
        "raw_max": max(0.0, float(signed.max())),
        "mass_inside": 0.61,
        "area_share": 0.18,
    }
    return Explanation(**{**fields, **changes})


def _card(signed, **changes):
    from dashboard.figures.heat import HeatCard

    return HeatCard(
        title="Lymph node 3, 6.9 mm",
        explanation=_explanation(signed, **changes),
        mask=np.zeros((32, 32), bool),
        score=0.71,
        threshold=0.5,
        left_out=-0.12,
        spacing_mm=0.573,
    )


def _spot(value):
    signed = np.zeros((32, 32))
    signed[12:20, 12:20] = value
    return signed


def test_evidence_for_turns_orange_and_evidence_against_purple():
    from dashboard.figures.heat import overlay

    patch = np.full((32, 32), 0.5, np.float32)
    towards = overlay(patch, _spot(1.0), scale=1, opacity=1, side_px=32)[16, 16]
    against = overlay(patch, _spot(-1.0), scale=1, opacity=1, side_px=32)[16, 16]
    assert towards[0] > towards[2]
    assert against[2] > against[0]


def test_opacity_follows_the_value_and_not_its_rank():
    from dashboard.figures.heat import overlay

    patch = np.full((32, 32), 0.5, np.float32)
    bare = overlay(patch, _spot(0), scale=1, opacity=1, side_px=32).astype(int)
    change = [
        np.abs(overlay(patch, _spot(v), scale=1, opacity=1, side_px=32) - bare).max()
        for v in (0.1, 0.5, 1.0)
    ]
    assert change[0] < change[1] < change[2]
    assert np.array_equal(bare, overlay(patch, _spot(1), scale=1, opacity=0, side_px=32))


def test_one_scale_keeps_a_weak_map_weak_beside_a_strong_one():
    from dashboard.figures.heat import overlay

    patch = np.full((32, 32), 0.5, np.float32)
    weak = overlay(patch, _spot(0.05), scale=2.0, opacity=1, side_px=32)
    assert np.abs(weak.astype(int) - 128).max() <= 4


def test_every_map_stands_beside_layer_method_maximum_mass_and_caveat():
    from dashboard.figures.heat import cards_html

    html = cards_html([_card(_spot(0.42))], scale=0.42)
    for wanted in ("Grad-CAM", "8 × 8", "0.42", "61%", "18%", "not where disease is"):
        assert wanted in html
    assert "<b>12.0</b> points lower" in html
    assert "0.71" in html
    assert "</b> suspicious</p>" in html


def test_the_colour_bar_is_as_opaque_as_the_maps_under_it():
    from dashboard.figures.heat import cards_html

    for opacity, said in ((0.75, "75%"), (0.3, "30%"), (0.0, "0%")):
        html = cards_html([_card(_spot(0.42))], scale=0.42, opacity=opacity)
        bar = html[html.index("linear-gradient") :].partition("></i>")[0]
        assert bar.count(f"/ {said})") == 2


def test_an_empty_map_is_said_in_words_and_draws_no_orange():
    from dashboard.figures.heat import cards_html
    from dashboard.figures.heat_line import NOTHING

    assert NOTHING in cards_html([_card(_spot(-1.0), mass_inside=None)], scale=1.0)
    assert NOTHING not in cards_html([_card(_spot(1.0))], scale=1.0)


def test_bars_of_a_score_end_at_the_score():
    from core.prediction import Part, Prediction
    from dashboard.figures.prediction import waterfall

    parts = (Part("base rate", -1.2), Part("nodes", 1.7), Part("T stage", -0.2))
    total = sum(part.value for part in parts)
    said = Prediction(
        "a",
        1 / (1 + np.exp(-total)),
        total,
        "logit",
        parts,
        np.array([0.5]),
        np.array([0.1]),
        "positive",
        0.4,
    )
    figure = waterfall(said, names={"nodes": "lymph nodes"})
    bars = [trace for trace in figure.data if trace.type == "bar"]
    start, end = (trace for trace in figure.data if trace.type == "scatter")
    assert start.x[0] == pytest.approx(-1.2)
    assert bars[0].base[0] == pytest.approx(start.x[0])
    assert bars[1].base[0] == pytest.approx(bars[0].base[0] + bars[0].x[0])
    assert end.x[0] == pytest.approx(bars[-1].base[0] + bars[-1].x[0]) == pytest.approx(total)
    assert f"{said.probability:.2f}" in end.text[0]
    assert bars[0].y[0] == "lymph nodes"
    # either number stands on the side of its mark that the threshold's line is not
    assert start.textposition == "middle left"
    assert end.textposition == "middle right"
    passed = waterfall(dataclasses.replace(said, threshold=0.1), names={})
    start = next(trace for trace in passed.data if trace.type == "scatter")
    assert start.textposition == "middle right"


def test_an_axis_of_log_odds_is_lettered_with_scores_inside_it():
    from dashboard.figures.prediction import _ticks

    for low, high in ((-1.2, -1.1), (-0.2, 0.9), (-6.0, 6.0)):
        scores = [1 / (1 + np.exp(-end)) for end in (low, high)]
        ticks = _ticks(low, high)
        assert 2 <= len(ticks) <= 15
        assert all(scores[0] <= tick <= scores[1] for tick in ticks)


def test_many_small_parts_are_gathered_without_changing_the_sum():
    from core.prediction import Part
    from dashboard.figures.prediction import gathered

    parts = tuple(Part(str(n), 0.1 * n - 1) for n in range(25))
    kept = gathered(parts)
    assert len(kept) == 10
    assert kept[0] == parts[0]
    assert sum(p.value for p in kept) == pytest.approx(sum(p.value for p in parts))


def test_the_call_changes_where_the_score_passes_its_threshold():
    from core.growth.crossing import crossings

    asked, score = np.array([4.0, 5.0, 6.0, 7.0]), np.array([0.1, 0.3, 0.7, 0.2])
    assert crossings(asked, score, 0.5) == pytest.approx((5.5, 6.4))
    assert crossings(asked, score, 0.9) == ()
    assert crossings(asked, np.full(4, np.nan), 0.5) == ()


def test_the_window_holds_the_greys_of_its_picture(rng):
    from dashboard.figures.window import window_of

    low, high = window_of(rng.uniform(0.2, 0.7, (32, 32)).astype(np.float32))
    assert 0 <= low < 0.21
    assert 0.69 < high <= 1


def _reel(steps=21, **changes):
    from dashboard.components.film_slider import Reel

    frames = np.linspace(0, 1, steps)[:, None, None] * np.ones((1, 32, 32))
    fields = {
        "original": frames[0].astype(np.float32),
        "frames": frames.astype(np.float32),
        "asked": np.linspace(4, 9, steps),
        "measured_mm": np.r_[np.nan, np.linspace(4.2, 9, steps - 1)],
        "score": np.linspace(0, 1, steps),
        "threshold": 0.5,
    }
    return Reel(**{**fields, **changes})


def test_the_sprite_sheet_holds_original_and_frames_and_what_comes_later_has_its_own():
    from dashboard.components.film_slider import COLUMNS, _sheet, sprite_sheet

    def tile(content, n):
        sheet = np.asarray(Image.open(io.BytesIO(content)))
        assert sheet.shape == (32 * 2, 32 * COLUMNS)
        return sheet[32 * (n // COLUMNS) :, 32 * (n % COLUMNS) :][:32, :32]

    film = sprite_sheet(_reel(later=("twin",)))
    assert tile(film, 0).max() == 0
    assert tile(film, 11).min() == tile(film, 11).max() == round(255 * 10 / 20)
    twins = _sheet(np.full((21, 32, 32), 0.25, np.float32))
    assert tile(twins, 0).min() == tile(twins, 20).max() == 64


def test_what_the_browser_gets_is_plain_json_even_where_the_ruler_failed():
    from dashboard.components.film_slider import _payload

    payload = json.loads(
        json.dumps(_payload(_reel(), mode="slider", present=False), allow_nan=False)
    )
    assert payload["measured"][0] is None
    assert payload["measured"][1] == pytest.approx(4.2)
    other = _payload(_reel(threshold=0.4), mode="slider", present=False)
    assert other["id"] != payload["id"]


def test_a_reel_of_unequal_parts_is_refused():
    from dashboard.components.film_slider import Later

    with pytest.raises(ValueError, match="all alike"):
        _reel(score=np.zeros(3))
    with pytest.raises(ValueError, match="as many"):
        Later(twins=np.zeros((3, 8, 8), np.float32), warps=np.zeros((4, 8, 8), np.float32))


def _verdicts():
    from dashboard.figures.judgement import Verdict

    answers = ["right"] * 5 + ["wrong"] * 2 + ["no answer"] * 3
    return [Verdict(f"p{n}", int(n < 4), 0.1 * n, a) for n, a in enumerate(answers)]


def test_every_judged_patient_is_one_dot():
    from core.run import Words
    from dashboard.figures.judgement import patient_dots

    figure = patient_dots(_verdicts(), Words())
    assert sum(len(trace.x) for trace in figure.data) == 10
    places = [(x, y) for trace in figure.data for x, y in zip(trace.x, trace.y, strict=True)]
    assert len(set(places)) == 10
    assert {trace.name for trace in figure.data} == {"right", "wrong", "no answer"}


def test_the_chosen_threshold_stands_on_the_roc_curve(rng):
    from core.evaluation.classification import confusion
    from core.evaluation.roc import roc_curve
    from dashboard.figures.judgement import roc

    labels = np.repeat([0, 1], 30)
    scores = rng.normal(labels, 1.0)
    counts = confusion(labels, scores, threshold=0.5)
    point = roc({"a": roc_curve(labels, scores, resamples=50)}, threshold=0.5).data[-1]
    assert point.y[0] == pytest.approx(counts.sensitivity.value)
    assert point.x[0] == pytest.approx(1 - counts.specificity.value)


def test_confusion_shows_the_counts():
    from core.evaluation.classification import Confusion
    from core.run import Words
    from dashboard.figures.judgement import confusion

    text = confusion(Confusion(7, 3, 20, 1), Words(outcome="metastasis")).data[0].text
    assert [["<b>7</b>" in text[0][0], "<b>1</b>" in text[0][1]]] == [[True, True]]
    assert "<b>3</b>" in text[1][0]
    assert "<b>20</b>" in text[1][1]


def test_worth_of_a_flag_falls_with_prevalence():
    from core.evaluation.calibration import at_prevalence
    from core.evaluation.classification import Confusion
    from dashboard.figures.judgement import predictive

    values = [at_prevalence(Confusion(17, 10, 40, 3), p) for p in (0.05, 0.2, 0.5)]
    lines = [trace for trace in predictive(values, values[1]).data if trace.mode == "lines"]
    ppv = next(trace for trace in lines if trace.name and "PPV" in trace.name)
    assert list(ppv.y) == sorted(ppv.y)
    assert ppv.y[0] < 0.5


def test_bins_of_calibration_keep_their_intervals(rng):
    from core.evaluation.calibration import calibration_bins
    from dashboard.figures.judgement import calibration

    p = rng.uniform(size=60)
    trace = calibration(calibration_bins(rng.uniform(size=60) < p, p)).data[-1]
    assert len(trace.x) == len(trace.error_y.array) == 10
    assert min(trace.error_y.array) >= 0
    assert min(trace.error_y.arrayminus) >= 0


def _history():
    epochs = np.arange(1, 6)
    drawing = pd.DataFrame({"phase": "vae", "epoch": epochs})
    for part in ("loss", "l1", "ssim", "kl", "attribute"):
        for split in ("train", "validation"):
            drawing[f"{split}_{part}"] = 1.0 / epochs
    drawing["active_units"] = 7
    head = pd.DataFrame(
        {
            "phase": "head",
            "epoch": epochs,
            "train_loss": 0.5,
            "validation_loss": 0.6,
            "validation_auc": 0.7,
            "learning_rate": 2e-3,
        }
    )
    return pd.concat([drawing, head], ignore_index=True)


def test_curves_of_training_show_both_splits_and_only_their_own_phase():
    from dashboard.figures.learning import head_curves, loss_curves, rate_curves

    curves = loss_curves(_history())
    assert {trace.name for trace in curves.data} == {"training", "validation"}
    assert all(len(trace.x) == 5 for trace in curves.data)
    assert len(curves.data) == 8
    assert list(rate_curves(_history(), latent=16).data[1].y) == [7] * 5
    assert list(head_curves(_history()).data[2].y) == [0.7] * 5


def test_two_runs_stand_beside_each_other_with_their_intervals():
    from dashboard.figures.comparison import Measured, intervals

    made = [
        Measured(run, name, 0.8, 0.7, 0.9, "34 patients, test")
        for run in ("demo", "paper")
        for name in ("AUC", "SSIM")
    ]
    figure = intervals([*made, Measured("demo", "only here", 0.2, None, None, "1 patient, test")])
    assert len(figure.data) == 5
    assert sum(trace.showlegend for trace in figure.data) == 2
    assert figure.data[0].error_x.array[0] == pytest.approx(0.1)


def test_tiles_say_interval_and_n():
    from dashboard.figures.comparison import Measured
    from dashboard.figures.tiles import measured_html

    html = measured_html([Measured("a", "AUC", 0.812, 0.7, 0.9, "34 patients, test")])
    assert "0.81" in html
    assert "0.70 to 0.90" in html
    assert "34 patients, test" in html
    small = measured_html([Measured("a", "gain", -0.0028, -0.0089, 0.002, "168 patients")])
    assert "<b>-0.003</b>" in small
    assert "-0.009 to 0.002" in small


def test_silent_dimensions_are_told_from_active_ones():
    from core.latent.dimensions import Dimension
    from dashboard.figures.dimensions import kl_bars

    found = [Dimension(n, "", 2.0 * (n < 2), n < 2, 0.0, 1.0, ()) for n in range(5)]
    active, silent = kl_bars(found, names=[str(n) for n in range(5)]).data
    assert list(active.x) == [0, 1]
    assert list(silent.x) == [2, 3, 4]


def test_the_table_of_dimensions_begins_with_the_most_telling():
    from core.latent.dimensions import Dimension
    from dashboard.figures.dimensions import table

    found = [Dimension(n, "", (1.0, 3.0, 2.0)[n], True, 0.0, 1.0, ()) for n in range(3)]
    made = table(found, np.array([0.1, -0.2, 0.3]), names=["a", "b", "c"])
    assert list(made["dimension"]) == [1, 2, 0]
    assert list(made["measures"]) == ["b", "c", "a"]
    assert list(made["weight in the head"]) == pytest.approx([-0.2, 0.3, 0.1])


def test_words_on_the_page_come_from_the_cohort():
    from core.run import Words
    from dashboard.figures.judgement import patient_dots

    figure = patient_dots(_verdicts(), Words(outcome="metastasis", no_outcome="no metastasis"))
    assert any("metastasis" in text for text in figure.layout.yaxis.ticktext)


def _trajectory(count=11, **changes):
    from core.growth.trajectory import Trajectory

    amount = np.linspace(-1, 4, count).round(6)
    frames = np.linspace(0, 1, count)[:, None, None] * np.ones((1, 32, 32))
    fields = {
        "title": "short axis",
        "unit": "mm",
        "steps": amount,
        "codes": np.zeros((count, 4), np.float32),
        "pictures": frames.astype(np.float32),
        "asked_mm": 5 + amount,
        "score": np.linspace(0, 1, count),
        "typicality": np.linspace(0, 2, count),
        "measurements": (None,) * count,
        "enlarged": np.ones(count),
        "refused": ("",) * count,
        "spacing_mm": (0.573, 0.573),
    }
    return Trajectory(**{**fields, **changes})


def _shown(trajectory, **changes):
    from dashboard.components.film_slider import ReelWords
    from dashboard.figures.reel import reel_of

    asked = {"original": trajectory.pictures[0], "threshold": 0.55, "start": 0}
    return reel_of(trajectory, words=ReelWords(), **{**asked, **changes})


def test_a_walk_in_millimetres_is_asked_in_millimetres():
    reel = _shown(_trajectory())
    assert reel.unit == "mm"
    assert reel.asked[[0, -1]] == pytest.approx([4, 9])
    assert reel.crossings == pytest.approx((6.75,))


def test_a_crossing_among_refused_steps_is_no_crossing():
    refused = ("",) * 5 + ("Refused: outside.",) * 6
    reel = _shown(_trajectory(refused=refused))
    assert reel.crossings == ()
    assert reel.notes == refused


def test_a_walk_between_two_is_told_in_percent_of_the_way():
    share = np.linspace(0, 1, 11)
    reel = _shown(_trajectory(unit="share", steps=share, asked_mm=np.full(11, np.nan)))
    assert reel.unit == "%"
    assert reel.asked[[0, -1]] == pytest.approx([0, 100])


def test_without_geometry_nothing_is_said_in_millimetres():
    reel = _shown(_trajectory(asked_mm=np.full(11, np.nan)), sized=False, unit="sd")
    assert reel.unit == "sd"
    assert reel.spacing_mm is None
    assert reel.letters is None
    assert np.isnan(reel.measured_mm).all()


def test_the_call_is_worded_by_what_is_to_be_trusted():
    from dashboard.panels.walks import call_words

    crossed = call_words(_shown(_trajectory()))
    assert "**6.8 mm** (one training's answer); not a size rule" in crossed
    below = call_words(_shown(_trajectory(score=np.zeros(11))))
    assert below.startswith("On this whole walk")
    assert "**below**" in below
    partly = call_words(_shown(_trajectory(refused=("",) * 5 + ("Refused.",) * 6)))
    assert partly.startswith("Where this walk is to be trusted")
    assert "No step" in call_words(_shown(_trajectory(refused=("Refused.",) * 11)))


def test_scores_that_rounding_would_make_one_are_told_apart():
    from dashboard.words import told_apart

    assert told_apart(0.058, 0.0803, 0.0801) == ["0.0580", "0.0803", "0.0801"]
    assert told_apart(0.06, 0.081, 0.084) == ["0.060", "0.081", "0.084"]
    assert told_apart(0.06, 0.2, 0.08) == ["0.06", "0.20", "0.08"]
    assert told_apart(0.5, 0.5) == ["0.50", "0.50"], "what is the same stays the same"


def test_the_pictures_own_scores_are_told_beside_the_codes():
    from dashboard.panels.walks import anew_words

    film = _shown(_trajectory())
    same = anew_words(film, film.score, 10)
    assert "asked so, they cross the threshold at **6.8 mm**" in same
    lower = anew_words(film, np.zeros(11), 10)
    assert "stay **below** the threshold" in lower
    assert lower.endswith(f"the code scores {film.score[10]:.2f}, its picture 0.00.")


def test_a_walk_holds_the_start_itself_and_rises_evenly():
    from core.latent.direction import Direction
    from dashboard.panels.walks import first_shown, steps_of

    size = Direction(
        "short_axis_mm", np.ones(4, np.float32), "mm", "", "dimension", low=2.5, high=11.0
    )
    steps = steps_of(size, 5.0)
    assert 0.0 in steps
    assert np.diff(steps) == pytest.approx(np.full(len(steps) - 1, steps[-1] - steps[-2]), abs=1e-5)
    assert 5.0 + steps[0] >= 2.5 - 0.2
    assert steps[-1] == pytest.approx(0.45 * 8.5)
    assert steps_of(size, 2.5)[0] >= -0.2
    shape = Direction("elongation", np.ones(4, np.float32), "", "", "dimension", low=1, high=2)
    assert steps_of(shape, 5.0)[0] == pytest.approx(-steps_of(shape, 5.0)[-1], abs=0.05)
    refused = tuple("" if step < 1 else "Refused." for step in steps)
    assert 0 < steps[first_shown(steps, refused)] < 1


@pytest.mark.parametrize("scale", ["logit", "probability"])
def test_every_lesions_bar_is_its_own_change_and_all_bars_add_up(scale):
    from core.prediction import Part, Prediction
    from dashboard.figures.prediction import beyond_words, by_lesion

    logit = 0.4
    probability = 1 / (1 + np.exp(-logit))
    whole = logit if scale == "logit" else probability
    changes = [-0.2, 0.01, -0.05, -0.03, 0.02, -0.001]
    said = Prediction(
        patient_id="p", probability=probability, logit=logit, scale=scale,
        parts=(Part("base rate", -1.0), Part("nodes", whole + 0.7), Part("age", 0.3)),
        node_scores=np.zeros(6), node_shares=np.zeros(6), answer="positive", threshold=0.5,
    )  # fmt: skip
    apart = by_lesion(said, [f"node {at}" for at in range(6)], changes, lesions="nodes")
    assert sum(part.value for part in apart.parts) == pytest.approx(whole)
    named = {part.name: part.value for part in apart.parts}
    assert list(named) == [
        "base rate", "node 0", "node 2", "node 3", "node 4",
        "the other 2 nodes", "nodes together, beyond each alone", "age",
    ]  # fmt: skip
    without = probability - 0.2
    own = logit - np.log(without / (1 - without)) if scale == "logit" else 0.2
    assert named["node 0"] == pytest.approx(own)
    assert by_lesion(said, ["node 0"], [-0.2], lesions="nodes") == said
    told = beyond_words(said, apart, lesion="node", lesions="nodes")
    rest = named["nodes together, beyond each alone"]
    for value in (whole + 0.7, whole + 0.7 - rest, rest):
        spelt = f"{value:+.2f} (log odds)" if scale == "logit" else f"{100 * value:+.1f} points"
        assert spelt in told
    assert beyond_words(said, said, lesion="node", lesions="nodes") == ""


def test_a_bar_that_raises_the_score_points_right_in_the_colour_that_raises():
    from dashboard.figures import prediction

    (bar,) = prediction.left_out(["falls", "rises", "same"], [-0.08, 0.02, 0.0]).data
    assert list(bar.x) == [8.0, -2.0, 0.0]
    assert list(bar.y) == ["falls", "rises", "same"]
    assert list(bar.marker.color[:2]) == [prediction.RAISES, prediction.LOWERS]


@pytest.mark.parametrize(
    ("change", "said"),
    [(-0.08, "<b>8.0</b> points lower"), (0.01, "<b>1.0</b> point higher"), (-1e-5, "the same")],
)
def test_a_card_says_what_the_score_would_be_without_its_lesion(change, said):
    from dashboard.figures import heat

    assert said in heat._change(change)


def test_colours_are_called_by_what_they_are():
    from dashboard.figures import prediction, theme

    assert prediction.hue_word(prediction.RAISES) == "orange"
    assert prediction.hue_word(prediction.LOWERS) == "purple"
    assert prediction.hue_word(theme.NEGATIVE) == "blue"
    assert prediction.hue_word(theme.ACCENT) == "green"


def test_tiles_stand_in_rows_of_like_length():
    from dashboard.figures.tiles import tile_html, wrapped

    for number, most, columns in (
        (7, 6, 4),
        (6, 6, 6),
        (14, 6, 5),
        (4, 2, 2),
        (1, 6, 1),
        (0, 6, 1),
    ):
        tiles = [tile_html(str(n), "of them") for n in range(number)]
        assert f"--n: {columns}" in wrapped(tiles, most=most)
