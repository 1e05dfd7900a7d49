import pytest
import torch
from torch.distributions import Normal, kl_divergence

from core.networks.posterior import Posterior


@pytest.fixture
def posterior():
    chance = torch.Generator().manual_seed(4)
    mean = torch.randn(7, 5, generator=chance)
    return Posterior.of(mean, torch.randn(7, 5, generator=chance))


def test_kl_equals_that_of_torch_distributions(posterior):
    wanted = kl_divergence(Normal(posterior.mean, posterior.std), Normal(0.0, 1.0))
    assert torch.allclose(posterior.kl(), wanted, atol=1e-5)


def test_kl_is_zero_only_at_the_prior(posterior):
    prior = Posterior.of(torch.zeros(1, 3), torch.zeros(1, 3))
    assert prior.kl().abs().max() == 0
    assert (posterior.kl() > 0).all()


def test_draws_have_the_mean_and_spread_that_were_believed(posterior):
    noise = torch.randn(20_000, 1, 1, generator=torch.Generator().manual_seed(1))
    drawn = posterior.draw(noise.expand(-1, 7, 5))
    assert torch.allclose(drawn.mean(0), posterior.mean, atol=0.12)
    assert torch.allclose(drawn.std(0) / posterior.std, torch.ones(7, 5), atol=0.03)


def test_a_wild_log_variance_stays_finite():
    wild = Posterior.of(torch.zeros(1, 2), torch.tensor([[1e9, -1e9]]))
    assert torch.isfinite(wild.kl()).all()
    assert (wild.std > 0).all()
