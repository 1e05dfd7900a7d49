"""Laws of heads fitted on training patients drawn again."""

import shutil

import numpy as np
import pytest

from core.model import Model
from core.run import Run
from core.training.resampled import heads_again, seen_by_heads


@pytest.fixture(scope="module")
def served(tiny_run):
    model = Model.open(tiny_run, device="cpu")
    return tiny_run, model, heads_again(tiny_run, model, draws=12)


def test_the_same_seed_draws_the_same_heads(served):
    run, model, found = served
    again, other = (heads_again(run, model, draws=12, seed=seed) for seed in (0, 1))
    assert np.array_equal(found.weights, again.weights)
    assert not np.array_equal(found.weights, other.weights)


def test_their_scores_lie_about_the_run_s_own(served):
    run, model, found = served
    beside = model.beside(run.rows, run.codes)
    scores = found.node_scores(run.codes, beside)
    own = model.node_score(run.codes, beside)
    assert scores.shape == (12, len(run.rows))
    assert ((scores > 0) & (scores < 1)).all()
    assert scores.std(0).max() > 0  # other patients, other heads
    assert np.corrcoef(np.median(scores, 0), own)[0, 1] > 0.5


def test_what_a_head_sees_gives_its_logit(served):
    run, model, _ = served
    beside = model.beside(run.rows, run.codes)
    (head,) = model.network.heads
    weight = head.node.linear.weight.detach().numpy()[0].astype(np.float64)
    by_hand = seen_by_heads(model, run.codes, beside) @ weight
    assert np.allclose(by_hand, model.node_logit(run.codes, beside), atol=1e-4)


def test_only_the_logistic_head_is_fitted_again(served, tmp_path):
    run, model, _ = served
    other = Run.open(shutil.copytree(run.folder, tmp_path / "other"))
    written = (other.folder / "settings.toml").read_text("utf-8")
    assert 'kind = "logistic"' in written
    mean = written.replace('kind = "logistic"', 'kind = "mean"')
    (other.folder / "settings.toml").write_text(mean, "utf-8")
    assert heads_again(Run.open(other.folder), model) is None
