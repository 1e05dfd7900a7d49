"""Explanations of the program's own networks, and through `Model.explain`."""

import threading

import numpy as np
import pytest
import torch

from core.explain.grad_cam import relevance
from core.explain.score import Asked


@pytest.fixture(params=["compact", "paper"])
def network(request):
    from core.networks.network import Network
    from core.settings import Settings

    torch.manual_seed(0)
    vae = {"architecture": request.param, "latent": 12, "width": 8}
    built = Network(Settings.model_validate({"vae": vae, "head": {"kind": "additive"}}), features=5)
    with torch.no_grad():
        for _ in range(5):
            built.vae.encode(torch.rand(32, 1, 32, 32))  # settles the batch norms
    return built.eval().requires_grad_(False)


@pytest.mark.parametrize("layer", [8, 16])
def test_maps_of_our_networks_equal_captums(network, layer):
    from captum.attr import LayerGradCam

    x, beside = torch.rand(24, 1, 32, 32), torch.randn(24, 5)
    ours = relevance(Asked(network, network.node_logit), x, beside=beside, layer=layer)

    def whole(x):
        return network.node_logit(network.vae.encode(x).mean, beside)

    at = network.vae.body if layer == 8 else network.vae.stem
    theirs = LayerGradCam(whole, at).attribute(x.requires_grad_(), relu_attributions=True)
    top = float(theirs.detach().max())
    assert top > 0
    assert ours.cells.shape[1:] == (layer, layer)
    assert torch.allclose(ours.cells.clamp(min=0) / top, theirs[:, 0].detach() / top, atol=1e-5)


@pytest.mark.parametrize("layer", [8, 16])
def test_five_hundred_maps_of_the_shipped_run_equal_captums(layer):
    from captum.attr import LayerGradCam

    from core.model import Model
    from core.run import SHIPPED, Run
    from core.training.beside import beside_in

    run = Run.open(SHIPPED)
    model, rows = Model.open(run, device="cpu"), np.arange(500)
    trained = model.network
    x = torch.from_numpy(np.array(run.patches[rows]))[:, None]
    beside = torch.from_numpy(model.kit.of_nodes(beside_in(run, rows), len(rows)))
    ours = relevance(Asked(trained, trained.node_logit), x, beside=beside, layer=layer)

    def whole(x):
        return trained.node_logit(trained.vae.encode(x).mean, beside)

    at = trained.vae.body if layer == 8 else trained.vae.stem
    theirs = LayerGradCam(whole, at).attribute(x.requires_grad_(), relu_attributions=True)
    assert float(theirs.detach().max()) > 1e-3
    assert torch.allclose(ours.cells.clamp(min=0), theirs[:, 0].detach(), atol=1e-6, rtol=0)


def test_smooth_grad_of_our_networks_equals_captums_with_the_same_noise(network, monkeypatch):
    from captum.attr import NoiseTunnel, Saliency

    from core.explain import pixels
    from core.explain.infill import blurred

    x, beside = torch.rand(1, 1, 32, 32), torch.randn(1, 5)
    asked = Asked(network, network.node_logit)
    ours = pixels.pixel_relevance(asked, x, beside=beside, method="smooth_grad", seed=3)
    chance = torch.Generator().manual_seed(3)
    noise = pixels.NOISE_SD * torch.randn((pixels.NOISY_COPIES, 1, 32, 32), generator=chance)
    drawn = []

    def normal(mean, std):
        drawn.append(std)
        return noise.reshape(std.shape)

    monkeypatch.setattr(torch, "normal", normal)
    slope = NoiseTunnel(Saliency(lambda some: asked(some, beside.repeat(len(some), 1)))).attribute(
        x.requires_grad_(),
        nt_type="smoothgrad",
        nt_samples=pixels.NOISY_COPIES,
        stdevs=pixels.NOISE_SD,
        abs=False,
    )
    assert len(drawn) == 1  # captum did take our noise
    assert float(drawn[0].unique()) == pytest.approx(pixels.NOISE_SD)
    detail = x.detach() - torch.from_numpy(blurred(x[0, 0].detach().numpy()))
    theirs = (slope.detach() * detail)[0, 0]
    top = float(theirs.abs().max())
    assert top > 0
    assert torch.allclose(ours.cells[0] / top, theirs / top, atol=1e-5)


def test_methods_on_pixels_leave_the_network_as_it_was(network):
    from core.explain.explanation import PIXEL_METHODS
    from core.explain.pixels import pixel_relevance

    def state():
        hooks = [
            (len(part._forward_hooks), len(part._forward_pre_hooks), len(part._backward_hooks))
            for part in network.modules()
        ]
        flags = [(one.requires_grad, one.grad is None) for one in network.parameters()]
        return hooks, flags, [part.training for part in network.modules()]

    before, weights = state(), {name: one.clone() for name, one in network.state_dict().items()}
    x, beside = torch.rand(3, 1, 32, 32), torch.randn(3, 5)
    for method in PIXEL_METHODS:
        pixel_relevance(Asked(network, network.node_logit), x, beside=beside, method=method)
        assert state() == before, method
        assert not x.requires_grad
        for name, one in network.state_dict().items():
            assert torch.equal(one, weights[name]), (method, name)


def test_the_model_explains_the_logit_it_serves(tiny_run):
    from core.model import Model

    model = Model.open(tiny_run, device="cpu")
    rows = np.flatnonzero((tiny_run.rows["split"] == "test").to_numpy())
    patches, masks = np.array(tiny_run.patches[rows]), np.array(tiny_run.masks[rows])
    given = model.explain(patches, masks=masks, rows=[int(row) for row in rows])
    logits = model.node_logit(model.encode(patches))
    assert [one.row for one in given] == rows.tolist()
    assert [one.score for one in given] == pytest.approx(logits.tolist(), abs=1e-5)
    for one, mask in zip(given, masks, strict=True):
        assert one.area_share == pytest.approx(mask.mean())
        assert one.is_empty == (one.mass_inside is None)


def test_threads_share_a_model_and_get_the_same_maps(tiny_run):
    from core.model import Model

    model = Model.open(tiny_run, device="cpu")
    patches = np.array(tiny_run.patches[:6])
    wanted = [one.map for one in model.explain(patches)]
    wrong = []

    def work():
        for _ in range(10):
            found = [one.map for one in model.explain(patches)]
            wrong.extend(not np.array_equal(a, b) for a, b in zip(found, wanted, strict=True))

    workers = [threading.Thread(target=work) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(wrong) == 8 * 10 * 6
    assert not any(wrong)


def test_a_lesion_is_called_at_the_same_place_by_its_logit_and_by_its_score(tiny_run):
    from core.model import Model

    model = Model.open(tiny_run, device="cpu")
    by_logit = model.node_logit(tiny_run.codes) >= model.node_logit_threshold
    by_score = model.node_score(tiny_run.codes) >= model.node_threshold
    assert np.array_equal(by_logit, by_score)
