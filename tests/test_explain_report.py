"""`train.py explain`: what it adds to a run, that it goes on where it stopped, and what is read."""

import shutil

import numpy as np
import pandas as pd
import pytest

from core.explain.explanation import DEFAULT, QUICK, Variant
from core.progress import silent


@pytest.fixture(scope="module")
def judged(tiny_run, tmp_path_factory):
    """A copy of the tiny run with its maps judged by two methods; figures beside it."""
    from core.explain import pixels, report
    from core.run import Run

    folder = tmp_path_factory.mktemp("judged") / "tiny"
    shutil.copytree(tiny_run.folder, folder)
    run, steps = Run.open(folder), []
    patch = pytest.MonkeyPatch()
    patch.setattr(report, "VARIANTS", (DEFAULT, Variant("occlusion")))
    patch.setattr(pixels, "IG_STEPS", 4)  # what is asked here does not depend on how exact it is
    # the run beside itself stands for a second training: what must come out is known then
    patch.setattr(report, "refuse_unfit", lambda *runs: None)
    figures = report.explain_run(
        run,
        command="python train.py explain --run tiny",
        other=tiny_run,
        device="cpu",
        progress=lambda what, done, total: steps.append((what, done, total)),
    )
    patch.undo()
    return Run.open(folder), figures, steps


def test_the_figures_of_goals_stand_in_the_run_with_their_interval_and_n(judged):
    run, figures, _ = judged
    from core.training.record import commit

    wanted = {
        "pointing", "pointing_blob", "pointing_edge", "mass", "mass_blob", "node_area",
        "insertion_minus_deletion", "randomised_ssim", "between_nodes_ssim", "retrained_ssim",
        "sensitivity_p95", "flip_ssim", "shuffled_ssim", "shuffled_strength", "agreement", "rank",
        "insertion_minus_deletion_edge", "insertion", "deletion_blob", "mass_chance", "rank_chance",
        "agreement_blob", "agreement_edge", "agreement_chance", "sensitivity_p95_edge",
        *(f"{figure}_{of}" for of in ("blob", "edge", "chance") for figure in (
            "randomised_ssim", "randomised_spearman", "between_nodes_ssim", "retrained_ssim",
            "flip_ssim", "sensitivity_p95",
        )),
        "mass_minus_blob", "pointing_minus_blob", "randomised_minus_between",
    }  # fmt: skip
    there = {name.removeprefix("explain.") for name in run.metrics if name.startswith("explain.")}
    assert wanted <= there
    assert "planted_mass" not in there
    keys = run.rows["key_slice"] & (run.rows["split"] == "test")
    for figure in figures:
        assert run.metrics[figure.id]["value"] == pytest.approx(figure.value)
        assert figure.n <= keys.sum()
        assert figure.commit == commit()  # of the code that measured
    value = {figure.id.removeprefix("explain."): figure.value for figure in figures}
    for name in ("mass", "pointing"):
        gap = value[name] - value[f"{name}_blob"]
        assert value[f"{name}_minus_blob"] == pytest.approx(gap)
    gap = value["insertion"] - value["deletion"]
    assert value["insertion_minus_deletion"] == pytest.approx(gap)
    same = next(figure for figure in figures if figure.id == "explain.retrained_ssim")
    assert same.value == pytest.approx(1)  # the same training twice


def test_steps_are_told_and_nothing_unfinished_is_left(judged):
    run, _, steps = judged
    for what in {step[0] for step in steps}:
        last = [step for step in steps if step[0] == what][-1]
        assert last[1] == last[2], what
    added = run.folder / "added"
    assert sorted(path.name for path in added.iterdir()) == [
        "explain", "explain_retrained", "train",
    ]  # fmt: skip
    names = {path.name for path in (added / "explain").iterdir()}
    assert {"metrics.json", "checks.parquet", "judged.parquet", "maps.npy"} <= names


def test_checks_and_slow_maps_are_read_as_they_were_measured(judged):
    from core.explain.kept import kept_checks, kept_maps
    from core.model import Model

    run, _, _ = judged
    rows = np.flatnonzero(run.rows["key_slice"].to_numpy(bool) & (run.rows["split"] == "test"))
    table = pd.read_parquet(run.folder / "added" / "explain" / "checks.parquet")
    found = kept_checks(run, DEFAULT)
    assert sorted(found) == rows.tolist()
    own = table[table["variant"] == DEFAULT.key].set_index("row")
    for row, checked in found.items():
        assert checked.passed == own.loc[row, "passed"]
        assert len(checked.taken) == own.loc[row, "taken"]
    maps = kept_maps(run, Variant("occlusion"), rows[:2].tolist())
    given = Model.open(run, device="cpu").explain(
        np.array(run.patches[rows[:2]]), method="occlusion"
    )
    for kept, one in zip(maps, given, strict=True):
        assert np.allclose(kept, one.map, atol=4e-3 * np.abs(one.map).max())
    other = int(np.setdiff1d(np.arange(len(run.rows)), rows)[0])
    assert kept_maps(run, Variant("occlusion"), [int(rows[0]), other]) is None
    assert kept_maps(run, Variant("smooth_grad"), rows[:1].tolist()) is None


def test_what_was_measured_with_other_weights_is_not_shown(judged, tmp_path):
    from core.explain.kept import kept_checks
    from core.run import Run

    folder = tmp_path / "tiny"
    shutil.copytree(judged[0].folder, folder)
    path = folder / "added" / "explain" / "metrics.json"
    own = judged[0].manifest.weights_sha256
    path.write_text(path.read_text(encoding="utf-8").replace(own, "0" * 64), encoding="utf-8")
    assert kept_checks(Run.open(folder), DEFAULT) == {}


def test_a_step_that_is_done_is_not_done_again(judged, tmp_path, monkeypatch):
    from core.explain import pixels, report
    from core.run import Run

    folder = tmp_path / "tiny"
    shutil.copytree(judged[0].folder, folder)
    run = Run.open(folder)
    draft = folder / "added" / f".explain-{run.manifest.weights_sha256[:12]}"
    draft.mkdir()
    done = (
        "ground", "judged", "variants", "agreement", "randomised", "shuffled", "ignorant", "maps",
    )  # fmt: skip
    for name in ("maps.npy", *(f"{step}.parquet" for step in done)):
        shutil.copyfile(folder / "added" / "explain" / name, draft / name)
    checks = pd.read_parquet(folder / "added" / "explain" / "checks.parquet")
    checks[checks["variant"] == DEFAULT.key].to_parquet(draft / f"checks-{DEFAULT.key}.parquet")
    monkeypatch.setattr(report, "VARIANTS", (DEFAULT,))
    monkeypatch.setattr(pixels, "IG_STEPS", 4)  # mirrored maps are drawn again, as they were
    for step in (
        "ground",
        "on_shifted",
        "of_variants",
        "between_methods",
        "under_randomisation",
        "on_shuffled",
        "compared_ignorant",
        "check",
    ):
        monkeypatch.setattr(report, step, None)  # would raise if it were called
    found = report.explain_run(run, command="again", progress=silent)
    first = {figure.id: figure.value for figure in judged[1]}
    for figure in found:
        assert (figure.id, figure.value) == (figure.id, pytest.approx(first[figure.id]))
    assert not draft.exists()


def test_a_second_training_adds_its_figures_and_nothing_is_judged_again(
    tiny_run, tmp_path, monkeypatch
):
    from core.explain import pixels, report
    from core.run import Run

    folder = tmp_path / "tiny"
    shutil.copytree(tiny_run.folder, folder)
    monkeypatch.setattr(pixels, "IG_STEPS", 2)
    monkeypatch.setattr(report, "refuse_unfit", lambda *runs: None)
    monkeypatch.setattr(report, "_own_maps", None)  # would raise if it were called
    found, *_free = report.explain_run(
        Run.open(folder),
        command="later", other=tiny_run, only_others=True, device="cpu", progress=silent,
    )  # fmt: skip
    assert found.value == pytest.approx(1)  # the same training twice
    table = pd.read_parquet(folder / "added" / "explain_retrained" / "retrained.parquet")
    assert set(table["variant"]) == {DEFAULT.key, QUICK.key}
    told = Run.open(folder).metrics
    assert told["explain.retrained_ssim"]["command"] == "later"
    assert told["recon.ssim"] == tiny_run.metrics["recon.ssim"]


def test_a_run_is_no_second_training_of_itself(tiny_run):
    from core.errors import RunUnusable
    from core.explain.other_runs import refuse_unfit

    refuse_unfit(tiny_run, None, None)
    with pytest.raises(RunUnusable, match="the same weights"):
        refuse_unfit(tiny_run, None, tiny_run)
