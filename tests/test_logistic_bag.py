"""Laws of the penalised logistic head: its gradient, its peers, its place in the network."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.optimize import check_grad
from sklearn.linear_model import LogisticRegression

from core.networks.bag import pack
from core.networks.head import build_head
from core.networks.network import Network
from core.progress import silent
from core.settings import HeadSettings, Settings
from core.training.bags import Patients
from core.training.fit_head import fit_on_codes
from core.training.logistic_bag import balance, fit_logistic_bag, log_loss, pooled


def bags(rng, *, patients=60, features=3, link=2.0):
    rows = rng.integers(1, 5, patients)
    of_row = np.repeat(np.arange(patients), rows)
    labels = (rng.random(patients) < 0.4).astype(float)
    x = rng.normal(size=(of_row.size, features))
    x[np.cumsum(rows) - rows, 0] += link * labels
    return x, of_row, labels, rng.normal(size=(patients, 1))


def test_with_one_row_a_patient_it_is_scikit_learns_ridge_logistic(rng):
    x = rng.normal(size=(200, 3))
    labels = (x[:, 0] + rng.logistic(size=200) > 0.5).astype(float)
    ours = fit_logistic_bag(x, np.arange(200), labels, np.zeros((200, 0)), penalty=2.0)
    peer = LogisticRegression(C=0.5, class_weight="balanced", tol=1e-8).fit(x, labels)
    np.testing.assert_allclose(ours.weights, peer.coef_[0], atol=2e-3)
    assert ours.base == pytest.approx(peer.intercept_[0], abs=2e-3)


@pytest.mark.parametrize("pool", ["sum", "mean"])
def test_rows_shares_are_the_gradient_of_the_pooled_logit(rng, pool):
    of_row = np.array([0, 0, 1, 2, 2, 2])
    weights = np.array([0.3, -1.0, 2.0])
    gap = check_grad(
        lambda z: pooled(z, of_row, 3, pool)[0] @ weights,
        lambda z: pooled(z, of_row, 3, pool)[1] * weights[of_row],
        rng.normal(size=6),
    )
    assert gap < 1e-6


def test_the_pooled_logit_of_one_row_is_its_own_and_a_patient_without_rows_has_none():
    logit, share = pooled(np.array([1.5, 0.0, 0.0]), np.array([0, 2, 2]), 3)
    np.testing.assert_allclose(logit, [1.5, 0.0, np.log(2)])
    np.testing.assert_allclose(share, [1.0, 0.5, 0.5])


def test_a_stronger_penalty_shrinks_and_components_are_kept_on_a_shorter_leash(rng):
    x, of_row, labels, clinical = bags(rng)
    loose, tight = (
        fit_logistic_bag(x, of_row, labels, clinical, penalty=penalty) for penalty in (0.1, 50.0)
    )
    assert np.linalg.norm(tight.weights) < np.linalg.norm(loose.weights) / 2
    leashed = fit_logistic_bag(x, of_row, labels, clinical, penalty=1.0, named=1)
    free = fit_logistic_bag(x, of_row, labels, clinical, penalty=1.0)
    assert np.abs(leashed.weights[1:]).sum() < np.abs(free.weights[1:]).sum()


def test_both_outcomes_weigh_the_same():
    weigh = balance(np.array([1, 0, 0, 0]))
    assert weigh[0] == pytest.approx(weigh[1:].sum())
    assert weigh.mean() == pytest.approx(1)
    assert log_loss(np.zeros(4), np.array([1, 0, 0, 0])) == pytest.approx(np.log(2))


def fitted_network(rng, *, clinical=("t_stage",), turned=False):
    x, of_row, labels, facts = bags(rng, features=8)
    settings = Settings.model_validate(
        {
            "head": {"kind": "logistic", "clinical": clinical},
            "vae": {"latent": 8, "width": 4, "attributes": ("short_axis_mm", "elongation")},
        }
    )
    splits = np.where(np.arange(60) % 4 == 3, "validation", "train")
    if turned:  # outcomes that only validation patients have
        labels = np.where(splits == "train", labels, 1 - labels)
    patients = Patients(
        tuple(map(str, range(60))),
        of_row,
        labels.astype(np.int64),
        splits,
        facts.astype(np.float32),
        np.zeros((len(of_row), 5), np.float32),
    )
    network = Network(settings, features=5)
    codes = torch.from_numpy(x.astype(np.float32))[None]
    history = fit_on_codes(
        network, codes, torch.zeros_like(codes), patients, settings, progress=silent
    )
    return network, codes[0], patients, history


def test_the_fitted_head_serves_a_logit_that_comes_apart_exactly(rng):
    network, codes, patients, history = fitted_network(rng)
    network.eval()
    bag = patients.bag(codes, np.arange(60))
    with torch.no_grad():
        terms = network.terms(bag)
        rows = network.node_logit(codes, torch.zeros(len(codes), 5))
    apart = pooled(rows.numpy().astype(float), patients.of_row, 60)[0]
    head = network.heads[0]
    said = head.base.item() + apart + patients.clinical @ head.clinical.detach().numpy()
    np.testing.assert_allclose(terms.score.numpy(), said, atol=1e-5)
    assert len(history) == 5
    assert np.isfinite([each.train.loss for each in history]).all()


def test_the_fit_leaves_no_chance_and_looks_at_training_patients_alone():
    one, other = (fitted_network(np.random.default_rng(3), turned=t)[0] for t in (False, True))
    for name, tensor in one.heads.state_dict().items():
        assert torch.equal(tensor, other.heads.state_dict()[name])


def test_its_odds_are_the_sum_of_its_rows_odds():
    head = build_head(HeadSettings(kind="logistic", clinical=()), inputs=3, features=0, slots=4)
    codes = torch.randn(4, 3)
    bag = pack(codes, codes[:, :0], patient=torch.tensor([0, 0, 0, 1]), clinical=torch.zeros(2, 0))
    with torch.no_grad():
        odds = torch.exp(head.node_logit(codes, codes[:, :0]) + head.base)
        score = head(bag).score
    assert torch.allclose(score.exp(), torch.stack([odds[:3].sum(), odds[3]]), rtol=1e-5)


def asked_to(rng, **head):
    """A fitted head with a distance that tells the outcome, where it is asked for."""
    x, of_row, labels, facts = bags(rng, features=8, link=0.5)
    settings = Settings.model_validate(
        {
            "head": {"kind": "logistic", "clinical": ("t_stage",), **head},
            "vae": {"latent": 8, "width": 4, "attributes": ("short_axis_mm", "elongation")},
        }
    )
    patients = Patients(
        tuple(map(str, range(60))),
        of_row,
        labels.astype(np.int64),
        np.full(60, "train"),
        facts.astype(np.float32),
        np.column_stack((x[:, :2], labels[of_row] + rng.normal(0, 0.5, len(of_row)))).astype("f4"),
        measured=True,
        stages=(labels * (1 + (np.arange(60) % 2))).astype(np.int64),
        distance=settings.head.distance,
    )
    if not settings.head.distance:
        patients = replace(patients, features=patients.features[:, :2])
    network = Network(settings, features=patients.features.shape[1])
    codes = torch.from_numpy(x.astype(np.float32))[None]
    fit_on_codes(network, codes, torch.zeros_like(codes), patients, settings, progress=silent)
    return network.eval(), codes[0], patients


def test_a_head_that_weighs_by_distance_serves_what_was_fitted(rng):
    network, codes, patients = asked_to(rng, distance=True)
    weight = network.heads[0].node.linear.weight.detach().numpy()[0]
    assert weight[-1] == np.abs(weight).max() > 0.3
    bag = patients.bag(codes, np.arange(60))
    seen = network.inputs(codes, patients.beside(codes)).detach().numpy()
    with torch.no_grad():
        score = network.terms(bag).score.numpy()
    head = network.heads[0]
    said = pooled(seen.astype(float) @ weight, patients.of_row, 60)[0] + head.base.item()
    np.testing.assert_allclose(
        score, said + patients.clinical @ head.clinical.detach().numpy(), atol=1e-4
    )
    # a code that moves carries its lesion with it, and the distance stays
    moved = network.inputs(codes + 1, patients.beside(codes)).detach().numpy()
    assert np.array_equal(moved[:, -1], seen[:, -1])
    assert not np.allclose(moved[:, 0], seen[:, 0])


def test_a_head_taught_the_order_differs_and_is_served_alike(rng):
    seed = int(rng.integers(1 << 30))
    binary, ordinal = (
        asked_to(np.random.default_rng(seed), outcome=outcome)[0]
        for outcome in ("binary", "ordinal")
    )
    assert binary.state_dict().keys() == ordinal.state_dict().keys()
    assert not torch.equal(binary.heads[0].node.linear.weight, ordinal.heads[0].node.linear.weight)


@pytest.mark.parametrize("asked", [{"outcome": "ordinal"}, {"distance": True}])
def test_only_the_logistic_head_is_taught_the_order_or_weighs_by_distance(asked):
    with pytest.raises(ValueError, match="kind logistic"):
        HeadSettings(kind="mean", **asked)
