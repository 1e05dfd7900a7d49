"""What the encoder believes about a patch: q(z | x) = N(mean, std²), independent by dimension.

The prior is N(0, 1) in every dimension, so the divergence has the closed form of Kingma and
Welling (2014, appendix B): KL = (mean² + std² - 1 - log std²) / 2, in nats.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

LOG_VARIANCE = (-10.0, 4.0)  # std 0.007 to 7.4: beyond lies only overflow


@dataclass(frozen=True)
class Posterior:
    """A normal distribution for each patch's code.

    Attributes:
        mean: Posterior means, (patch, latent).
        log_variance: Logarithms of the posterior variances, (patch, latent).
        outline: Where the encoder believes the lesion lies, logits (patch, 1, height, width);
            None for an encoder that does not say.
    """

    mean: Tensor
    log_variance: Tensor
    outline: Tensor | None = None

    @classmethod
    def of(cls, mean: Tensor, log_variance: Tensor, outline: Tensor | None = None) -> "Posterior":
        """A posterior from raw network outputs; the log-variance is kept where exp is safe."""
        return cls(mean.float(), log_variance.float().clamp(*LOG_VARIANCE), outline)

    @property
    def std(self) -> Tensor:
        """Posterior standard deviations, (patch, latent)."""
        return torch.exp(0.5 * self.log_variance)

    def kl(self) -> Tensor:
        """Divergence from the prior in nats, (patch, latent); a patch's is the sum."""
        return 0.5 * (self.mean.square() + self.log_variance.exp() - 1 - self.log_variance)

    def draw(self, noise: Tensor) -> Tensor:
        """A code for each patch by the reparameterisation trick; noise is standard normal."""
        return self.mean + self.std * noise
