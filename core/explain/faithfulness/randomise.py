"""Does a map depend on what was learned? Weights are drawn afresh, from the answer downwards.

Cascading randomisation (Adebayo et al. 2018): first what reads the code, then the posterior mean,
then the encoder's layers one after the other towards the picture. A map that survives shows the
picture and not the model. Always on a copy: the served network is never touched.
"""

import math
from copy import deepcopy
from functools import partial
from typing import Literal, TypeAlias

import torch
from torch import nn

from core.networks.network import Network

Stage: TypeAlias = Literal["heads", "posterior mean", "trunk", "layer 8", "layer 16"]
STAGES: tuple[Stage, ...] = ("heads", "posterior mean", "trunk", "layer 8", "layer 16")
"""From the answer downwards; at each stage the ones before it are random too."""


def randomised(network: Network, until: Stage, *, seed: int = 0) -> Network:
    """A copy whose weights are drawn afresh from the top down to a stage, frozen, in `eval` mode.

    Args:
        network: Stays as it is.
        until: The last stage that is drawn afresh.
        seed: Of the weights, drawn from a generator of their own.
    """
    copy = deepcopy(network).eval().requires_grad_(False)
    chance = torch.Generator(next(copy.parameters()).device).manual_seed(seed)
    for stage in STAGES[: STAGES.index(until) + 1]:
        for part in _parts(copy, stage):
            part.apply(partial(_afresh, chance=chance))
    return copy.requires_grad_(False)


def _parts(network: Network, stage: Stage) -> tuple[nn.Module, ...]:
    vae, outline = network.vae, network.vae.outline
    # the named dimensions are read off the outline as well as off the trunk
    read, draw = (outline.read, outline.draw) if outline is not None else (nn.Identity(),) * 2
    found: dict[Stage, tuple[nn.Module, ...]] = {
        "heads": (network.heads,),
        "posterior mean": (vae.to_mean, read),
        "trunk": (vae.trunk, draw),
        "layer 8": (vae.body,),
        "layer 16": (vae.stem,),
    }
    return found[stage]


def _afresh(part: nn.Module, *, chance: torch.Generator) -> None:
    if isinstance(part, nn.BatchNorm2d):
        # what it knows of the features' spread is kept: with other statistics the random layers
        # would fall silent, and a silent network's map says nothing of the map under test
        nn.init.ones_(part.weight)
        nn.init.zeros_(part.bias)
    elif isinstance(part, nn.Conv2d | nn.Linear):
        # as torch draws them (Kaiming uniform), but not from the generator that threads share
        nn.init.kaiming_uniform_(part.weight, a=math.sqrt(5), generator=chance)
        if part.bias is not None:
            reach = 1 / math.sqrt(part.weight[0].numel())
            nn.init.uniform_(part.bias, -reach, reach, generator=chance)
