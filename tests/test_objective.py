import math

import numpy as np
import pytest
import torch

from core.evaluation import reconstruction
from core.networks.objective import (
    active_units,
    attribute_error,
    kl_weight,
    objective,
    pixel_weights,
    ssim,
)
from core.networks.posterior import Posterior
from core.settings import ObjectiveSettings


def chance():
    return torch.Generator().manual_seed(5)


def test_ssim_of_a_picture_with_itself_is_one():
    x = torch.rand(3, 1, 32, 32, generator=chance())
    assert torch.allclose(ssim(x, x, window_px=5), torch.ones(3), atol=1e-5)


def test_ssim_ranks_as_the_figures_do():
    x = torch.rand(6, 1, 32, 32, generator=chance())
    y = (x + torch.linspace(0.02, 0.4, 6)[:, None, None, None] * torch.randn(x.shape)).clamp(0, 1)
    ours = ssim(x, y, window_px=11).numpy()
    theirs = reconstruction.ssim(x[:, 0].numpy(), y[:, 0].numpy(), window_px=11)
    assert (np.argsort(ours) == np.argsort(theirs)).all()
    assert np.abs(ours - theirs).max() < 0.05


def test_a_perfect_picture_at_the_prior_costs_nothing():
    x = torch.rand(4, 1, 16, 16, generator=chance())
    at_prior = Posterior.of(torch.zeros(4, 3), torch.zeros(4, 3))
    loss = objective(
        x,
        x,
        at_prior,
        masks=torch.zeros_like(x),
        attributes=torch.zeros(4, 2),
        kl_weight=1.0,
        settings=ObjectiveSettings(),
    )
    assert loss.total.abs() < 1e-2


def test_the_total_is_the_weighted_sum_of_its_parts():
    settings = ObjectiveSettings(l1=2, ssim=3, kl=5, attribute=7, outline=11, node_weight=1)
    x, y, outline = torch.rand(3, 4, 1, 16, 16, generator=chance())
    q = Posterior.of(torch.randn(4, 3, generator=chance()), torch.zeros(4, 3), outline)
    loss = objective(
        x,
        y,
        q,
        masks=(x > 0.9).float(),
        attributes=torch.ones(4, 2),
        kl_weight=0.5,
        settings=settings,
    )
    parts = 2 * loss.l1 + 3 * (1 - loss.ssim) + 5 * 0.5 * loss.kl + 7 * loss.attribute
    parts = parts + 11 * loss.outline
    assert loss.outline > 0
    assert torch.allclose(loss.total, parts)
    assert torch.allclose(loss.kl, loss.kl_by_dimension.sum())
    assert torch.allclose(loss.l1, (x - y).abs().mean())


def test_an_attribute_that_is_not_known_counts_nothing_and_gives_no_gradient():
    mean = torch.randn(4, 3, generator=chance()).requires_grad_()
    attributes = torch.tensor([[1.0, math.nan]] * 4)
    attributes[0, 0] = math.nan
    error = attribute_error(mean, attributes)
    assert torch.allclose(error, (mean[1:, 0] - 1).square().mean())
    error.backward()
    assert torch.isfinite(mean.grad).all()
    assert mean.grad[0, 0] == 0
    assert mean.grad[:, 1].abs().max() == 0


def test_without_any_attribute_the_regression_is_zero():
    mean = torch.randn(4, 3, generator=chance())
    assert attribute_error(mean, torch.zeros(4, 0)) == 0
    assert attribute_error(mean, torch.full((4, 2), math.nan)) == 0


def test_the_lesion_and_its_rim_count_more_and_nothing_else():
    mask = torch.zeros(1, 1, 16, 16)
    mask[0, 0, 8, 8] = 1
    weights = pixel_weights(mask, node_weight=3.0)[0, 0]
    assert (weights[6:11, 6:11] == 3).all()
    assert weights.sum() == 16 * 16 + 2 * 25


@pytest.mark.parametrize(
    ("schedule", "epoch", "wanted"),
    [
        ("paper", 0, 0.25),
        ("paper", 200, 1.25 - math.exp(-5)),
        ("constant", 0, 1.0),
        ("warmup", 0, 0.1),
        ("warmup", 9, 1.0),
        ("warmup", 49, 1.0),
    ],
)
def test_the_weight_of_kl_follows_its_schedule(schedule, epoch, wanted):
    assert kl_weight(epoch, 50, schedule) == pytest.approx(wanted)


def test_a_dimension_is_active_where_its_mean_varies():
    means = torch.zeros(100, 3)
    means[:, 0] = torch.linspace(-1, 1, 100)
    means[:, 1] = torch.linspace(-0.1, 0.1, 100)
    assert active_units(means) == 1
