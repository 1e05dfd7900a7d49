"""The variational autoencoder: a patch becomes a code, a code becomes a patch.

Training maximises the evidence lower bound: a reconstruction term minus KL(q(z | x) | N(0, 1))
(Kingma and Welling 2014); `core.networks.objective` holds the terms. The encoder is cut in two
(`features`, then `moments`), so that a heat map can be taken at a spatial layer without hooks.

Batch normalisation, not group normalisation: once trained it is one multiplication a channel,
so an answer depends on nothing outside a cell's own receptive field (a heat map stays local),
not on batch mates, and it is the cheaper one on a CPU.
"""

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.networks.outline import Outline
from core.networks.posterior import Posterior
from core.settings import VaeSettings

Layer = Literal[8, 16]
"""Side of a feature map, for 32 px patches: 8 is a quarter of the patch, 16 a half."""


class Vae(nn.Module):
    """Encoder and decoder; subclasses give the layers, none overrides a method.

    Attributes:
        stem: Patch to features at half the resolution (layer 16).
        body: Those to features at a quarter of it (layer 8).
        trunk: Those to a vector or 1 x 1 map that the two heads read.
        to_mean: Trunk to posterior means.
        to_log_variance: Trunk to log-variances.
        decoder: Code to the logits of a patch.
        outline: Draws the lesion from layer 8 and reads the named dimensions off the drawing;
            None where nothing is named.
    """

    def __init__(
        self,
        stem: nn.Module,
        body: nn.Module,
        trunk: nn.Module,
        to_mean: nn.Module,
        to_log_variance: nn.Module,
        decoder: nn.Module,
        outline: Outline | None = None,
    ) -> None:
        super().__init__()
        self.stem, self.body, self.trunk = stem, body, trunk
        self.to_mean, self.to_log_variance, self.decoder = to_mean, to_log_variance, decoder
        self.outline = outline

    def features(self, x: Tensor, layer: Layer = 8) -> Tensor:
        """What the encoder sees, still in space: (patch, channel, 8, 8) or (.., 16, 16) of 32 px.

        Args:
            x: Patches in [0, 1], (patch, 1, height, width).
            layer: 8 for a quarter of the resolution, 16 for half of it.
        """
        half: Tensor = self.stem(x)
        if layer == 16:
            return half
        quarter: Tensor = self.body(half)
        return quarter

    def moments(self, features: Tensor, layer: Layer = 8) -> Posterior:
        """The posterior from `features` of the same layer."""
        quarter = self.body(features) if layer == 16 else features
        trunk = self.trunk(quarter)
        mean, log_variance = self.to_mean(trunk).flatten(1), self.to_log_variance(trunk).flatten(1)
        if self.outline is None:
            return Posterior.of(mean, log_variance)
        drawn, said = self.outline(quarter)
        beside = F.pad(said, (0, mean.shape[1] - said.shape[1]))
        return Posterior.of(mean.float() + beside, log_variance, drawn)

    def encode(self, x: Tensor) -> Posterior:
        """The posterior of patches (patch, 1, height, width) in [0, 1]."""
        return self.moments(self.features(x))

    def decode(self, z: Tensor) -> Tensor:
        """Pictures in [0, 1], (patch, 1, height, width), from codes (patch, latent)."""
        logits: Tensor = self.decoder(z)
        return torch.sigmoid(logits.float())


class Upsample(nn.Module):
    """Twice the size by repeating pixels: no checkerboard, and its gradient is a plain sum."""

    def forward(self, x: Tensor) -> Tensor:
        """(patch, channel, h, w) to (patch, channel, 2h, 2w)."""
        return F.interpolate(x, scale_factor=2.0, mode="nearest")


def build_vae(settings: VaeSettings, *, size_px: int) -> Vae:
    """The network that the settings ask for, with fresh weights from torch's global seed.

    Args:
        settings: Architecture, width and length of the code.
        size_px: Side of a patch in pixels, a multiple of 8.
    """
    if size_px % 8:
        raise ValueError(f"size_px must be a multiple of 8, not {size_px}")
    if settings.architecture == "paper":
        return paper_vae(settings.latent, width=settings.width, size_px=size_px)
    named = len(settings.attributes) if settings.outline else 0
    return compact_vae(settings.latent, width=settings.width, size_px=size_px, named=named)


def compact_vae(latent: int, *, width: int, size_px: int, named: int = 0) -> Vae:
    """Four resolutions (32, 16, 8, 4 for 32 px) of 3 x 3 convolutions; 1.3 M weights at width 24.

    Channels are cut before a map is enlarged, where a convolution costs a quarter; the wide part
    sits at the smallest map, where weights are cheap.
    """
    w, side = width, size_px // 8
    wide = 8 * w
    return Vae(
        stem=nn.Sequential(_conv(1, w), _conv(w, 2 * w, stride=2), _conv(2 * w, 2 * w)),
        body=nn.Sequential(_conv(2 * w, 4 * w, stride=2), _conv(4 * w, 4 * w)),
        trunk=nn.Sequential(_conv(4 * w, wide, stride=2), nn.Flatten()),
        to_mean=nn.Linear(wide * side**2, latent),
        to_log_variance=nn.Linear(wide * side**2, latent),
        decoder=nn.Sequential(
            nn.Linear(latent, wide * side**2),
            nn.Unflatten(1, (wide, side, side)),
            nn.ReLU(),
            _conv(wide, 4 * w),
            Upsample(),
            _conv(4 * w, 4 * w),
            _conv(4 * w, 2 * w),
            Upsample(),
            _conv(2 * w, 2 * w),
            _conv(2 * w, w),
            Upsample(),
            _conv(w, w // 2),
            nn.Conv2d(w // 2, 1, 3, padding=1),
        ),
        outline=Outline(_outliner(w), channels=4 * w, named=named) if named else None,
    )


def _outliner(w: int) -> nn.Module:
    return nn.Sequential(
        _conv(4 * w, 2 * w),
        Upsample(),
        _conv(2 * w, w),
        Upsample(),
        _conv(w, w),
        nn.Conv2d(w, 1, 3, padding=1),
    )


def paper_vae(latent: int, *, width: int, size_px: int) -> Vae:
    """The paper's layers (PAPER.md section 4): 3.83 M weights at width 20, latent 400, 32 px.

    "Upsample and convolve" is a transposed 4 x 4 convolution of stride 2: with it the published
    number of weights comes out, with 3 x 3 kernels it does not (3.82 M).
    """
    w, side = width, size_px // 4
    return Vae(
        stem=nn.Sequential(
            _conv(1, w, nn.GELU),
            _conv(w, w, nn.GELU),
            _conv(w, 2 * w, nn.GELU, stride=2),
            _conv(2 * w, 4 * w, nn.GELU),
        ),
        body=_conv(4 * w, 4 * w, nn.GELU, stride=2),
        trunk=nn.Sequential(nn.Conv2d(4 * w, 16 * w, side), nn.GELU()),
        to_mean=nn.Conv2d(16 * w, latent, 1),
        to_log_variance=nn.Conv2d(16 * w, latent, 1),
        decoder=nn.Sequential(
            nn.Unflatten(1, (latent, 1, 1)),
            nn.Conv2d(latent, 16 * w, 1),
            nn.GELU(),
            *_transposed(16 * w, 4 * w, side),
            _conv(4 * w, 2 * w, nn.GELU),
            *_transposed(2 * w, 2 * w, 4, stride=2, padding=1),
            _conv(2 * w, w, nn.GELU),
            *_transposed(w, w, 4, stride=2, padding=1),
            nn.Conv2d(w, 1, 3, padding=1),
        ),
    )


def _conv(
    into: int, out: int, activation: type[nn.Module] = nn.ReLU, *, stride: int = 1
) -> nn.Module:
    # ReLU is the default: a third faster to train on a CPU than GELU, and its non-negative
    # features are what Grad-CAM was made for
    bias = activation is nn.GELU
    convolve = nn.Conv2d(into, out, 3, stride=stride, padding=1, bias=bias)
    return nn.Sequential(convolve, nn.BatchNorm2d(out), activation())


def _transposed(
    into: int, out: int, kernel: int, *, stride: int = 1, padding: int = 0
) -> tuple[nn.Module, ...]:
    convolve = nn.ConvTranspose2d(into, out, kernel, stride=stride, padding=padding)
    return (convolve, nn.BatchNorm2d(out), nn.GELU())
