import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from core.errors import RunExists, RunUnusable
from core.networks.network import Network
from core.networks.vae import build_vae
from core.progress import silent
from core.run import draft_folder, finished
from core.settings import Settings
from core.training.bags import Patients
from core.training.checkpoint import load_checkpoint
from core.training.device import computing, seed_for
from core.training.draft import drafting
from core.training.fit import collapse, fit_vae, rate_at
from core.training.fit_head import fit_heads
from core.training.history import Epoch, Parts, history_table
from core.training.material import material
from core.training.scaler import Scaler
from core.training.snapshots import Snapshots, moments

CPU = torch.device("cpu")


def settings_of(**training):
    fields = {
        "vae": {"latent": 6, "width": 8, "attributes": ("short_axis_mm",)},
        "patch": {"size_px": 16},
        "training": {"epochs": 3, "batch": 8, "threads": 1, "precision": "float32", **training},
        "head": {
            "epochs": 80,
            "members": 2,
            "copies": 2,
            "clinical": (),
            "components": 0,
            "learning_rate": 0.03,
        },
    }
    return Settings.model_validate(fields)


def discs(count=40, seed=0):
    """Dark discs on grey; positive patients' discs are larger."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 2
    radius = 2.5 + 2.0 * labels + rng.uniform(-0.5, 0.5, count)
    at = np.hypot(*np.meshgrid(np.arange(16) - 8, np.arange(16) - 8))
    masks = at[None] < radius[:, None, None]
    pictures = np.where(masks, 0.3, 0.6) + rng.normal(0, 0.02, masks.shape)
    return pictures.clip(0, 1).astype(np.float32), masks, radius, labels


def data_of(count=40):
    pictures, masks, radius, _ = discs(count)
    splits = np.array(["train", "train", "train", "validation"])[np.arange(count) // 2 % 4]
    # the short axis of a disc of 0.573 mm pixels is its diameter
    short_axis_mm = 2 * 0.573 * radius[:, None]
    scaler = Scaler.fit(short_axis_mm, ("short_axis_mm",))
    return (
        material(
            pictures,
            masks,
            attributes=scaler.apply(short_axis_mm),
            scaler=scaler,
            splits=splits,
            device=CPU,
        ),
        splits,
    )


def fitted(folder, settings, *, progress=silent):
    data, _ = data_of()
    torch.manual_seed(seed_for(settings.seed, "weights"))
    vae = build_vae(settings.vae, size_px=16)
    snapshots = Snapshots(folder / "snapshots", data.pictures, (0, 1, 2), (3, 4), (1, 2))
    with computing(CPU, threads=1):
        result = fit_vae(
            vae,
            data,
            settings,
            checkpoint=folder / "checkpoint",
            snapshots=snapshots,
            progress=progress,
            report=lambda sentence: None,
        )
    return vae, result


def same_bits(first, second):
    one, other = first.state_dict(), second.state_dict()
    return all(torch.equal(one[name], other[name]) for name in one)


def test_a_few_epochs_lower_the_loss(tmp_path):
    _, result = fitted(tmp_path, settings_of(epochs=20))
    losses = [epoch.train.l1 for epoch in result.history]
    assert losses[-1] < 0.75 * losses[0]


def test_the_same_seed_gives_the_same_bits_and_another_does_not(tmp_path):
    settings = settings_of()
    first, _ = fitted(tmp_path / "a", settings)
    second, _ = fitted(tmp_path / "b", settings)
    other, _ = fitted(tmp_path / "c", settings.model_copy(update={"seed": 2}))
    assert same_bits(first, second)
    assert not same_bits(first, other)


def test_stopped_and_gone_on_equals_uninterrupted(tmp_path):
    class Stop(Exception):
        pass

    def stop_after_two(what, done, total):
        if done == 2:
            raise Stop

    settings = settings_of(epochs=4)
    with pytest.raises(Stop):
        fitted(tmp_path / "a", settings, progress=stop_after_two)
    resumed, history = fitted(tmp_path / "a", settings)
    straight, whole = fitted(tmp_path / "b", settings)
    assert same_bits(resumed, straight)
    assert [epoch.train for epoch in history.history] == [epoch.train for epoch in whole.history]


@pytest.mark.slow
def test_asked_for_equivariance_a_step_of_the_size_dimension_draws_a_larger_disc(tmp_path):
    areas = []
    for weight in (0.0, 1.0):
        settings = settings_of(epochs=30)
        objective = settings.objective.model_copy(update={"equivariance": weight})
        settings = settings.model_copy(update={"objective": objective})
        vae, _ = fitted(tmp_path / str(weight), settings)
        with torch.no_grad():
            codes = vae.encode(data_of()[0].pictures).mean
            larger = codes.clone()
            larger[:, 0] += 1
            dark = [(vae.decode(z) < 0.45).float().sum((1, 2, 3)).mean() for z in (codes, larger)]
        areas.append(float(dark[1] - dark[0]))
    assert areas[1] > 5
    assert areas[1] > areas[0]


def test_a_damaged_checkpoint_is_noticed_and_training_starts_anew(tmp_path):
    settings = settings_of(epochs=2)
    straight, _ = fitted(tmp_path, settings)
    path = tmp_path / "checkpoint"
    broken = bytearray(path.read_bytes())
    broken[len(broken) // 2] ^= 1
    path.write_bytes(bytes(broken))
    again, result = fitted(tmp_path, settings)
    assert len(result.history) == 2
    assert same_bits(again, straight)


def test_a_checkpoint_that_is_not_there_is_no_checkpoint(tmp_path):
    vae = build_vae(settings_of().vae, size_px=16)
    optimiser = torch.optim.Adam(vae.parameters())
    assert load_checkpoint(tmp_path / "none", vae, optimiser) is None


def test_no_moment_is_lost_and_the_index_names_what_is_there(tmp_path):
    fitted(tmp_path, settings_of(epochs=3))
    folder = tmp_path / "snapshots"
    index = json.loads((folder / "index.json").read_text())
    assert [moment["epoch"] for moment in index["moments"]] == [1, 2, 3]
    for moment in index["moments"]:
        assert np.load(folder / moment["codes"], allow_pickle=False).shape == (3, 6)
        assert np.load(folder / moment["pictures"], allow_pickle=False).shape == (2, 16, 16)


def test_moments_start_dense_and_end_at_the_end():
    found = moments(60, 12)
    assert found[0] == 1
    assert found[-1] == 60
    assert len(found) <= 12
    assert moments(2, 12) == (1, 2)


def test_the_learning_rate_rises_and_falls_without_a_jump():
    steps = np.array([rate_at(done, "one-cycle") for done in np.linspace(0, 1, 400)])
    assert steps.max() == pytest.approx(1, abs=0.03)
    assert steps[-1] == pytest.approx(0.01)
    assert np.abs(np.diff(steps)).max() < 0.03
    assert rate_at(0.7, "constant") == 1


def epoch_with(active, kl):
    parts = Parts(1.0, 0.1, 0.5, kl, 0.0, 0.0)
    return Epoch(
        "vae", 1, parts, parts, 0.5, float("nan"), active, (kl / 4,) * 4, 1.0, 1e-3, 1.0, 100.0
    )


def test_a_collapsed_posterior_is_said_in_words_and_a_used_one_is_not():
    assert "partly collapsed: 1 of 4 dimensions" in collapse(epoch_with(1, 8.0))
    assert "wholly collapsed: 4 of 4" in collapse(epoch_with(4, 0.2))
    assert "0.2 nats" in collapse(epoch_with(4, 0.2))
    assert "wholly collapsed: 0 of 4" in collapse(epoch_with(0, 8.0))
    assert collapse(epoch_with(2, 8.0)) == ""


def test_the_history_has_a_row_an_epoch_and_a_column_a_dimension():
    table = history_table([epoch_with(4, 8.0), epoch_with(4, 6.0)])
    assert len(table) == 2
    assert {"phase", "epoch", "train_loss", "validation_ssim11", "active_units"} <= set(table)
    assert table[[f"kl_{place:03d}" for place in range(4)]].sum(axis=1).tolist() == [8.0, 6.0]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    return fitted(tmp_path_factory.mktemp("fit"), settings_of(epochs=20))[0]


def heads_on(trained):
    data, splits = data_of()
    rows = len(data.pictures)
    patients = Patients(
        patient_ids=tuple(f"p{number}" for number in range(rows)),
        of_row=np.arange(rows),
        labels=discs()[3],
        splits=splits,
        clinical=np.zeros((rows, 0), np.float32),
        features=np.zeros((rows, 5), np.float32),
    )
    network = Network(settings_of(), features=5)
    network.vae = trained
    with computing(CPU, threads=1):
        history = fit_heads(network, data, patients, settings_of(), progress=silent)
    return network, history, data, patients


def test_heads_learn_what_the_codes_tell(trained):
    _, history, *_ = heads_on(trained)
    assert max(epoch.validation_auc for epoch in history) > 0.9
    assert history[-1].train.loss < history[0].train.loss


def test_heads_of_the_same_seed_have_the_same_bits(trained):
    first, second = heads_on(trained)[0], heads_on(trained)[0]
    assert same_bits(first, second)


def test_the_average_training_patient_adds_nothing_beyond_the_base(trained):
    network, _, data, patients = heads_on(trained)
    with torch.no_grad():
        codes = network.vae.encode(data.pictures).mean
        terms = network.terms(patients.bag(codes, np.flatnonzero(patients.splits == "train")))
    assert terms.nodes.mean().abs() < 1e-5


def test_two_runs_into_one_name_one_wins(tiny_settings, tmp_path):
    from core.cohort.source import ready_cohort

    cohort = ready_cohort(tiny_settings.cohort, progress=silent)
    with (
        drafting(tiny_settings, cohort, out=tmp_path, name="one"),
        pytest.raises(RunUnusable, match="another process"),
        drafting(tiny_settings, cohort, out=tmp_path, name="one"),
    ):
        pass


def test_a_draft_asked_for_something_else_is_refused_and_kept(tiny_settings, tmp_path):
    from core.cohort.source import ready_cohort

    cohort = ready_cohort(tiny_settings.cohort, progress=silent)
    with drafting(tiny_settings, cohort, out=tmp_path, name="one") as draft:
        folder = draft.folder
    other = tiny_settings.model_copy(update={"seed": 99})
    with (
        pytest.raises(RunUnusable, match="other settings"),
        drafting(other, cohort, out=tmp_path, name="one"),
    ):
        pass
    assert folder.is_dir()


def test_a_finished_run_is_not_trained_again_nor_overwritten(tiny_settings, tiny_run):
    from core.cohort.source import ready_cohort

    cohort = ready_cohort(tiny_settings.cohort, progress=silent)
    out, name = tiny_run.folder.parent, tiny_run.name
    with drafting(tiny_settings, cohort, out=out, name=name) as draft:
        assert draft.finished == tiny_run
    other = tiny_settings.model_copy(update={"seed": 99})
    with pytest.raises(RunExists), drafting(other, cohort, out=out, name=name):
        pass


@pytest.mark.slow
def test_killed_and_started_again_ends_with_the_same_weights(tiny_settings, tiny_run, tmp_path):
    settings = tmp_path / "tiny.toml"
    settings.write_text(tiny_settings.to_toml(), encoding="utf-8")
    out = tmp_path / "runs"
    root = Path(__file__).parent.parent
    command = [sys.executable, "train.py", "--settings", str(settings), "--out", str(out)]
    # a settings file that a run wrote does not say where its cohort lies
    command += ["--cohort", tiny_settings.cohort.path, "--name", "tiny", "--device", "cpu"]
    checkpoint = draft_folder(out, "tiny") / "checkpoint" / "autoencoder"
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(command, cwd=root, env=environment, stderr=subprocess.DEVNULL) as first:
        deadline = time.monotonic() + 300
        while not checkpoint.is_file() and first.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        first.send_signal(signal.SIGKILL)
    assert checkpoint.is_file()
    assert finished(out) == []
    subprocess.run(command, cwd=root, env=environment, check=True, timeout=500)
    (run,) = finished(out)
    assert run.manifest.weights_sha256 == tiny_run.manifest.weights_sha256
    assert not list(out.glob(".*"))


def test_the_whole_road_trains_the_size_dimension_to_be_a_warp(tiny_run):
    epochs = tiny_run.history[tiny_run.history["phase"] == "vae"]
    assert (epochs["train_equivariance"] > 0).all()
