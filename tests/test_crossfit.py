"""Laws of whom a run is calibrated on: nobody is asked of a head that saw their outcome."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from core.evaluation.classification import auc
from core.networks.network import Network
from core.progress import silent
from core.training.bags import Patients
from core.training.crossfit import heard
from core.training.fit_logistic import fit_logistic_head
from core.training.resampled import unseen

SPLITS = ("train", "train", "train", "validation", "test")
PATIENTS, ROWS = 100, 2


@pytest.fixture
def asked(tiny_settings):
    """Patients of whose outcomes no code says anything, and a head that was fitted on them."""
    rng = np.random.default_rng(4)
    labels = (np.arange(PATIENTS) % 3 == 0).astype(np.int64)
    patients = Patients(
        patient_ids=tuple(map(str, range(PATIENTS))),
        of_row=np.repeat(np.arange(PATIENTS), ROWS),
        labels=labels,
        splits=np.array(SPLITS)[np.arange(PATIENTS) // 3 % len(SPLITS)],
        clinical=rng.normal(size=(PATIENTS, 1)).astype(np.float32),
        features=np.zeros((PATIENTS * ROWS, 0), np.float32),
    )
    head = tiny_settings.head.model_copy(
        update={"kind": "logistic", "measured": False, "clinical": ("t_stage",)}
    )
    settings = tiny_settings.model_copy(update={"head": head})
    network = Network(settings, features=0).eval()
    codes = torch.from_numpy(rng.normal(size=(PATIENTS * ROWS, 16)).astype(np.float32))
    fit_logistic_head(network, codes, patients, settings, progress=silent)
    return network, codes, patients, settings


def test_chance_agreement_with_training_patients_is_not_taken_for_knowledge(asked):
    network, codes, patients, settings = asked
    told = heard(network, codes, patients, settings)
    assert set(patients.splits[told.who]) == {"train", "validation"}
    with torch.no_grad():
        own = network.terms(patients.bag(codes, told.who)).score.numpy()
    labels = patients.labels[told.who]
    assert auc(labels, told.logits) < auc(labels, own) - 0.1


def test_test_patients_do_not_take_part(asked):
    network, codes, patients, settings = asked
    told = heard(network, codes, patients, settings)
    tested = patients.splits == "test"
    other = replace(patients, labels=np.where(tested, 1 - patients.labels, patients.labels))
    again = heard(network, codes, other, settings)
    assert not tested[told.who].any()
    assert np.array_equal(told.logits, again.logits)
    assert np.array_equal(told.lone, again.lone)


def test_the_served_head_stays_as_it_is(asked):
    network, codes, patients, settings = asked
    before = {name: each.clone() for name, each in network.state_dict().items()}
    heard(network, codes, patients, settings)
    assert all(torch.equal(each, before[name]) for name, each in network.state_dict().items())


def test_where_an_outcome_is_too_rare_to_deal_validation_patients_are_asked(asked):
    network, codes, patients, settings = asked
    known = np.flatnonzero(patients.splits != "test")
    labels = np.zeros(PATIENTS, np.int64)
    labels[known[:3]] = 1
    told = heard(network, codes, replace(patients, labels=labels), settings)
    assert set(patients.splits[told.who]) == {"validation"}


def test_heads_drawn_again_are_calibrated_on_whom_they_did_not_draw(asked):
    patients = asked[2]
    train = np.flatnonzero(patients.splits == "train")
    left = unseen(patients, train[::2])
    assert not np.isin(left, train[::2]).any()
    assert set(patients.splits[left]) == {"train", "validation"}
