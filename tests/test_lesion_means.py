"""2.5-D: a lesion that speaks once, by the mean of its slices."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from core.explain.question import PatientLogit
from core.model import Model
from core.prediction import Clinical
from core.progress import silent
from core.settings import HeadSettings
from core.training.lesions import first_rows, lesion_means


def test_a_lesions_mean_leaves_out_what_is_not_known_and_taking_it_twice_changes_nothing():
    values = np.array([[1.0, np.nan], [3.0, 2.0], [5.0, np.nan], [7.0, 4.0]], np.float32)
    lesion = np.array([0, 0, 1, 0])
    once = lesion_means(values, lesion)
    assert once[[0, 1, 3]] == pytest.approx(np.tile([11 / 3, 3.0], (3, 1)))
    assert once[2, 0] == 5
    assert np.isnan(once[2, 1]), "nobody knows it"
    assert lesion_means(once, lesion) == pytest.approx(once, nan_ok=True)
    assert first_rows(np.array([2, 2, 0, 2, 1])).tolist() == [True, False, True, False, True]


def test_the_papers_head_which_reads_every_slice_is_not_given_means():
    with pytest.raises(ValueError, match="every slice"):
        HeadSettings(kind="paper", slices="mean")


@pytest.fixture(scope="module")
def trained(tiny_settings, tmp_path_factory):
    """The tiny run with a head that is told lesions' means, by the whole road."""
    from core.cohort.source import ready_cohort
    from core.training.road import train

    head = tiny_settings.head.model_copy(update={"kind": "logistic", "slices": "mean"})
    settings = tiny_settings.model_copy(update={"head": head})
    cohort = ready_cohort(settings.cohort, progress=silent)
    return train(
        settings, cohort, out=tmp_path_factory.mktemp("means"), name="means", preset="quick",
        device="cpu", progress=silent, report=lambda _: None,
    )  # fmt: skip


@pytest.fixture(scope="module")
def pooled(trained):
    """Its model, and its patients as the head was fitted on them."""
    from core.training.answers import patients_in
    from core.training.road import fit_scalers

    model = Model.open(trained)
    scalers = replace(fit_scalers(trained.rows, trained.settings), attributes=model.kit.attributes)
    return model, patients_in(trained.rows, scalers, trained.settings)


def many_slices(run):
    """All rows of the patient with the most rows; some lesions have several."""
    who = run.rows["patient_id"].value_counts().index[0]
    own = np.flatnonzero(run.rows["patient_id"] == who)
    assert len(set(run.rows["node"].iloc[own])) < len(own)
    return own


def test_a_slice_shown_twice_says_no_more_than_once(trained, pooled, tiny_run):
    model, _ = pooled
    own = many_slices(trained)
    codes, nodes = np.array(trained.codes[own]), trained.rows["node"].to_numpy()[own]
    key = np.unique(nodes, return_index=True)[1]
    said = model.predict(codes[key], nodes=nodes[key])
    twice = np.concatenate((key, key))
    assert model.predict(codes[twice], nodes=nodes[twice]).logit == pytest.approx(said.logit)
    each = Model.open(tiny_run)
    assert each.predict(codes[twice], nodes=nodes[twice]).logit != pytest.approx(
        each.predict(codes[key], nodes=nodes[key]).logit, abs=1e-6
    ), "where every slice speaks, two say more than one"


def test_what_is_served_is_what_was_fitted_and_the_order_of_slices_says_nothing(trained, pooled):
    from core.training.answers import predict_rows

    model, patients = pooled
    own = many_slices(trained)
    number = patients.patient_ids.index(str(trained.rows["patient_id"].iloc[own[0]]))
    with torch.no_grad():
        codes = torch.from_numpy(np.array(trained.codes))
        bag = patients.bag(codes, np.array([number]))
        score = float(model.network.terms(bag).score[0])
    assert int(bag.there.sum()) == trained.rows["node"].iloc[own].nunique()
    line = model.kit.calibration
    said = predict_rows(model, trained.rows.iloc[own], np.array(trained.codes[own]))
    assert said.logit == pytest.approx(line.slope * score + line.intercept, abs=1e-4)
    back = own[::-1]
    turned = predict_rows(model, trained.rows.iloc[back], np.array(trained.codes[back]))
    assert turned.logit == pytest.approx(said.logit, abs=1e-5)
    assert len(said.node_scores) == len(said.node_shares) == len(own)
    of_lesion = trained.rows["node"].to_numpy()[own]
    for node in set(of_lesion):  # what is compared with the threshold is what the head was told
        assert np.ptp(said.node_scores[of_lesion == node]) < 1e-6
    kept = trained.rows["node_score"].to_numpy()[own]
    assert said.node_scores == pytest.approx(kept, abs=1e-5)
    assert said.logit == pytest.approx(sum(part.value for part in said.parts), abs=1e-9)


def test_a_measure_that_one_slice_lacks_is_fitted_and_served_alike(trained, pooled):
    from core.training.answers import patients_in
    from core.training.lesions import once_a_lesion
    from core.training.road import fit_scalers

    model, own = pooled[0], many_slices(trained)
    rows = trained.rows.copy()
    assert trained.settings.reads_measures
    several = rows.iloc[own].groupby("node").filter(lambda part: len(part) > 1)
    rows.loc[several.index[0], "contrast"] = np.nan
    scalers = replace(fit_scalers(rows, trained.settings), attributes=model.kit.attributes)
    patients = patients_in(rows, scalers, trained.settings)
    codes = torch.from_numpy(np.array(trained.codes))
    fitted = patients.beside(codes).numpy()
    codes = np.array(trained.codes)
    _, served = once_a_lesion(codes, model.beside(rows, codes), patients.lesion, trained.settings)
    first = first_rows(patients.lesion)
    many = len(trained.settings.vae.attributes)
    assert served[first, :many] == pytest.approx(fitted[first, :many], abs=1e-4)


def test_the_patients_logit_is_explained_through_the_mean(trained, pooled):
    model, _ = pooled
    own = many_slices(trained)
    nodes, known = trained.rows["node"].to_numpy()[own], Clinical(t_stage=3)
    patches = np.array(trained.patches[own])
    codes = model.encode(patches)
    said = model.predict(codes, nodes=nodes, clinical=known)
    question = PatientLogit(codes, tuple(range(len(own))), clinical=known, nodes=nodes)
    given = model.explain(patches, question=question)
    assert [one.score for one in given] == pytest.approx([said.logit] * len(own), abs=1e-4)
    mirrored = np.ascontiguousarray(patches[1:2, :, ::-1])
    exchanged = np.concatenate((codes[:1], model.encode(mirrored), codes[2:]))
    other = model.predict(exchanged, nodes=nodes, clinical=known)
    (one,) = model.explain(mirrored, question=replace(question, places=(1,)))
    assert one.score == pytest.approx(other.logit, abs=1e-4)
    with pytest.raises(ValueError, match="nodes"):
        model.explain(patches, question=replace(question, nodes=None))


def test_a_run_whose_lesions_speak_once_opens_and_predicts_what_training_wrote(trained):
    from core.training.answers import predict_rows
    from core.training.resampled import heads_again

    model = Model.open(trained)
    assert trained.settings.head.slices == "mean"
    for who, line in trained.predictions.set_index("patient_id").iterrows():
        own = np.flatnonzero(trained.rows["patient_id"] == who)
        said = predict_rows(model, trained.rows.iloc[own], np.array(trained.codes[own]))
        assert said.probability == pytest.approx(line["probability"], abs=1e-6)
    again = heads_again(trained, model, draws=3)
    assert again.node_scores(np.array(trained.codes[:5])).shape == (3, 5)
