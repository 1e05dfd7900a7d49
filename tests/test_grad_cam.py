"""Laws of the maps: worked by hand, against captum, alone and in company (EXPLAIN.md, XA1-XA11)."""

import hashlib
import threading
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from core.errors import MapUndefined
from core.explain.explanation import colour_limit, mass_inside
from core.explain.grad_cam import relevance, upsampled
from core.explain.maps import explain

NONE = np.zeros((3, 0), np.float32)


class ByHand(nn.Module):
    """A network whose map can be written down: `encode` gives features, `judge` the logit."""

    def __init__(self, encode, judge):
        super().__init__()
        self.encode, self.judge = encode, judge

    def features(self, x, layer):
        return self.encode(F.avg_pool2d(x, x.shape[-1] // layer))

    def score_from_features(self, features, layer, node_features):
        return self.judge(features, node_features)


def cells_of(layer=8, patches=3):
    x = torch.rand((patches, 1, 32, 32), generator=torch.Generator().manual_seed(0))
    return x, F.avg_pool2d(x, 32 // layer)[:, 0]


W = torch.linspace(-1, 2, 64).reshape(8, 8)
ALTERNATING = torch.tensor([1.0, -1.0]).repeat(32).reshape(8, 8)
M = torch.linspace(-0.5, 0.5, 64 * 3).reshape(64, 3)
V = torch.tensor([1.0, -2.0, 0.5])


def same(a):
    return a


def two(a):
    return torch.cat([a, 2 * a + 1], dim=1)


def mean(f, _=None):
    return f.mean(dim=(1, 2, 3))


def each(values):
    return values[:, None, None]


def bottleneck(a):
    """d/dA of V . tanh(M' A), cell by cell."""
    code = torch.tanh(a.flatten(1) @ M)
    return ((1 - code**2) * V @ M.T).reshape(a.shape)


def at_largest(a):
    return (a == a.amax(dim=(1, 2), keepdim=True)).float()


# name, encoder, logit from features, Grad-CAM, HiResCAM; a is the pooled patch (patch, 8, 8)
FROZEN = torch.nn.Conv2d(1, 1, 1).requires_grad_(False)
FROZEN.weight.fill_(2.0)
FROZEN.bias.fill_(1.0)

WORKED = [
    ("frozen weights", same, lambda f, _: mean(FROZEN(f)), lambda a: 2 * a / 64, lambda a: a / 32),
    ("linear", same, lambda f, _: (W * f[:, 0]).sum((1, 2)) + 3,
     lambda a: W.mean() * a, lambda a: W * a),
    ("mean", same, mean, lambda a: a / 64, lambda a: a / 64),
    ("against everything", same, lambda f, _: -mean(f), lambda a: -a / 64, lambda a: -a / 64),
    ("two channels", two, lambda f, _: 3 * f[:, 0].mean((1, 2)) - f[:, 1].mean((1, 2)),
     lambda a: (3 * a - (2 * a + 1)) / 64, lambda a: (3 * a - (2 * a + 1)) / 64),
    ("not looked at", same, lambda f, _: torch.full((len(f),), 0.7),
     torch.zeros_like, torch.zeros_like),
    ("multiplied by zero", same, lambda f, _: 0 * mean(f), torch.zeros_like, torch.zeros_like),
    ("one channel unused", two, lambda f, _: f[:, 1].mean((1, 2)),
     lambda a: (2 * a + 1) / 64, lambda a: (2 * a + 1) / 64),
    ("ReLU asleep", same, lambda f, _: F.relu(f.sum((1, 2, 3)) - 1e3),
     torch.zeros_like, torch.zeros_like),
    ("ReLU awake", same, lambda f, _: F.relu(f.sum((1, 2, 3)) - 1), lambda a: a, lambda a: a),
    ("ReLU in the encoder", lambda a: F.relu(a - 0.5), mean,
     lambda a: F.relu(a - 0.5) / 64, lambda a: F.relu(a - 0.5) / 64),
    ("negative features", lambda a: -a, mean, lambda a: -a / 64, lambda a: -a / 64),
    ("square", same, lambda f, _: 0.5 * (f**2).mean((1, 2, 3)),
     lambda a: a.mean((1, 2), keepdim=True) * a / 64, lambda a: a**2 / 64),
    ("one cell", same, lambda f, _: f[:, 0, 2, 5], lambda a: a / 64,
     lambda a: a * F.one_hot(torch.tensor(21), 64).reshape(8, 8)),
    ("largest cell", same, lambda f, _: f.amax((1, 2, 3)),
     lambda a: a / 64, lambda a: a * at_largest(a)),
    ("a sigmoid after the mean", same, lambda f, _: torch.sigmoid(mean(f)),
     lambda a: each(torch.sigmoid(a.mean((1, 2))) * torch.sigmoid(-a.mean((1, 2)))) * a / 64,
     lambda a: each(torch.sigmoid(a.mean((1, 2))) * torch.sigmoid(-a.mean((1, 2)))) * a / 64),
    ("gradients that cancel", same, lambda f, _: (ALTERNATING * f[:, 0]).sum((1, 2)),
     torch.zeros_like, lambda a: ALTERNATING * a),
    ("a code between", same, lambda f, _: torch.tanh(f.flatten(1) @ M) @ V,
     lambda a: bottleneck(a).mean((1, 2), keepdim=True) * a, lambda a: bottleneck(a) * a),
]  # fmt: skip


@pytest.mark.parametrize(
    ("encode", "judge", "grad_cam", "hires_cam"),
    [pytest.param(*case[1:], id=case[0]) for case in WORKED],
)
def test_the_map_is_the_one_worked_by_hand(encode, judge, grad_cam, hires_cam):
    x, a = cells_of()
    network = ByHand(encode, judge)
    beside = torch.zeros(3, 0)
    for method, wanted in (("grad_cam", grad_cam), ("hires_cam", hires_cam)):
        found = relevance(network, x, beside=beside, method=method)
        assert torch.allclose(found.cells, wanted(a).float(), atol=1e-6, rtol=0), method


def test_a_finer_layer_gives_a_finer_map():
    x, a = cells_of(layer=16)
    found = relevance(ByHand(same, mean), x, beside=torch.zeros(3, 0), layer=16)
    assert torch.allclose(found.cells, a / 256, atol=1e-6)


def test_what_stands_beside_the_code_scales_its_own_patch_only():
    x, a = cells_of()
    beside = torch.tensor([[1.0], [0.0], [-2.0]])
    network = ByHand(same, lambda f, given: mean(f) * given[:, 0])
    found = relevance(network, x, beside=beside)
    assert torch.allclose(found.cells, each(beside[:, 0]) * a / 64, atol=1e-6)


def test_multiplying_the_logit_multiplies_the_map():
    x, _ = cells_of()
    beside = torch.zeros(3, 0)
    plain = relevance(ByHand(same, lambda f, _: torch.tanh(mean(f))), x, beside=beside)
    tenfold = relevance(ByHand(same, lambda f, _: 10 * torch.tanh(mean(f))), x, beside=beside)
    assert torch.allclose(tenfold.cells, 10 * plain.cells, rtol=1e-6)


class Small(nn.Module):
    """Convolutions, batch norm and a head on a code, with settled statistics and frozen."""

    def __init__(self, *, pooled=False, linear=False):
        super().__init__()
        torch.manual_seed(0)
        self.stem = nn.Sequential(nn.Conv2d(1, 6, 3, 2, 1), nn.BatchNorm2d(6), nn.ReLU())
        self.body = nn.Sequential(nn.Conv2d(6, 8, 3, 2, 1), nn.BatchNorm2d(8), nn.ReLU())
        self.pooled = pooled
        self.trunk = nn.Linear(8 if pooled else 8 * 64, 5)
        self.head = nn.Identity() if linear else nn.Sequential(nn.Linear(5, 7), nn.GELU())
        self.last = nn.Linear(5 if linear else 7, 1)
        with torch.no_grad():
            for _ in range(5):
                self(torch.rand(64, 1, 32, 32))
            self.last.weight *= 200  # maps of some 0.01, far above the 1e-6 they are held to
        self.eval().requires_grad_(False)

    def features(self, x, layer):
        half = self.stem(x)
        return half if layer == 16 else self.body(half)

    def score_from_features(self, features, layer, node_features):
        quarter = self.body(features) if layer == 16 else features
        vector = quarter.mean((2, 3)) if self.pooled else quarter.flatten(1)
        return self.last(self.head(self.trunk(vector)))[:, 0]

    def forward(self, x):
        return self.score_from_features(self.features(x, 8), 8, None)


def patches_of(n, seed=1):
    return np.random.default_rng(seed).uniform(size=(n, 32, 32)).astype(np.float32)


@pytest.mark.parametrize("layer", [8, 16])
def test_five_hundred_maps_equal_captums(layer):
    from captum.attr import LayerGradCam

    network = Small()
    x = torch.from_numpy(patches_of(500))[:, None]
    ours = relevance(network, x, beside=torch.zeros(500, 0), layer=layer)
    peer = LayerGradCam(network, network.body if layer == 8 else network.stem)
    theirs = peer.attribute(x.clone().requires_grad_(), relu_attributions=True)
    assert torch.allclose(ours.cells.clamp(min=0), theirs[:, 0].detach(), atol=1e-6, rtol=0)
    assert ours.cells.clamp(min=0).amax() > 0.01


def test_with_a_pooled_head_both_methods_agree():
    network, x = Small(pooled=True), torch.from_numpy(patches_of(20))[:, None]
    beside = torch.zeros(20, 0)
    plain = relevance(network, x, beside=beside)
    fine = relevance(network, x, beside=beside, method="hires_cam")
    assert torch.allclose(plain.cells, fine.cells, atol=1e-7)


def test_with_a_linear_head_hirescam_adds_up_to_the_logit():
    network, x = Small(linear=True), torch.from_numpy(patches_of(20))[:, None]
    found = relevance(network, x, beside=torch.zeros(20, 0), method="hires_cam")
    bias = network.last(network.trunk.bias)[0]
    assert torch.allclose(found.cells.sum((1, 2)), found.score - bias, atol=1e-5)


def digest(network):
    parts = [value.numpy().tobytes() for value in network.state_dict().values()]
    return hashlib.sha256(b"".join(parts)).hexdigest()


def test_a_batch_equals_singles_and_two_calls_are_equal_to_the_bit():
    network, patches = Small(), patches_of(150)
    beside = np.zeros((150, 0), np.float32)
    together = explain(network, patches, beside=beside)
    again = explain(network, patches, beside=beside)
    for row in (0, 70, 149):
        (alone,) = explain(network, patches[row : row + 1], beside=beside[:1])
        assert np.allclose(alone.map, together[row].map, atol=1e-6, rtol=0)
    assert all(np.array_equal(a.map, b.map) for a, b in zip(together, again, strict=True))


def test_the_network_is_left_as_it_was():
    network = Small()
    network.body[0].weight.requires_grad_(True)
    before, buffers = digest(network), len(list(network.buffers()))
    with torch.inference_mode():
        explain(network, patches_of(4), beside=np.zeros((4, 0), np.float32), layer=16)
    assert digest(network) == before
    assert len(list(network.buffers())) == buffers
    assert all(weight.grad is None for weight in network.parameters())
    assert network.body[0].weight.requires_grad
    assert not network.stem[0].weight.requires_grad
    assert not network.training
    for module in network.modules():
        assert not module._forward_hooks
        assert not module._backward_hooks
        assert not module._forward_pre_hooks


def maps_from_threads(network, patches, *, threads, each):
    beside = np.zeros((1, 0), np.float32)
    found = [[] for _ in range(threads)]
    errors = []

    def work(number):
        try:
            for turn in range(each):
                row = (number * 7 + turn) % len(patches)
                (one,) = explain(network, patches[row : row + 1], beside=beside)
                found[number].append((row, one.map))
        except Exception as error:
            errors.append(error)

    workers = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return found, errors


@pytest.mark.parametrize("each", [40, pytest.param(500, marks=pytest.mark.slow)])
def test_eight_threads_on_one_network_get_the_maps_of_one(each):
    network, patches = Small(), patches_of(16)
    beside = np.zeros((1, 0), np.float32)
    alone = [explain(network, patch[None], beside=beside)[0].map for patch in patches]
    found, errors = maps_from_threads(network, patches, threads=8, each=each)
    assert not errors
    assert sum(len(one) for one in found) == 8 * each
    assert all(np.array_equal(drawn, alone[row]) for one in found for row, drawn in one)


@pytest.mark.parametrize("layer", [8, 16])
def test_an_impulse_lands_at_its_cells_centroid(layer):
    step = 32 // layer
    axis = np.arange(32)
    for i in range(1, layer - 1):
        j = layer - 1 - i
        cells = torch.zeros(1, layer, layer)
        cells[0, i, j] = 1
        drawn = upsampled(cells, (32, 32))[0].numpy()
        row = (drawn.sum(1) * axis).sum() / drawn.sum()
        column = (drawn.sum(0) * axis).sum() / drawn.sum()
        assert row == pytest.approx((i + 0.5) * step - 0.5, abs=0.01)
        assert column == pytest.approx((j + 0.5) * step - 0.5, abs=0.01)


def test_beside_each_map_stands_what_the_page_must_say():
    masks = np.zeros((3, 32, 32), bool)
    masks[:2, 8:16, 8:16] = True
    x, a = cells_of()
    given = explain(ByHand(same, mean), x[:, 0].numpy(), beside=NONE, masks=masks, rows=[4, 7, 9])
    assert [one.row for one in given] == [4, 7, 9]
    first = given[0]
    assert first.raw_max == pytest.approx(float(a[0].max()) / 64, rel=1e-6)
    assert first.area_share == pytest.approx(64 / 1024)
    inside = first.map[8:16, 8:16].sum() / first.map.sum()
    assert first.mass_inside == pytest.approx(inside, rel=1e-5)
    assert first.score == pytest.approx(float(a[0].mean()), rel=1e-5)
    assert given[2].mass_inside is None
    assert given[2].area_share is None
    for word in ("Grad-CAM", "8 x 8", "6% of the patch", "not where disease is"):
        assert word in first.in_words
    nothing = explain(
        ByHand(same, lambda f, _: -mean(f)), x[:, 0].numpy(), beside=NONE, masks=masks
    )[0]
    assert nothing.mass_inside is None
    assert "the outline covers 6% of the patch" in nothing.in_words


def test_an_empty_map_is_said_in_words_and_not_stretched():
    x, _ = cells_of()
    masks = np.ones((3, 32, 32), bool)
    for one in explain(
        ByHand(same, lambda f, _: -mean(f)), x[:, 0].numpy(), beside=NONE, masks=masks
    ):
        assert one.is_empty
        assert one.is_drawable
        assert one.raw_max == 0
        assert one.mass_inside is None
        assert (one.against > 0).all()
        assert not one.in_favour.any()
        assert "nothing in this patch speaks for the finding" in one.in_words


def test_flat_and_broken_maps_never_reach_a_colour_scale():
    x, _ = cells_of()
    flat = explain(ByHand(same, lambda f, _: 0 * mean(f)), x[:, 0].numpy(), beside=NONE)
    assert not any(one.is_drawable for one in flat)
    assert colour_limit(flat) is None
    pointed = explain(ByHand(same, mean), x[:, 0].numpy(), beside=NONE)
    full = np.percentile(np.abs([one.map for one in pointed]), 99)
    assert colour_limit(flat + pointed) == pytest.approx(full)
    with pytest.raises(MapUndefined, match="Grad-CAM: the map of 3 of the patches is not finite"):
        explain(ByHand(same, lambda f, _: mean(f) / 0), x[:, 0].numpy(), beside=NONE)


def test_one_loud_pixel_does_not_pale_the_rest_of_a_map():
    x, _ = cells_of()
    (one, *_) = explain(ByHand(same, mean), x[:, 0].numpy(), beside=NONE)
    loud = one.map.copy()
    loud[0, 0] = 1000 * np.abs(one.map).max()
    assert colour_limit((replace(one, map=loud),)) < 2 * colour_limit((one,))
    alone = np.zeros_like(loud)
    alone[0, 0] = 5
    assert colour_limit((replace(one, map=alone),)) == 5


def test_mass_inside_is_undefined_for_an_empty_mask():
    drawn = np.ones((4, 4), np.float32)
    assert mass_inside(drawn, np.zeros((4, 4), bool)) is None
    assert mass_inside(-drawn, np.ones((4, 4), bool)) is None
    assert mass_inside(drawn, np.eye(4, dtype=bool)) == 0.25


def test_lengths_that_differ_are_refused():
    with pytest.raises(ValueError, match="2 rows"):
        explain(ByHand(same, mean), patches_of(3), beside=NONE, rows=[0, 1])
