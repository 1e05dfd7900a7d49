import pytest
import torch

from core.networks.outline import USUAL_ELONGATION, USUAL_PX, measures, outline_error
from core.networks.vae import build_vae
from core.settings import VaeSettings
from tests.test_moments import ellipse

SURE = 12.0


def logits_of(mask):
    return (2 * SURE * mask - SURE).float()


@pytest.mark.parametrize("turned_deg", [0.0, 35.0, 90.0])
def test_what_is_measured_on_a_sure_outline_is_what_the_mask_measures(turned_deg):
    mask = ellipse(24, 23, 9, 15, turned_deg)
    short, long, elongation, diameter, complexity = measures(logits_of(mask))[0].tolist()
    assert USUAL_PX * (1 + short) == pytest.approx(9, abs=0.3)
    assert USUAL_PX * (1 + long) == pytest.approx(15, abs=0.4)
    assert USUAL_ELONGATION + elongation == pytest.approx(15 / 9, abs=0.08)
    assert USUAL_PX * (1 + diameter) == pytest.approx((9 * 15) ** 0.5, abs=0.3)
    assert abs(complexity) < 0.6  # stairs of pixels count, alike for all


def test_an_outline_equal_to_the_mask_costs_nothing_and_a_wrong_one_does():
    mask = ellipse(24, 24, 10, 14, 20.0).float()
    right = outline_error(logits_of(mask), mask)
    beside = outline_error(logits_of(mask.roll(8, dims=3)), mask)
    nothing = outline_error(logits_of(torch.zeros_like(mask)), mask)
    assert right < 0.01
    assert beside > 0.5
    assert nothing > 0.9


def test_a_patch_without_a_mask_teaches_no_outline():
    mask = ellipse(24, 24, 10, 14, 20.0).float()
    none = torch.zeros_like(mask)
    wild = logits_of(mask.roll(5, dims=2)).requires_grad_()
    outline_error(torch.cat((logits_of(mask), wild)), torch.cat((mask, none))).backward()
    assert wild.grad.abs().max() == 0
    assert outline_error(wild, none) == 0


def test_a_network_that_names_no_attribute_draws_no_outline():
    x = torch.rand(2, 1, 32, 32)
    named = build_vae(VaeSettings(latent=8, width=4), size_px=32).eval()
    unnamed = build_vae(VaeSettings(latent=8, width=4, attributes=()), size_px=32).eval()
    assert named.encode(x).outline.shape == x.shape
    assert unnamed.encode(x).outline is None


def test_the_outline_moves_the_named_dimensions_and_no_other():
    vae = build_vae(VaeSettings(latent=8, width=4), size_px=32).eval()
    x = torch.rand(2, 1, 32, 32)
    with torch.no_grad():
        before = vae.encode(x).mean
        for parameter in vae.outline.read.parameters():
            parameter.add_(0.3)
        after = vae.encode(x).mean
    assert (after - before)[:, :5].abs().min() > 0
    assert torch.equal(after[:, 5:], before[:, 5:])
