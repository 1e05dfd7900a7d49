import pytest
import torch

from core.networks.outline import outline_error
from core.networks.vae import build_vae
from core.settings import VaeSettings

KINDS = ("compact", "paper")


def small(architecture, size_px=32):
    torch.manual_seed(3)
    settings = VaeSettings(architecture=architecture, latent=8, width=4)
    return build_vae(settings, size_px=size_px)


def pictures(count=4, size_px=32):
    return torch.rand(count, 1, size_px, size_px, generator=torch.Generator().manual_seed(2))


@pytest.mark.parametrize("architecture", KINDS)
def test_gradients_reach_every_parameter(architecture):
    vae = small(architecture)
    x = pictures()
    q = vae.encode(x)
    loss = (vae.decode(q.draw(torch.randn(4, 8))) - x).square().mean() + q.kl().mean()
    if q.outline is not None:
        loss = loss + outline_error(q.outline, (x > 0.7).float())
    loss.backward()
    for name, parameter in vae.named_parameters():
        assert parameter.grad is not None, name
        # a shift before batch normalisation is taken back by it, so its gradient is rounding
        before_norm = name.endswith("0.bias") and architecture == "paper"
        assert before_norm or parameter.grad.abs().max() > 0, name


def test_the_papers_network_has_the_papers_number_of_weights():
    vae = build_vae(VaeSettings(architecture="paper", latent=400, width=20), size_px=32)
    count = sum(parameter.numel() for parameter in vae.parameters())
    assert round(count / 1e6, 2) == 3.83


def test_the_compact_network_has_about_1_3_million_weights():
    vae = build_vae(VaeSettings(latent=64, width=24), size_px=32)
    assert 1.2e6 < sum(parameter.numel() for parameter in vae.parameters()) < 1.4e6


@pytest.mark.parametrize("architecture", KINDS)
@pytest.mark.parametrize("size_px", [16, 32, 48])
def test_shapes_follow_the_patch(architecture, size_px):
    vae = small(architecture, size_px).eval()
    x = pictures(3, size_px)
    assert vae.features(x, 8).shape[2:] == (size_px // 4, size_px // 4)
    assert vae.features(x, 16).shape[2:] == (size_px // 2, size_px // 2)
    q = vae.encode(x)
    assert q.mean.shape == q.log_variance.shape == (3, 8)
    assert vae.decode(q.mean).shape == x.shape


@pytest.mark.parametrize("architecture", KINDS)
def test_both_layers_lead_to_the_same_posterior(architecture):
    vae = small(architecture).eval()
    x = pictures()
    for layer in (8, 16):
        assert torch.equal(vae.moments(vae.features(x, layer), layer).mean, vae.encode(x).mean)


@pytest.mark.parametrize("architecture", KINDS)
def test_pictures_lie_in_zero_to_one_however_far_the_code(architecture):
    drawn = small(architecture).eval().decode(100 * torch.randn(5, 8))
    assert drawn.min() >= 0
    assert drawn.max() <= 1


@pytest.mark.parametrize("architecture", KINDS)
def test_once_trained_a_patch_does_not_see_its_batch_mates(architecture):
    vae = small(architecture).eval()
    x = pictures(6)
    alone = torch.cat([vae.encode(one[None]).mean for one in x])
    assert torch.allclose(vae.encode(x).mean, alone, atol=1e-5)


def test_a_side_that_cannot_be_halved_three_times_is_refused():
    with pytest.raises(ValueError, match="multiple of 8"):
        build_vae(VaeSettings(), size_px=20)
