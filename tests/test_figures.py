"""Laws of figures: what metrics.json may hold, and how it is made again."""

import json
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.errors import RunUnusable
from core.evaluation.cluster_quality import eta_interval, eta_squared
from core.evaluation.conformal import fit_conformal
from core.evaluation.figures import (
    Figure,
    Stamp,
    adding,
    read_metrics,
    rebuild_metrics,
    write_metrics,
)
from core.evaluation.goals import GOALS, goal
from core.evaluation.intervals import Interval, mean_interval, median_interval
from core.evaluation.latent_space import active_units, active_units_interval, probe_r2
from core.evaluation.map_quality import map_quality
from core.evaluation.measure import Measured, _sizes, measure_run
from core.run import Manifest, Run, Words
from core.settings import Settings

STAMP = Stamp("python train.py", (1,), "2026-01-01T00:00:00+00:00", "abc")
KEYS = {
    *("value", "low", "high", "n", "unit_of_n", "data", "seeds"),
    *("reach", "definition", "command", "made_at", "commit"),
}


def made(figure_id="auc.test", value=0.8, *, made_at=STAMP.made_at):
    stamp = Stamp(STAMP.command, STAMP.seeds, made_at, STAMP.commit)
    interval = Interval(value, value - 0.1, value + 0.1)
    return stamp.figure(figure_id, interval, n=33, unit_of_n="patient", data="test")


def finished_run(folder, sha="s" * 64):
    folder.mkdir(parents=True)
    manifest = Manifest(
        name=folder.name, finished="2026-01-01T00:00:00+00:00", preset="quick", seed=1,
        device="cpu", seconds=1.0, commit="", versions={}, weights_sha256=sha, cohort="c",
        fingerprint="f", patients=3, excluded=(), words=Words(), synthetic=True,
        has_masks=True, t_stage_is="unknown", warnings=(),
    )  # fmt: skip
    (folder / "run.json").write_text(manifest.to_json(Settings()))
    return folder


def test_every_entry_has_exactly_the_keys_of_the_contract(tmp_path):
    write_metrics(tmp_path, [made()])
    content = json.loads((tmp_path / "metrics.json").read_text())
    assert set(content) == {"format", "figures"}
    assert content["format"] == 1
    assert set(content["figures"]["auc.test"]) == KEYS


def test_what_is_written_is_read_back_equal(tmp_path):
    written = [
        made(),
        STAMP.figure("speed.decode_one_ms", 1.5, n=9, unit_of_n="patch", data="test"),
    ]
    write_metrics(tmp_path, written, weights_sha256="x")
    assert read_metrics(tmp_path) == (written, "x")


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_figure_that_is_not_finite_cannot_exist(value):
    with pytest.raises(ValueError, match="leave it out"):
        made(value=value)


def test_a_figure_that_nobody_defined_cannot_exist():
    with pytest.raises(ValueError, match="not defined"):
        made("auc.tset")


def test_one_id_is_measured_once(tmp_path):
    with pytest.raises(ValueError, match="twice"):
        write_metrics(tmp_path, [made(), made()])
    assert not (tmp_path / "metrics.json").exists()


def test_a_validation_twin_has_nothing_to_reach():
    assert goal("recon.ssim").reach
    assert goal("recon.ssim.validation").reach == ""
    assert all(each.definition for each in GOALS.values())


def test_rebuilding_merges_what_was_added_with_the_same_weights(tmp_path):
    run = finished_run(tmp_path / "run", sha="same")
    write_metrics(run, [made("auc.test", 0.7), made("recon.ssim", 0.6)])
    newer = [made("recon.ssim", 0.65, made_at="2026-02-01T00:00:00+00:00"), made("auc.cv", 0.75)]
    write_metrics(run / "added" / "evaluate", newer, weights_sha256="same")
    write_metrics(run / "added" / "explain", [made("explain.mass", 0.5)], weights_sha256="other")
    merged = {figure.id: figure.value for figure in rebuild_metrics(run)}
    assert merged == {"auc.cv": 0.75, "auc.test": 0.7, "recon.ssim": 0.65}


def test_rebuilding_depends_only_on_what_lies_under_added(tmp_path):
    run = finished_run(tmp_path / "run")
    write_metrics(run, [made("auc.test", 0.7)])
    extra = run / "added" / "evaluate"
    write_metrics(extra, [made("auc.cv", 0.9)], weights_sha256="s" * 64)
    assert len(rebuild_metrics(run)) == 2
    (extra / "metrics.json").unlink()
    rebuild_metrics(run)
    assert [figure.id for figure in read_metrics(run)[0]] == ["auc.test"]
    (run / "metrics.json").unlink()
    assert rebuild_metrics(run) == [made("auc.test", 0.7)]


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"format": 2, "figures": {}}', '{"format": 1, "figures": {"a": {}}}']
)
def test_a_damaged_file_is_named(tmp_path, text):
    (tmp_path / "metrics.json").write_text(text)
    with pytest.raises(RunUnusable):
        read_metrics(tmp_path)


def test_patches_of_one_patient_are_not_several_pieces_of_evidence():
    of_patients = np.random.default_rng(0).normal(size=40)
    alone = mean_interval(of_patients, np.arange(40))
    copied = mean_interval(np.repeat(of_patients, 8), np.repeat(np.arange(40), 8))
    assert (copied.low, copied.high) == pytest.approx((alone.low, alone.high))


def test_active_units_are_the_dimensions_that_vary():
    rng = np.random.default_rng(0)
    codes = np.hstack([rng.normal(size=(200, 3)), 0.02 * rng.normal(size=(200, 5))])
    assert active_units(codes) == 3
    interval = active_units_interval(codes, np.repeat(np.arange(50), 4))
    assert (interval.value, interval.low, interval.high) == (3, 3, 3)


def test_a_probe_reads_what_is_linear_and_nothing_from_noise():
    rng = np.random.default_rng(0)
    codes = rng.normal(size=(400, 10))
    train = np.arange(400) < 300
    written = codes @ rng.normal(size=10)
    assert probe_r2(codes, written, train=train, test=~train) > 0.999
    assert probe_r2(codes, rng.normal(size=400), train=train, test=~train) < 0.1
    with pytest.raises(ValueError, match="varies"):
        probe_r2(codes, np.ones(400), train=train, test=~train)


def test_trustworthiness_and_continuity_equal_scikit_learns():
    from sklearn.manifold import trustworthiness

    rng = np.random.default_rng(0)
    codes, places = rng.normal(size=(90, 6)), rng.normal(size=(90, 2))
    places[:, 0] += 2 * codes[:, 0]
    quality = map_quality(codes, places, points=np.arange(90), neighbours=7)
    assert quality.trustworthiness.mean() == pytest.approx(
        trustworthiness(codes, places, n_neighbors=7), abs=1e-12
    )
    assert quality.continuity.mean() == pytest.approx(
        trustworthiness(places, codes, n_neighbors=7), abs=1e-12
    )


def test_of_equally_near_points_those_with_lower_numbers_are_neighbours_first():
    rng = np.random.default_rng(5)
    codes = rng.normal(size=(60, 4)).astype(np.float32)
    places = np.round(rng.normal(size=(60, 2)))  # many points on one place, many equally far
    codes[7] = codes[30]
    ranks = []
    for where in (codes, places):
        away = np.linalg.norm(where[:, None].astype(float) - where[None], axis=2)
        np.fill_diagonal(away, -1)
        ranks.append(np.argsort(np.argsort(away, axis=1, kind="stable"), axis=1))
    in_codes, in_places = ranks
    near_codes, near_places = ((one > 0) & (one <= 5) for one in ranks)
    scale = 2 / (5 * (2 * 60 - 3 * 5 - 1))
    intruding = np.where(near_places & ~near_codes, in_codes - 5, 0).sum(axis=1)
    lost = np.where(near_codes & ~near_places, in_places - 5, 0).sum(axis=1)
    found = map_quality(codes, places, points=np.arange(60), neighbours=5)
    np.testing.assert_allclose(found.trustworthiness, 1 - scale * intruding)
    np.testing.assert_allclose(found.continuity, 1 - scale * lost)
    np.testing.assert_allclose(found.overlap, (near_codes & near_places).sum(axis=1) / 5)


def test_a_map_that_is_the_space_itself_is_perfect():
    codes = np.random.default_rng(0).normal(size=(70, 2))
    quality = map_quality(codes, 3 * codes + 1, points=np.array([0, 5, 69]))
    for values in (quality.trustworthiness, quality.continuity, quality.overlap):
        assert values == pytest.approx([1, 1, 1])


def test_eta_squared_is_one_for_groups_that_say_all_and_zero_for_equal_means():
    assert eta_squared(np.array([1.0, 1, 5, 5]), np.array([0, 0, 1, 1])) == 1
    assert eta_squared(np.array([1.0, 5, 1, 5]), np.array([0, 0, 1, 1])) == 0


def test_the_interval_of_eta_squared_resamples_whole_patients():
    rng = np.random.default_rng(0)
    groups = rng.integers(0, 3, 240)
    values = groups + rng.normal(size=240)
    who = np.repeat(np.arange(60), 4)
    found = eta_interval(values, groups, who, resamples=800)
    drawn = []
    for _ in range(800):
        rows = (4 * rng.integers(0, 60, 60)[:, None] + np.arange(4)).ravel()
        drawn.append(eta_squared(values[rows], groups[rows]))
    assert found.value == eta_squared(values, groups)
    assert (found.low, found.high) == pytest.approx(np.percentile(drawn, [2.5, 97.5]), abs=0.02)


def a_training(*, sizes=True, both=True):
    rng = np.random.default_rng(0)
    patients, each = 60, 3
    split = np.repeat(["train", "validation", "test"], 20)
    label = np.arange(patients) % 3 == 0
    if not both:
        label[split == "test"] = False
    who = [f"p{number:02d}" for number in range(patients)]
    n = patients * each
    short = rng.uniform(3, 9, n) if sizes else np.full(n, np.nan)
    rows = pd.DataFrame(
        {
            "patient_id": np.repeat(who, each),
            "split": np.repeat(split, each),
            "short_axis_mm": short,
            "elongation": rng.uniform(1, 2, n) if sizes else np.nan,
        }
    )
    probability = np.clip(0.3 * label + rng.uniform(0, 0.7, patients), 0, 1)
    predictions = pd.DataFrame(
        {"patient_id": who, "split": split, "label": label.astype(int), "probability": probability}
    )
    patches = rng.uniform(size=(n, 32, 32)).astype(np.float32)
    codes = rng.normal(size=(n, 4)).astype(np.float32)
    places = pd.DataFrame(rng.normal(size=(n, 4)), columns=["umap_x", "umap_y", "pca_x", "pca_y"])
    places["cluster"] = (codes[:, 0] > 0).astype(int)
    places[["named_x", "named_y"]] = codes[:, :2]
    on_validation = predictions[predictions["split"] == "validation"]
    return Measured(
        rows=rows,
        predictions=predictions,
        patches=patches,
        reconstructions=np.clip(patches + 0.05, 0, 1),
        codes=codes,
        kl=rng.uniform(5, 9, n),
        places=places,
        clustered=codes[:, :2],
        threshold=0.4,
        rule=fit_conformal(
            on_validation["label"].to_numpy(), on_validation["probability"].to_numpy()
        ),
    )


def test_a_training_is_measured_with_every_interval_around_its_value(tmp_path):
    figures = measure_run(a_training(), stamp=STAMP)
    write_metrics(tmp_path, figures)
    known = {figure.id: figure for figure in figures}
    for wanted in ("recon.ssim", "recon.ssim.validation", "auc.test", "auc.validation"):
        assert wanted in known
    for wanted in ("map.continuity_pca", "cluster.eta2_size", "cluster.silhouette", "latent.kl"):
        assert wanted in known
    assert known["map.trustworthiness_named"].value == 1  # laid where the codes are
    assert known["map.trustworthiness"].value < 1
    assert known["recon.ssim"].n == 60
    assert known["sensitivity.test"].n + known["specificity.test"].n == 20
    for figure in figures:
        if figure.low is not None and figure.id != "latent.active_units":
            assert figure.low <= figure.value <= figure.high, figure.id


def test_what_cannot_be_measured_is_absent():
    without_masks = {figure.id for figure in measure_run(a_training(sizes=False), stamp=STAMP)}
    assert not {"cluster.eta2_size", "auc.short_axis.test"} & without_masks
    assert "auc.test" in without_masks
    one_outcome = {figure.id for figure in measure_run(a_training(both=False), stamp=STAMP)}
    assert not {"auc.test", "sensitivity.test", "calib.slope.test"} & one_outcome
    assert {"specificity.test", "brier.test"} <= one_outcome


def test_test_figures_do_not_depend_on_other_patients_predictions():
    training = a_training()
    changed = training.predictions.copy()
    changed.loc[changed["split"] != "test", "probability"] = 0.5
    before = measure_run(training, stamp=STAMP)
    after = measure_run(Measured(**{**vars(training), "predictions": changed}), stamp=STAMP)

    def on_test(figures: list[Figure]) -> list[Figure]:
        return [figure for figure in figures if figure.data == "test"]

    assert on_test(before) == on_test(after)


def discs(sizes_mm):
    y, x = np.meshgrid(np.arange(32.0) - 16, np.arange(32.0) - 16, indexing="ij")
    away = np.hypot(y, x)[None] * 0.5 - sizes_mm[:, None, None] / 2
    return (0.8 - 0.5 / (1 + np.exp(np.clip(away / 0.12, -50, 50)))).astype(np.float32)


def test_a_reconstruction_that_draws_smaller_is_found_out():
    training = a_training()
    sizes = np.random.default_rng(3).uniform(5, 9, len(training.rows))
    told = replace(
        training,
        patches=discs(sizes),
        reconstructions=discs(sizes - 0.5),
        spacing_mm=(0.5, 0.5),
    )
    found = {figure.id: figure for figure in _sizes(told, STAMP)}
    assert found["recon.size_bias_mm"].value == pytest.approx(-0.5, abs=0.08)
    assert found["recon.size_median_mm"].value == pytest.approx(0.5, abs=0.08)
    assert not list(_sizes(training, STAMP))


def test_a_median_s_interval_holds_it_and_narrows_with_patients():
    rng = np.random.default_rng(5)
    few, many = (median_interval(rng.normal(2, 1, n), np.arange(n).astype(str)) for n in (30, 900))
    assert few.low <= few.value <= few.high
    assert many.high - many.low < few.high - few.low
    assert many.value == pytest.approx(2, abs=0.2)


def test_what_fails_while_it_is_added_leaves_the_old_one_and_no_draft(tmp_path):
    folder = finished_run(tmp_path / "run")
    write_metrics(folder, [made("auc.test", 0.7)])
    run = Run.open(folder)

    def add(value, *, fails=False):
        with adding(run, "growth") as draft:
            write_metrics(draft, [made("flip.found", value)], weights_sha256="s" * 64)
            if fails:
                raise OSError("the disk is full")

    add(0.5)
    with pytest.raises(OSError, match="full"):
        add(0.7, fails=True)
    found = {figure.id: figure.value for figure in read_metrics(folder)[0]}
    assert found == {"auc.test": 0.7, "flip.found": 0.5}
    assert not list((folder / "added").glob(".*"))
