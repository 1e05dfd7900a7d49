"""Network: everything that has weights, from a patch to a patient's score.

The autoencoder reads patches; a few heads, trained from different seeds and averaged, read its
posterior means. Between them stands a fixed linear view of the code, fitted on training rows:
the named dimensions and the leading components of the rest, standardised. What is averaged is
the logit, so the average comes apart into terms as each head does.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.networks.bag import Bag
from core.networks.head import Scale, Terms, build_head
from core.networks.posterior import Posterior
from core.networks.vae import Layer, build_vae
from core.settings import HeadSettings, Settings

LEAST_SPREAD = 0.1  # the prior's standard deviation is 1


@dataclass(frozen=True)
class View:
    """What the heads see of a code: `(code - centre) @ axes`, each axis of unit variance.

    Attributes:
        centre: Mean training code, (latent).
        axes: (latent, input).
    """

    centre: Tensor
    axes: Tensor


class Network(nn.Module):
    """The autoencoder and its heads; weights are in `state_dict`, layers come from the settings.

    Attributes:
        vae: The autoencoder.
        heads: Heads that are averaged.
        scale: What a patient's score is: a logit, or a probability (the paper's head).
        typical: The average training patient's score from nodes, (); a patient without rows
            is taken for average.
    """

    centre: Tensor
    axes: Tensor
    typical: Tensor

    def __init__(self, settings: Settings, *, features: int) -> None:
        super().__init__()
        self.vae = build_vae(settings.vae, size_px=settings.patch.size_px)
        inputs = view_width(settings)
        self.node_features = features
        self.measured = settings.reads_measures
        self.distance = settings.head.distance
        self.heads = nn.ModuleList(
            build_head(
                settings.head,
                inputs=inputs + self.distance,
                features=features,
                slots=settings.patch.patches_per_patient,
            )
            for _ in range(members(settings.head))
        )
        self.scale: Scale = self.heads[0].scale  # type: ignore[assignment]  # ModuleList: Module
        self.register_buffer("centre", torch.zeros(settings.vae.latent))
        self.register_buffer("axes", torch.eye(settings.vae.latent)[:, :inputs].contiguous())
        self.register_buffer("typical", torch.zeros(()))

    def features(self, x: Tensor, layer: Layer = 8) -> Tensor:
        """The encoder's features in space, see `Vae.features`."""
        return self.vae.features(x, layer)

    def moments(self, features: Tensor, layer: Layer = 8) -> Posterior:
        """The posterior from such features."""
        return self.vae.moments(features, layer)

    def node_logit_from_features(
        self, features: Tensor, layer: Layer = 8, node_features: Tensor | None = None
    ) -> Tensor:
        """Each row's logit from the posterior mean, (row); differentiable in `features`.

        Args:
            features: From `features`, of the same layer.
            layer: 8 or 16.
            node_features: Standardised node features, (row, feature); None takes the mean.
        """
        mean = self.moments(features, layer).mean
        if node_features is None:
            node_features = mean.new_zeros(len(mean), self.node_features)
        return self.node_logit(mean, node_features)

    def seen(self, codes: Tensor) -> Tensor:
        """The heads' view of codes: (..., latent) to (..., input)."""
        return (codes - self.centre) @ self.axes

    def corrected(self, codes: Tensor, node_features: Tensor) -> Tensor:
        """Codes (..., latent) with what the mask says in their named dimensions.

        They stay as they are unless the head reads measures, see `core.training.beside`.
        """
        if not self.measured:
            return codes
        exceeds = node_features[..., : node_features.shape[-1] - self.distance]
        return codes + F.pad(exceeds, (0, codes.shape[-1] - exceeds.shape[-1]))

    def inputs(self, codes: Tensor, node_features: Tensor) -> Tensor:
        """All that the heads see of rows, (..., input): the view of the corrected codes, and last
        the standardised distance to the tumour where the head weighs lesions by it."""
        seen = self.seen(self.corrected(codes, node_features))
        return torch.cat((seen, node_features[..., -1:]), dim=-1) if self.distance else seen

    def node_logit(self, codes: Tensor, node_features: Tensor) -> Tensor:
        """Each row's logit, (row), from codes (row, latent) and standardised features."""
        seen = self.inputs(codes, node_features)
        logits = [head.node_logit(seen, node_features) for head in self.heads]  # type: ignore[operator]  # ModuleList: Module
        return torch.stack(logits).mean(0)

    def lone_score(self, node_logits: Tensor) -> Tensor:
        """The score that an average patient with this row alone would have, (row)."""
        if self.scale == "probability":
            return torch.sigmoid(node_logits)
        return node_logits + torch.stack([head.base for head in self.heads]).mean()  # type: ignore[misc]  # ModuleList: Module

    def terms(self, bag: Bag) -> Terms:
        """Each patient's score taken apart; `bag.codes` are raw codes, `typical` is in the base."""
        seen = Bag(self.inputs(bag.codes, bag.features), bag.features, bag.there, bag.clinical)
        each = [head(seen) for head in self.heads]
        nodes = torch.stack([terms.nodes for terms in each]).mean(0) - self.typical
        return Terms(
            torch.stack([terms.base for terms in each]).mean(0) + self.typical,
            torch.where(bag.there.any(1), nodes, torch.zeros_like(nodes)),
            torch.stack([terms.clinical for terms in each]).mean(0),
        )


def members(settings: HeadSettings) -> int:
    """How many heads are averaged; the paper has one, and the logistic one leaves no chance."""
    return 1 if settings.kind in ("paper", "logistic") else settings.members


def view_width(settings: Settings) -> int:
    """How many numbers of a code the heads see."""
    latent, named = settings.vae.latent, len(settings.vae.attributes)
    if settings.head.kind == "paper" or settings.head.components == 0:
        return latent
    return min(latent, named + settings.head.components)


def fit_view(codes: Tensor, *, settings: Settings) -> View:
    """The heads' view from training codes (row, latent), in float64 and without chance.

    The named dimensions stay as they are; the others give their leading principal components.
    The paper's head sees every dimension.
    """
    codes = codes.double()
    width, named = view_width(settings), len(settings.vae.attributes)
    latent = codes.shape[1]
    axes = torch.eye(latent, dtype=torch.float64, device=codes.device)
    centre = codes.mean(0)
    if width < latent:
        rest = (codes - centre)[:, named:]
        _, directions = torch.linalg.eigh(rest.T @ rest)
        leading = directions.flip(1)[:, : width - named]
        largest = leading.abs().argmax(0)
        leading = leading * leading[largest, torch.arange(leading.shape[1])].sign()
        axes = axes[:, :width].clone()
        axes[named:, named:] = leading
    # an unused dimension hardly varies; what it does is noise and is not to be blown up
    spread = ((codes - centre) @ axes).std(0, correction=0).clamp(min=LEAST_SPREAD)
    return View(centre.float(), (axes / spread).float())
