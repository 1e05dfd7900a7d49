"""Maps on the pixels themselves: integrated gradients, SmoothGrad, occlusion.

Each asks what the patch has that the same patch without detail (blurred) does not:

    integrated gradients   (x - blurred) times the mean gradient on the straight way between
                           them; adds up to score(x) - score(blurred) (Sundararajan et al. 2017)
    SmoothGrad             (x - blurred) times the mean gradient over noisy copies
                           (Smilkov et al. 2017); every patch gets the same noise, so that its map
                           depends on no other patch and two visitors see the same one
    occlusion              by how much the score falls where a 5 x 5 window is blurred, mean over
                           the windows that hold a pixel (Zeiler & Fergus 2014)

All go through captum, SmoothGrad by its gradients and with noise of our own: captum's noise comes
from a generator that threads share. captum is used by one thread at a time: it sets flags on what
it is given, and these methods cost 24 to 100 passes, so a queue keeps one visitor from slowing all
others.
"""

from threading import Lock

import numpy as np
import torch
from torch import Tensor

from core.explain.explanation import PixelMethod
from core.explain.grad_cam import Relevance
from core.explain.infill import blurred
from core.explain.score import Asked

IG_STEPS = 32
NOISY_COPIES = 24
NOISE_SD = 0.05  # of patches in [0, 1]; the scanner's own noise is about 0.02
WINDOW_PX, STRIDE_PX = 5, 3  # windows of 2.9 mm, 10 x 10 of which cover 32 px exactly
_AT_ONCE = 256  # patches in one pass

_queue = Lock()


def pixel_relevance(
    asked: Asked, x: Tensor, *, beside: Tensor, method: PixelMethod, seed: int = 0
) -> Relevance:
    """Signed relevance of each pixel for each patch's own score.

    Args:
        asked: A network in `eval` mode with a question; nothing in it changes.
        x: Patches in [0, 1], (patch, 1, height, width).
        beside: What the score needs to know of each patch, (patch, fact).
        method: "integrated_gradients", "smooth_grad" or "occlusion".
        seed: Of SmoothGrad's noise.

    Returns:
        Maps at the patch's own size.
    """
    flat = np.stack([blurred(patch) for patch in x[:, 0].cpu().numpy()])
    baseline = torch.from_numpy(flat)[:, None].to(x.device)
    with _queue, torch.inference_mode(mode=False), torch.enable_grad():
        own, known = x.detach().clone(), beside.detach().clone()
        if method == "integrated_gradients":
            drawn = _integrated(asked, own, known, baseline)
        elif method == "smooth_grad":
            drawn = _smoothed(asked, own, known, seed) * (own.detach() - baseline)
        else:
            drawn = _occluded(asked, own, known, baseline)
        with torch.no_grad():
            score = asked(x, beside)
        return Relevance(drawn.detach()[:, 0].float(), score.detach())


def _integrated(asked: Asked, x: Tensor, beside: Tensor, baseline: Tensor) -> Tensor:
    from captum.attr import IntegratedGradients

    found: Tensor = IntegratedGradients(asked).attribute(
        x,
        baseline,
        additional_forward_args=beside,
        n_steps=IG_STEPS,
        internal_batch_size=max(_AT_ONCE, len(x)),
    )
    return found


def _smoothed(asked: Asked, x: Tensor, beside: Tensor, seed: int) -> Tensor:
    """Mean gradient over noisy copies of each patch."""
    from captum.attr import Saliency

    slopes = Saliency(asked)
    chance = torch.Generator().manual_seed(seed)
    noise = NOISE_SD * torch.randn((NOISY_COPIES, *x.shape[1:]), generator=chance).to(x.device)
    total = torch.zeros_like(x)
    for some in noise.split(max(1, _AT_ONCE // len(x))):
        copies = (x[None] + some[:, None]).flatten(0, 1).requires_grad_(True)
        known = beside.repeat(len(some), 1)
        gradient = slopes.attribute(copies, abs=False, additional_forward_args=known)
        total += gradient.unflatten(0, (len(some), len(x))).sum(0)
    return total / NOISY_COPIES


def _occluded(asked: Asked, x: Tensor, beside: Tensor, baseline: Tensor) -> Tensor:
    from captum.attr import Occlusion

    with torch.no_grad():
        found: Tensor = Occlusion(asked).attribute(
            x,
            sliding_window_shapes=(1, WINDOW_PX, WINDOW_PX),
            strides=(1, STRIDE_PX, STRIDE_PX),
            baselines=baseline,
            additional_forward_args=beside,
            perturbations_per_eval=max(1, _AT_ONCE // len(x)),
        )
    return found
