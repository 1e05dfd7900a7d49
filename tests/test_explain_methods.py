"""Laws of the methods on pixels and of the questions that a map can answer."""

import threading

import numpy as np
import pytest
import torch
from torch import nn

from core.explain.explanation import PIXEL_METHODS
from core.explain.infill import blurred
from core.explain.maps import explain
from core.explain.pixels import STRIDE_PX, WINDOW_PX, pixel_relevance
from core.explain.question import Along, NearCentre, NodeLogit, PatientLogit
from core.explain.score import Asked, along, near
from core.networks.posterior import Posterior


class Averages(nn.Module):
    """Codes are the means of the four quarters of the features, which are the patch's halves."""

    def features(self, x, layer):
        return nn.functional.avg_pool2d(x, x.shape[-1] // layer)

    def moments(self, features, layer):
        quarters = nn.functional.adaptive_avg_pool2d(features, 2).flatten(1)
        return Posterior.of(quarters, torch.zeros_like(quarters))


NONE = torch.zeros(3, 0)


def patches_of(n=3, seed=0):
    x = np.random.default_rng(seed).uniform(0.1, 0.9, (n, 32, 32))
    return torch.from_numpy(x.astype(np.float32))[:, None]


def detail(x):
    return x - torch.from_numpy(np.stack([blurred(one) for one in x[:, 0].numpy()]))[:, None]


def quarter(number, side=32):
    mask = torch.zeros(side, side, dtype=torch.bool)
    row, column = divmod(number, 2)
    half = side // 2
    mask[row * half : (row + 1) * half, column * half : (column + 1) * half] = True
    return mask


@pytest.mark.parametrize("method", ["integrated_gradients", "smooth_grad"])
def test_of_a_linear_score_the_map_is_detail_times_weight(method):
    asked = Asked(Averages(), lambda codes, _: 3 * codes[:, 0] - codes[:, 3])
    x = patches_of()
    found = pixel_relevance(asked, x, beside=NONE, method=method)
    weight = torch.zeros(32, 32)
    weight[quarter(0)], weight[quarter(3)] = 3 / 256, -1 / 256
    assert torch.allclose(found.cells, (weight * detail(x))[:, 0], atol=1e-6)
    assert torch.allclose(found.score, asked(x, NONE))


def test_integrated_gradients_add_up_to_what_the_detail_adds_to_the_score():
    asked = Asked(Averages(), lambda codes, _: torch.tanh(4 * codes[:, 0] * codes[:, 1]))
    x = patches_of()
    found = pixel_relevance(asked, x, beside=NONE, method="integrated_gradients")
    gained = asked(x, NONE) - asked(x - detail(x), NONE)
    assert torch.allclose(found.cells.sum((1, 2)), gained, atol=1e-5)


def test_occlusion_of_a_linear_score_is_the_mean_over_the_windows_that_hold_a_pixel():
    asked = Asked(Averages(), lambda codes, _: codes[:, 0])
    x = patches_of(1)
    found = pixel_relevance(asked, x, beside=torch.zeros(1, 0), method="occlusion")
    lost = (detail(x)[0, 0] * quarter(0) / 256).numpy()
    total, windows = np.zeros((32, 32)), np.zeros((32, 32))
    for row in range(0, 28, STRIDE_PX):
        for column in range(0, 28, STRIDE_PX):
            at = np.s_[row : row + WINDOW_PX, column : column + WINDOW_PX]
            total[at] += lost[at].sum()
            windows[at] += 1
    assert np.allclose(found.cells[0].numpy(), total / windows, atol=1e-6)


@pytest.mark.parametrize("method", PIXEL_METHODS)
def test_what_lies_outside_the_cause_gets_nothing(method):
    asked = Asked(Averages(), lambda codes, _: 5 * codes[:, 1])
    found = pixel_relevance(asked, patches_of(), beside=NONE, method=method).cells
    # a window that straddles the border carries relevance over it
    far = quarter(2) if method != "occlusion" else quarter(2) & ~border(4)
    assert found[:, quarter(1)].abs().amax() > 1e-4
    assert not found[:, far].any()


def border(width):
    mask = torch.zeros(32, 32, dtype=torch.bool)
    mask[16 - width : 16 + width], mask[:, 16 - width : 16 + width] = True, True
    return mask


@pytest.mark.parametrize("method", PIXEL_METHODS)
def test_the_same_call_gives_the_same_map_and_leaves_the_generator_alone(method):
    asked = Asked(Averages(), lambda codes, _: torch.tanh(codes[:, 0] - codes[:, 2]))
    x = patches_of()
    before = torch.random.get_rng_state()
    first = pixel_relevance(asked, x, beside=NONE, method=method).cells
    second = pixel_relevance(asked, x, beside=NONE, method=method).cells
    assert torch.equal(first, second)
    assert torch.equal(before, torch.random.get_rng_state())
    assert not x.requires_grad


@pytest.mark.parametrize("method", PIXEL_METHODS)
def test_a_patch_has_the_same_map_alone_and_among_others(method):
    asked = Asked(Averages(), lambda codes, _: torch.tanh(40 * codes[:, 0] * codes[:, 1]))
    x = patches_of(5)
    together = pixel_relevance(asked, x, beside=torch.zeros(5, 0), method=method).cells
    for row in (0, 4):
        own = torch.zeros(1, 0)
        alone = pixel_relevance(asked, x[row : row + 1], beside=own, method=method).cells[0]
        assert torch.allclose(alone, together[row], atol=1e-6 * float(alone.abs().max()), rtol=1e-5)


@pytest.mark.parametrize("method", PIXEL_METHODS)
def test_what_is_known_beside_a_patch_goes_with_it_through_every_pass(method):
    asked = Asked(Averages(), lambda codes, beside: beside[:, 0] * codes[:, 0])
    x, scale = patches_of(), torch.tensor([[1.0], [0.0], [-2.0]])
    plain = pixel_relevance(asked, x, beside=torch.ones(3, 1), method=method).cells
    scaled = pixel_relevance(asked, x, beside=scale, method=method).cells
    assert torch.allclose(scaled, scale[:, :, None] * plain, atol=1e-6)


@pytest.mark.parametrize("method", PIXEL_METHODS)
def test_threads_get_the_maps_that_one_gets(method):
    asked = Asked(Averages(), lambda codes, _: torch.tanh(codes[:, 0]))
    patches = patches_of(4)[:, 0].numpy()
    wanted = [one.map for one in explain(asked, patches, beside=np.zeros((4, 0)), method=method)]
    wrong = []

    def work():
        found = explain(asked, patches, beside=np.zeros((4, 0)), method=method)
        wrong.extend(not np.array_equal(a.map, b) for a, b in zip(found, wanted, strict=True))

    workers = [threading.Thread(target=work) for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert wrong == [False] * 24


def test_a_direction_and_a_cluster_are_read_off_the_code():
    codes = torch.tensor([[3.0, 4.0, 9.0], [0.0, 0.0, 1.0]])
    assert along(torch.tensor([0.0, 1.0, 0.0]), per_length=2.0)(codes, NONE).tolist() == [8, 0]
    assert near(torch.zeros(2))(codes, NONE).tolist() == pytest.approx([-5, 0], abs=1e-5)


def test_nearness_has_a_gradient_even_at_the_centre():
    codes = torch.zeros(1, 3, requires_grad=True)
    (gradient,) = torch.autograd.grad(near(torch.zeros(3))(codes, NONE).sum(), codes)
    assert torch.isfinite(gradient).all()


@pytest.fixture(scope="module")
def model(tiny_run):
    from core.model import Model

    return Model.open(tiny_run, device="cpu")


def test_every_method_explains_the_number_that_the_model_serves(tiny_run, model):
    patches, codes = np.array(tiny_run.patches[:3]), model.encode(tiny_run.patches[:3])
    step = np.eye(model.latent, dtype=np.float32)[2]
    centre = codes[1, :2]
    wanted = {
        NodeLogit(): model.node_logit(codes),
        Along("dimension 2", step): codes[:, 2],
        NearCentre("cluster 1", centre): -np.linalg.norm(codes[:, :2] - centre, axis=1),
    }
    for question, values in wanted.items():
        for method in ("hires_cam", *PIXEL_METHODS):
            given = model.explain(patches, method=method, question=question)
            assert [one.score for one in given] == pytest.approx(values.tolist(), abs=1e-4)
            assert question.name in given[0].in_words
            assert given[0].layer == (8 if method == "hires_cam" else None)


def test_the_patients_logit_is_the_one_predicted_also_for_another_picture_in_a_rows_place(
    tiny_run, model
):
    from core.prediction import Clinical

    rows = tiny_run.rows
    own = np.flatnonzero(rows["patient_id"] == rows["patient_id"].value_counts().index[0])
    nodes, known = rows["node"].to_numpy()[own], Clinical(t_stage=3)
    patches = np.array(tiny_run.patches[own])
    codes = model.encode(patches)
    said = model.predict(codes, nodes=nodes, clinical=known)
    question = PatientLogit(codes, tuple(range(len(own))), clinical=known)
    given = model.explain(patches, question=question)
    assert [one.score for one in given] == pytest.approx([said.logit] * len(own), abs=1e-4)
    mirrored = np.ascontiguousarray(patches[1:2, :, ::-1])
    exchanged = np.concatenate((codes[:1], model.encode(mirrored), codes[2:]))
    other = model.predict(exchanged, nodes=nodes, clinical=known)
    (one,) = model.explain(mirrored, question=PatientLogit(codes, (1,), clinical=known))
    assert one.score == pytest.approx(other.logit, abs=1e-4)
    # the little run's code hardly varies: what counts is that the other picture is heard at all
    assert one.score != pytest.approx(said.logit, abs=1e-6)


def test_a_method_on_pixels_is_refused_where_only_features_are_given():
    class Half:
        def features(self, x, layer):
            return x

        def score_from_features(self, features, layer, beside):
            return features.mean((1, 2, 3))

    with pytest.raises(ValueError, match="whole network"):
        explain(Half(), patches_of()[:, 0].numpy(), beside=np.zeros((3, 0)), method="occlusion")
