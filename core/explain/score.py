"""A question as something that can be differentiated: from a patch, or from its features.

Every score is a function of the posterior mean, so a network is cut once (`features`, then
`moments`) and each question only says what is read off the code.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import torch
from torch import Tensor

from core.explain.explanation import Layer
from core.networks.bag import Bag
from core.networks.network import Network
from core.networks.parts import calibrated
from core.networks.posterior import Posterior

ReadOff: TypeAlias = Callable[[Tensor, Tensor], Tensor]
"""From codes (patch, latent), and what must be known of each patch, to its score (patch)."""


class Encoder(Protocol):
    """The part of a network that makes codes, cut in two."""

    def features(self, x: Tensor, layer: Layer) -> Tensor:
        """Features (patch, channel, cell, cell) of patches (patch, 1, height, width)."""

    def moments(self, features: Tensor, layer: Layer) -> Posterior:
        """The posterior that such features give."""


@dataclass(frozen=True, eq=False)
class Asked:
    """A network with one question put to it.

    Attributes:
        encoder: Makes codes.
        read_off: What is asked of a code.
    """

    encoder: Encoder
    read_off: ReadOff

    def features(self, x: Tensor, layer: Layer) -> Tensor:
        """See `Encoder.features`."""
        return self.encoder.features(x, layer)

    def score_from_features(self, features: Tensor, layer: Layer, beside: Tensor) -> Tensor:
        """Each patch's score from its features; `beside` is what `read_off` needs of each."""
        return self.read_off(self.encoder.moments(features, layer).mean, beside)

    def __call__(self, x: Tensor, beside: Tensor) -> Tensor:
        """Each patch's score, (patch)."""
        return self.score_from_features(self.encoder.features(x, 8), 8, beside)


def along(vector: Tensor, *, per_length: float = 1.0, zero: float = 0.0) -> ReadOff:
    """The code's place along a unit vector (latent); nothing need be known beside it."""
    return lambda codes, _: zero + per_length * (codes @ vector)


def near(centre: Tensor) -> ReadOff:
    """Minus the distance to a centre given in the code's first dimensions."""

    def nearness(codes: Tensor, _: Tensor) -> Tensor:
        apart = codes[:, : len(centre)] - centre
        # at the centre itself the distance has no gradient; a hair's breadth away it has
        return -(apart.square().sum(1) + 1e-12).sqrt()

    return nearness


def patient_logit(network: Network, rows: Bag, *, slope: float, intercept: float) -> ReadOff:
    """The patient's calibrated logit as a function of one row's code.

    Args:
        network: Pools rows.
        rows: The patient, a bag of one.
        slope: Of the calibration.
        intercept: Of the calibration.

    Returns:
        A function whose `beside` is (patch, 1): which of the rows each patch is.
    """

    def logit(codes: Tensor, beside: Tensor) -> Tensor:
        many, place = len(codes), beside[:, 0].long()
        standing = rows.codes.expand(many, -1, -1)
        here = torch.arange(standing.shape[1], device=codes.device) == place[:, None]
        replaced = torch.where(here[..., None], codes[:, None], standing)
        bag = Bag(
            replaced,
            rows.features.expand(many, -1, -1),
            rows.there.expand(many, -1),
            rows.clinical.expand(many, -1),
        )
        score = network.terms(bag).score
        return calibrated(score, network.scale, slope=slope, intercept=intercept).float()

    return logit
