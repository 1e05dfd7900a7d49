"""How good with a cross-validation behind it: the page, its sentence, its charts."""

import json
import re
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core.evaluation.bands import SIZES_MM
from core.evaluation.chosen_on import chosen_on
from core.evaluation.classification import auc
from core.evaluation.gaps import Gap, picture_adds, third_experiment
from core.evaluation.intervals import Interval
from core.evaluation.verdict import read_verdict
from core.run import Run
from dashboard import anew, calling, crossing, meaning, unseen

FRAME = Path(__file__).parent.parent / "dashboard" / "frame.py"
ROWS = ("model", "image", "clinical", "both", "short_axis", "rule_5mm")


@pytest.fixture(scope="module")
def evaluated(tiny_run, tmp_path_factory):
    """A folder of runs with the tiny one, cross-validated beside a few rows."""
    from core.evaluation import evaluate as road
    from core.evaluation.figures import Stamp, rebuild_metrics, write_metrics

    runs = tmp_path_factory.mktemp("evaluated")
    shutil.copytree(tiny_run.folder, runs / "tiny")
    run = Run.open(runs / "tiny")
    every = road._rows
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(
            road,
            "_rows",
            lambda *asked, **more: [e for e in every(*asked, **more) if e.key in ROWS],
        )
        road.evaluate(run, folds=3, repeats=2)
    stamp = Stamp.now("python train.py evaluate --fresh 40", seeds=(1,))
    figures = [
        stamp.figure(name, Interval(0.8, 0.7, 0.9), n=40, unit_of_n=unit, data="fresh")
        for name, unit in (
            ("auc.fresh", "patient"),
            ("auc.fresh_best", "patient"),
            ("r2.short_axis", "node"),
            ("r2.short_axis_ruler", "node"),
        )
    ]
    sha = run.manifest.weights_sha256
    write_metrics(run.folder / "added" / "fresh", figures, weights_sha256=sha)
    pd.DataFrame(
        {
            "patient_id": [f"sub-{n:04}" for n in range(40)],
            "label": [1] * 10 + [0] * 30,
            "probability": [0.9] * 10 + [0.1] * 30,
            "called": [1] * 10 + [0] * 30,
            "set": ["N+"] * 4 + ["no answer"] * 6 + ["N+"] * 3 + ["no answer"] * 18 + ["N0"] * 9,
        }
    ).to_csv(run.folder / "added" / "fresh" / "predictions_fresh.csv", index=False)
    rebuild_metrics(run.folder)
    return runs


@pytest.fixture
def page(evaluated, monkeypatch, caches):
    monkeypatch.setattr(sys, "argv", ["frame.py", "--runs", str(evaluated)])
    app = AppTest.from_file(str(FRAME), default_timeout=300)
    app.session_state["run_name"] = "tiny"
    app.run()
    app.switch_page("views/how_good.py").run()
    assert not app.exception, app.exception[0].message
    assert not app.error, app.error[0].value
    return app


def written(app):
    kinds = ("html", "markdown", "caption", "warning")
    return "\n".join(
        str(getattr(each.proto, "body", "") or getattr(each, "value", ""))
        for kind in kinds
        for each in app.main.get(kind)
    )


def drawn(app, key):
    """What a chart of the page shows, by the key it was given."""
    charts = [each.proto for each in app.main.get("plotly_chart")]
    specs = [json.loads(each.spec) for each in charts if each.id.endswith(f"-{key}")]
    assert len(specs) == 1
    return specs[0]["data"]


def test_the_sentence_is_of_all_patients_and_says_how_it_was_made(page):
    body = written(page)
    assert "it flags" in body
    assert "Cross-validated: 16 patients" in body
    assert "never an outcome" in body
    assert "were not cross-validated" not in body


def test_every_entry_of_the_contents_leads_to_a_section_of_the_page(page):
    links = re.findall(r'href="#([^"]+)"', written(page))
    assert len(links) > 8
    assert [one for one in links if written(page).count(f'id="{one}"') != 1] == []


def test_image_clinical_and_both_stand_beside_the_model_with_their_folds(page):
    bars = [trace for trace in drawn(page, "areas") if trace["type"] == "bar"]
    assert len(bars) == 4
    dots = [trace for trace in drawn(page, "areas") if trace["type"] == "scatter"]
    assert all(len(trace["x"]) == 6 for trace in dots)  # 3 folds, 2 repeats


def test_what_the_picture_adds_is_the_difference_of_the_rows_with_and_without_it(page, evaluated):
    run = Run.open(evaluated / "tiny")
    found = picture_adds(run, read_verdict(run))
    told = pd.read_parquet(run.folder / "added" / "evaluate" / "contenders.parquet")
    mean = told.groupby(["model", "patient_id"])[["label", "probability"]].mean()
    both, clinical = (auc(*mean.loc[key].to_numpy().T) for key in ("both", "clinical"))
    assert found.difference.value == pytest.approx(both - clinical)
    assert (found.title, found.repeats) == ("Image and clinical together", 2)
    assert found.in_words in written(page)


def test_image_and_clinical_facts_each_have_their_difference_to_both_together(page, evaluated):
    run = Run.open(evaluated / "tiny")
    found, body = third_experiment(run, read_verdict(run)), written(page)
    assert list(found) == ["gain.image_over_clinical", "gain.clinical_over_image"]
    for name, each in found.items():
        assert each.difference.value == pytest.approx(run.metrics[name]["value"])
        assert f"“{each.title}” minus “{each.than}” {each.difference.value:+.3f}" in body


def test_a_difference_is_sure_only_where_its_interval_leaves_out_none():
    def said(low, high):
        return Gap("this", "that", Interval((low + high) / 2, low, high), 1).in_words

    assert said(0.01, 0.09).startswith("Yes: AUC +0.050")
    assert said(-0.09, -0.01).startswith("No, it does worse: AUC -0.050")
    assert said(-0.01, 0.05).startswith("No evidence that it does: AUC +0.020")


def test_every_rival_has_its_paired_difference(page):
    assert len(drawn(page, "differences")) == 4  # all rows with a score but the model itself
    assert any(said in written(page) for said in ("does better", "No better than"))


def test_literature_points_are_off_until_asked_for_and_then_marked(page):
    before = drawn(page, "roc")
    assert not any("literature" in str(trace.get("name")) for trace in before)
    page.toggle(key="readers").set_value(True).run()
    assert not page.exception
    after = [trace for trace in drawn(page, "roc") if "literature" in str(trace.get("name"))]
    assert len(after) == 5
    assert "compare nothing" in written(page)


def test_calls_can_be_seen_by_size_and_by_number(page):
    def patients():
        bars = drawn(page, "bands")
        return sum(float(value) for trace in bars for value in _plain(trace["y"]))

    assert patients() == 16
    for by in ("number", "paper_size"):
        page.segmented_control(key="bands_by").set_value(by).run()
        assert not page.exception
        assert patients() == 16
    assert "diagonal of the smallest face" in written(page)


def test_those_without_an_answer_are_listed_with_a_link_that_names_no_patient(page):
    links = next(
        each.proto.body for each in page.main.get("html") if "ls-links" in str(each.proto.body)
    )
    assert "./why?run=tiny&row=" in links.replace("&amp;", "&")
    assert all("sub-" not in part.split('"')[0] for part in links.split('href="')[1:])


def told(here, there, size, size_there):
    """A run that measured so much of its own patients and of new ones."""
    names = ("auc.cv", "auc.fresh", "auc.short_axis", "auc.fresh_short_axis")
    values = zip(names, (here, there, size, size_there), (168, 1000, 168, 1000), strict=True)
    return SimpleNamespace(metrics={name: {"value": v, "n": n} for name, v, n in values})


def test_why_new_patients_score_lower_says_how_much_size_alone_loses():
    said = anew.kinder_words(told(0.88, 0.81, 0.79, 0.74))
    assert "Why 0.880 on these 168 patients and 0.810 on 1,000 new ones?" in said
    assert "from 0.790 to 0.740: 0.050, where the model loses 0.070" in said


def test_the_best_possible_answer_says_how_far_the_patients_differ():
    run = told(0.88, 0.81, 0.79, 0.74)
    assert "best possible" not in anew.kinder_words(run)
    run.metrics |= {"auc.cv_best": {"value": 0.941}, "auc.fresh_best": {"value": 0.902}}
    said = anew.kinder_words(run)
    assert "reaches 0.94 on these patients and 0.90 on new ones" in said
    assert "These patients happen to be easier" in said
    run.metrics["auc.cv_best"] = {"value": 0.89}
    assert "no easier to tell apart" in anew.kinder_words(run)


def test_where_size_alone_does_not_fall_the_patients_are_not_called_easier():
    said = anew.kinder_words(told(0.88, 0.81, 0.74, 0.75))
    assert "does not explain it" in said
    assert "easier to tell apart" not in said


def test_nothing_is_explained_that_was_not_measured_or_did_not_fall():
    assert anew.kinder_words(told(0.80, 0.81, 0.79, 0.74)) == ""
    lacking = told(0.88, 0.81, 0.79, 0.74)
    del lacking.metrics["auc.fresh_short_axis"]
    assert anew.kinder_words(lacking) == ""


def test_false_calls_of_a_size_band_are_those_whose_largest_lies_in_it():
    sizes = (4.9, 5.0, 6.9, 7.0, 12.0)
    calls = tuple(calling.FalseCall(f"p{n}", n, 0, 0.5, mm, 1) for n, mm in enumerate(sizes))
    assert calling.band_names(calls, SIZES_MM)[0] == calling.EVERY
    found = {
        name: calling.in_band(calls, name, SIZES_MM) for name in calling.band_names(calls, SIZES_MM)
    }
    assert found.pop(calling.EVERY) == calls
    assert [one.largest_mm for one in found["5 to 7 mm"]] == [5.0, 6.9]
    assert sorted(one.row for own in found.values() for one in own) == [0, 1, 2, 3, 4]


def test_false_calls_can_be_those_of_patients_with_so_many_lesions():
    numbers = (1, 2, 3, 9, 14)
    calls = tuple(calling.FalseCall(f"p{n}", n, 0, 0.5, None, n) for n in numbers)
    names = calling.number_names(calls)
    assert names == [calling.ANY, "1 to 2", "3 to 5", "9 or more"]  # nobody has 6 to 8
    assert calling.of_number(calls, names[0]) == calls
    kept = [[one.lesions for one in calling.of_number(calls, name)] for name in names[1:]]
    assert kept == [[1, 2], [3], [9, 14]]
    assert calling.number_names(calls[:2]) == []


def test_the_number_of_lesions_filters_the_pictures(page, evaluated):
    found = calling.false_calls_of(Run.open(evaluated / "tiny"))
    names = calling.number_names(found)
    if not names:
        pytest.skip("this run's wrong calls have alike numbers of lesions")
    page.segmented_control(key="false_calls_number").set_value(names[1]).run()
    assert not page.exception
    left = calling.of_number(found, names[1])
    wrong = sum(one.label == 0 for one in left)
    assert f"**{wrong} patient" in written(page)
    assert len(left) < len(found)


def test_where_a_size_is_not_known_no_band_is_offered():
    known, unknown = (calling.FalseCall("p", 0, 1, 0.5, mm, 1) for mm in (5.0, None))
    assert calling.band_names((known, unknown), SIZES_MM) == []
    assert calling.band_names((), SIZES_MM) == []
    assert calling.in_band((known, unknown), "5 to 7 mm", SIZES_MM) == (known,)


def test_dimensions_are_told_against_what_was_measured_and_against_the_truth():
    def figure(value, low=None, high=None):
        return {"value": value, "low": low, "high": high}

    known = {"interp.score": figure(0.56, 0.51, 0.61), "interp.score_true": figure(0.36, 0.33, 0.4)}
    run = SimpleNamespace(metrics={**known, "interp.modularity": figure(0.87)})
    table = meaning.table(run)
    assert table["measured attributes"].tolist() == ["0.56 (0.51 to 0.61)", "0.87"]
    assert table["true factors"].tolist() == ["0.36 (0.33 to 0.40)", "not measured"]
    assert meaning.table(SimpleNamespace(metrics={})).empty


def test_what_the_run_as_served_says_of_new_patients_is_read_before_anything_else(page):
    header = next(each.proto.body for each in page.main.get("html") if "<h1>" in each.proto.body)
    assert "afterwards, on whom nothing was chosen: of 100 patients" in header
    assert "it flags 40 (" in header
    assert "wrongly flags 10 (" in header
    assert "for 60 (" in header


def test_why_the_curve_of_ssim_ends_elsewhere_than_its_figure_is_said(tiny_run):
    from dashboard.figures.learning import ssim_words

    end = tiny_run.history["validation_ssim11"].dropna().iloc[-1]
    said = ssim_words(tiny_run.history, window_px=5)
    assert "over windows of 5 pixels" in said
    assert f"have 11, by which validation patches end at {end:.2f}" in said
    assert ssim_words(tiny_run.history, window_px=11) == ""


def test_fresh_patients_stand_beside_the_best_possible(page):
    body = written(page)
    assert "best possible on this synthetic cohort" in body
    assert "Bayes" not in body
    assert "Patients never seen" in body
    assert "--fresh 1000" not in body


def regretted(*names, measures):
    return SimpleNamespace(
        metrics={f"regret.{name}": {"value": 0.1} for name in names},
        settings=SimpleNamespace(reads_measures=measures),
    )


def test_a_head_on_codes_alone_is_never_called_the_run_s_own():
    assert not any("regret" in key and key != "regret.168" for key in unseen.FRESH)
    asked = {f"regret.{n}_own": 0.1 for n in unseen.TAUGHT}
    asked |= {"regret.168_head": 0.2, "regret.458": 0.2, "regret.2000": 0.2}
    run = SimpleNamespace(metrics={k: measured(v, v, v) for k, v in asked.items()})
    table = unseen.regret_table(run).set_index("AUC below the best possible, 0 is ideal")
    assert all(cell.startswith("0.100") for cell in table.loc["this run's kind of head"])
    assert all(cell.startswith("0.200") for cell in table.loc["codes and T stage"])
    said = unseen.regret_words(regretted("168", "168_head", "2000", measures=True))
    assert "the autoencoder stays as the run's own training patients left it" in said
    assert "not with the run as served" in said
    assert "was not measured" in said
    both = unseen.regret_words(regretted("168_head", "168_own", measures=True))
    assert "was not measured" not in both
    assert "outline" not in unseen.regret_words(regretted("168_head", measures=False))
    assert unseen.regret_words(regretted("168", measures=True)) == ""


def measured(value, low, high, n=1000):
    return {"value": value, "low": low, "high": high, "n": n}


@pytest.mark.parametrize(
    ("figure", "says"),
    [
        (measured(0.02, 0.01, 0.03), "The learned code adds to"),
        (measured(0.002, -0.01, 0.01), "No evidence that the learned code adds"),
        (measured(-0.02, -0.03, -0.01), "The learned code takes from"),
    ],
)
def test_what_the_code_adds_on_new_patients_is_said_by_its_interval(figure, says):
    run = SimpleNamespace(
        metrics={"gain.over_measures_168": measured(0.0, -0.1, 0.1)}
        | {"gain.over_measures_2000": figure},
        settings=SimpleNamespace(reads_measures=True),
    )
    said = unseen.adds_words(run)
    assert said.startswith(says)
    assert "with 168; " in said
    assert said.endswith(
        f"{figure['value']:+.3f} ({figure['low']:+.3f} to {figure['high']:+.3f}) with 2,000."
    )
    run.settings.reads_measures = False
    assert unseen.adds_words(run).startswith("The code beside every lesion's measures")
    assert unseen.adds_words(SimpleNamespace(metrics={})) == ""


def test_regret_is_a_table_of_heads_by_how_many_taught_them():
    asked = {
        "regret.168": 0.09,
        "regret.168_head": 0.12,
        "regret.458": 0.11,
        "regret.168_own": 0.08,
    }
    run = SimpleNamespace(metrics={k: measured(v, v - 0.01, v + 0.01) for k, v in asked.items()})
    table = unseen.regret_table(run).set_index("AUC below the best possible, 0 is ideal")
    assert list(table.index) == ["this run's kind of head", "codes and T stage"]
    assert table.loc["this run's kind of head"].tolist() == ["0.080 (0.070 to 0.090)", "–", "–"]
    assert table.loc["codes and T stage", "taught by 168"].startswith("0.120")
    assert table.loc["codes and T stage", "taught by 458"].startswith("0.110")
    assert unseen.regret_table(SimpleNamespace(metrics={})).empty


def test_what_limits_the_shipped_run_is_told_of_no_other(evaluated):
    from core.run import SHIPPED

    said = unseen.what_limits(Run.open(SHIPPED))
    assert "| `regret.168` |" in said
    assert "](ablation.csv)" not in said
    assert unseen.what_limits(Run.open(evaluated / "tiny")) == ""


def test_heads_are_compared_on_what_all_of_them_read():
    area = Interval(0.86, 0.8, 0.9)
    rows = {key: SimpleNamespace(title=key, auc=area) for key in ("logistic", "head_mean", "model")}
    found = SimpleNamespace(heads=[SimpleNamespace(kind="logistic")], by_key=rows)

    def said(*, measured, clinical=()):
        head = SimpleNamespace(measured=measured, clinical=clinical)
        return anew.heads_words(SimpleNamespace(settings=SimpleNamespace(head=head)), found)

    assert "also reads measures off outline and greys" in said(measured=True)
    assert "measures" not in said(measured=False)
    assert said(measured=True, clinical=("t_stage",)).startswith("Each is also told: T stage.")
    assert "AUC 0.860 (logistic); 0.860 (head_mean)." in said(measured=False)
    assert "model" not in said(measured=False)


def test_where_two_answers_tie_there_is_none():
    assert crossing.commonest(["N+", "N0", "N+"]) == "N+"
    assert crossing.commonest(["N+", "N0"]) == "no answer"
    assert crossing.commonest(["N0", "no answer", "N0", "no answer", "N+"]) == "no answer"


def test_the_page_says_whose_outcomes_the_threshold_comes_from(page, evaluated):
    run = Run.open(evaluated / "tiny")
    assert f"the threshold comes from {chosen_on(run)}" in written(page)
    assert "whom nothing was fitted on" not in written(page)


def test_a_run_that_was_not_evaluated_says_which_command_makes_it(tiny_run, monkeypatch, tmp_path):
    shutil.copytree(tiny_run.folder, tmp_path / "tiny")
    monkeypatch.setattr(sys, "argv", ["frame.py", "--runs", str(tmp_path)])
    app = AppTest.from_file(str(FRAME), default_timeout=300)
    app.session_state["run_name"] = "tiny"
    app.run()
    app.switch_page("views/how_good.py").run()
    said = [each.value for each in app.code]
    assert "python train.py evaluate --run tiny" in said
    assert "python train.py evaluate --run tiny --fresh 1000" in said
    assert "python train.py evaluate --run tiny --fresh 300 --scanner other" in said


def _plain(values):
    """A trace's numbers: Plotly packs arrays as base64 of their bytes."""
    import base64

    import numpy as np

    if isinstance(values, dict):
        return np.frombuffer(base64.b64decode(values["bdata"]), values["dtype"]).tolist()
    return values


def test_dots_and_sentence_are_told_apart(page):
    body = written(page)
    assert "A dot is the commonest answer of the 2 repeats to one patient" in body
    assert "averages over the repeats" in body


def test_false_calls_are_pictures_that_lead_to_why(page):
    body = written(page)
    assert "wrongly flagged**, the most suspicious" in body
    assert "missed**, the largest" in body
    if "0 patients wrongly flagged" not in body:
        assert 'href="./why?run=tiny&row=' in body


def test_lesions_of_one_size_are_lined_up_by_a_slider(page):
    slider = page.slider(key="same_size_mm")
    assert slider.step == 0.5
    before = written(page)
    assert "of validation and test patients within 0.5 mm" in before
    other = slider.min if slider.value != slider.min else slider.min + 1
    slider.set_value(other).run()
    assert not page.exception
    assert written(page) != before


def test_checklists_are_filled_and_can_be_saved(page):
    body = written(page)
    assert "**TRIPOD+AI**:" in body
    assert "**CLAIM**:" in body
    assert "of 44 items say something from this run" in body
