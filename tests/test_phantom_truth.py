import numpy as np
import pytest


@pytest.fixture(scope="module")
def many():
    from core.cohort.phantom import draw_truth

    return draw_truth(1500, 5)


@pytest.fixture(scope="module")
def answers(many):
    """What the best reader says: of every node, and of every patient."""
    from core.cohort.phantom import bayes_node, bayes_patient

    nodes = bayes_node([node for p in many for node in p.nodes])
    return nodes, np.array([bayes_patient(p) for p in many])


def _auc(positive, score):
    from sklearn.metrics import roc_auc_score

    return roc_auc_score(positive, score)


def test_a_cohort_of_168_has_the_papers_counts():
    from core.cohort.phantom import draw_truth

    for seed in (1, 2):
        patients = draw_truth(168, seed)
        assert np.bincount([p.n_stage for p in patients]).tolist() == [130, 26, 12]
        assert np.bincount([p.t_stage for p in patients]).tolist() == [0, 30, 79, 47, 12]
        assert sum(p.sex == "M" for p in patients) == 114
        assert sum(p.occult for p in patients) == 2


@pytest.mark.parametrize("patients", [1, 2, 5, 12, 30, 61])
def test_any_number_of_patients_can_be_drawn(patients):
    from core.cohort.phantom import draw_truth

    drawn = draw_truth(patients, 1)
    assert len({p.patient_id for p in drawn}) == patients
    assert sum(p.positive for p in drawn) >= min(3, patients // 2)


def test_no_patients_at_all_is_a_slip():
    from core.cohort.phantom import draw_truth

    with pytest.raises(ValueError, match="1 or more"):
        draw_truth(0, 1)


def test_the_n_stage_is_the_number_of_malignant_nodes(many):
    for patient in many:
        malignant = sum(node.malignant for node in patient.nodes)
        if patient.n_stage == 0 or patient.occult:
            assert malignant == 0
        elif patient.n_stage == 1:
            assert 1 <= malignant <= 3
        else:
            assert malignant >= 4
        assert not (patient.occult and patient.n_stage == 0)


def test_sizes_counts_and_ages_follow_the_model(many):
    sizes = np.array([node.short_axis_mm for p in many for node in p.nodes])
    counts = np.array([len(p.nodes) for p in many])
    ages = np.array([p.age for p in many])
    assert sizes.mean() == pytest.approx(5.0, abs=0.15)
    assert sizes.std() == pytest.approx(1.8, abs=0.15)
    assert counts.mean() == pytest.approx(5.9, abs=0.3)
    assert counts.std() == pytest.approx(3.8, abs=0.4)
    assert (ages.mean(), ages.std()) == pytest.approx((69.2, 11.4), abs=0.6)


def test_how_well_malignancy_shows_is_as_asked_for(many, answers):
    malignant = np.array([node.malignant for p in many for node in p.nodes])
    sizes = np.array([node.short_axis_mm for p in many for node in p.nodes])
    assert 0.70 <= _auc(malignant, sizes) <= 0.76
    assert 0.88 <= _auc(malignant, answers[0]) <= 0.92
    assert 0.87 <= _auc([p.positive for p in many], answers[1]) <= 0.92


def test_posteriors_are_calibrated(many, answers):
    came_true = (
        [node.malignant for p in many for node in p.nodes],
        [p.positive for p in many],
    )
    for said, came in zip(answers, came_true, strict=True):
        came = np.array(came)
        for low, high in ((0.0, 0.1), (0.1, 0.4), (0.4, 0.7), (0.7, 1.0)):
            among = (said >= low) & (said <= high)
            error = 4 * np.sqrt(said[among].mean() * (1 - said[among].mean()) / among.sum())
            assert abs(said[among].mean() - came[among].mean()) < error + 0.01


def test_nothing_can_be_told_where_malignancy_does_not_show():
    from core.cohort.phantom import Rules, bayes_node, draw_truth

    blind = Rules(separation=0.0, nearer_mm=0.0)
    nodes = [node for p in draw_truth(400, 2, rules=blind) for node in p.nodes]
    posterior = bayes_node(nodes, rules=blind)
    np.testing.assert_allclose(posterior, posterior[0])
    sizes = [node.short_axis_mm for node in nodes]
    assert abs(_auc([node.malignant for node in nodes], sizes) - 0.5) < 0.06


def test_metastases_lie_nearer_the_tumour_by_the_setting():
    from core.cohort.phantom import Rules, draw_truth

    for nearer in (0.0, 8.0):
        patients = draw_truth(700, 9, rules=Rules(nearer_mm=nearer))
        by_kind = {True: [], False: []}
        for patient in patients:
            for node in patient.nodes:
                by_kind[node.malignant].append(node.tumour_distance_mm)
        apart = np.mean(by_kind[False]) - np.mean(by_kind[True])
        # the bounds of what can be placed take some of it away
        assert 0.6 * nearer - 0.8 < apart < nearer + 0.8


def test_nodes_lie_where_they_were_asked_to_lie():
    from core.cohort.phantom import draw_patient, draw_truth

    missed = []
    for truth in draw_truth(25, 6):
        patient = draw_patient(truth)
        tumour = np.array(patient.anatomy.tumour_point())
        for node, place in zip(truth.nodes, patient.places, strict=True):
            at = np.array([place.x_mm, place.y_mm, place.z_mm])
            missed.append(abs(np.linalg.norm(at - tumour) - node.tumour_distance_mm))
    assert np.quantile(missed, 0.9) < 2.5


def test_the_patients_posterior_agrees_with_summing_over_every_subset():
    from itertools import combinations
    from math import comb

    from core.cohort.phantom import bayes_patient, draw_truth
    from core.cohort.phantom.bayes import log_ratio
    from core.cohort.phantom.truth import MALIGNANT_COUNT, STAGES, count_density

    patient = next(p for p in draw_truth(60, 8) if len(p.nodes) == 5)
    ratios = np.exp(log_ratio(patient.nodes))
    t_given = STAGES[patient.t_stage - 1] / STAGES.sum(axis=0)
    shares = STAGES.sum(axis=0) / STAGES.sum() * t_given
    weights = {0: {0: 1.0}}
    for stage, table in MALIGNANT_COUNT.items():
        weights[stage] = {0: 0.05} | {m: 0.95 * share for m, share in table.items()}
    total = np.zeros(3)
    for stage, table in weights.items():
        for m, weight in table.items():
            if m > 5:
                continue
            subsets = sum(np.prod(ratios[list(c)]) for c in combinations(range(5), m))
            total[stage] += shares[stage] * weight * count_density(m)[4] * subsets / comb(5, m)
    assert bayes_patient(patient) == pytest.approx(total[1:].sum() / total.sum())


@pytest.mark.parametrize("size_mm", [3.0, 5.0, 9.0])
def test_inner_texture_moves_no_nodes_mean_level_and_has_the_spread_asked_for(size_mm):
    from core.cohort.phantom.node_shape import shape_of, texture_at
    from core.cohort.phantom.truth import NodeTruth

    for seed in range(6):
        node = NodeTruth(1, False, size_mm, 1.4, 0.4, 0.5, 0.6, False, 20.0, (seed,))
        shape = shape_of(node)
        x, y = np.meshgrid(*[np.arange(-12, 12, 0.1)] * 2)
        inside = shape.distance(x, y, 0.0) < 0
        values = texture_at(shape, x[inside], y[inside], 0.0)
        assert abs(values.mean()) < 0.05
        assert values.std() == pytest.approx(1, abs=0.05)
