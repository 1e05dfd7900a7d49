"""Heads fitted on shuffled labels: what changes, and what does not."""

import hashlib
import shutil

import numpy as np
import pytest
import torch

from core.training.shuffled import on_shuffled_labels


@pytest.fixture(scope="module")
def model(tiny_run):
    from core.model import Model

    return Model.open(tiny_run, device="cpu")


def digest(network):
    parts = [value.numpy().tobytes() for value in network.state_dict().values()]
    return hashlib.sha256(b"".join(parts)).hexdigest()


def test_only_what_saw_labels_is_fitted_anew_and_the_served_network_stays(tiny_run, model):
    before, state = digest(model.network), torch.random.get_rng_state()
    other = on_shuffled_labels(tiny_run, model, seed=1)
    assert digest(model.network) == before
    assert torch.equal(torch.random.get_rng_state(), state)
    assert digest(other.network.vae) == digest(model.network.vae)
    assert digest(other.network.heads) != digest(model.network.heads)
    assert not any(weight.requires_grad for weight in other.network.parameters())
    patches = np.array(tiny_run.patches[:3])
    assert np.array_equal(other.encode(patches), model.encode(patches))
    assert not np.allclose(other.node_logit(tiny_run.codes), model.node_logit(tiny_run.codes))


def test_the_same_seed_gives_the_same_heads_and_another_seed_others(tiny_run, model):
    first, again, other = (
        digest(on_shuffled_labels(tiny_run, model, seed=seed).network) for seed in (1, 1, 2)
    )
    assert first == again != other


def test_the_labels_of_test_patients_are_not_looked_at(tiny_run, model, tmp_path):
    from core.run import Run

    folder = tmp_path / "turned"
    shutil.copytree(tiny_run.folder, folder)
    rows = tiny_run.rows.copy()
    test = (rows["split"] == "test").to_numpy()
    assert test.any()
    rows.loc[test, "label"] = 1 - rows.loc[test, "label"]
    rows.to_parquet(folder / "rows.parquet")
    runs = tiny_run, Run.open(folder)
    first, again = (digest(on_shuffled_labels(run, model, seed=3).network) for run in runs)
    assert first == again
