"""A network that knows: a small CNN told of every training patch what its lesion is.

For measures of maps, which must be seen to work where the network is known to have learned.
"""

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from core.cohort.phantom.truth import draw_truth
from core.cohort.phantom.write import drawn_by
from core.cohort.source import PHANTOM
from core.errors import RunUnusable
from core.networks.posterior import Posterior
from core.networks.small import small_network, turned

STEPS, BATCH, RATE = 400, 64, 2e-3


class Seeing(nn.Module):
    """A small CNN cut where maps are taken, in the parts that a run's network has."""

    def __init__(self):
        super().__init__()
        layers = small_network(1)
        self.vae = nn.Module()
        self.vae.stem, self.vae.body = layers[:6], layers[6:12]  # 16 x 16, 8 x 8
        self.vae.trunk, self.vae.to_mean = layers[12:-1], layers[-1]
        self.vae.outline, self.heads = None, nn.Identity()

    def features(self, x, layer=8):
        """Features (patch, channel, cell, cell)."""
        found = self.vae.stem(x)
        return found if layer == 16 else self.vae.body(found)

    def moments(self, features, layer=8):
        """Its logit in the place of a code."""
        found = self.vae.body(features) if layer == 16 else features
        logit = self.vae.to_mean(self.vae.trunk(found))
        return Posterior(logit, torch.zeros_like(logit))

    def node_logit(self, codes, beside):
        """The logit itself."""
        return codes[:, 0]

    def forward(self, x):
        """Each patch's logit, (patch)."""
        return self.moments(self.features(x)).mean[:, 0]


@dataclass(frozen=True)
class Served:
    """A network that sees pictures alone, where `Held` expects a run's model."""

    network: Seeing
    node_logit_threshold: float
    device: str = "cpu"
    kit = SimpleNamespace(of_nodes=lambda features, rows: np.zeros((rows, 0), np.float32))

    def encode(self, patches):
        """Logits, (patch, 1)."""
        with torch.inference_mode():
            x = torch.from_numpy(np.ascontiguousarray(patches))[:, None]
            return torch.cat([self.network(some) for some in x.split(256)]).numpy()[:, None]

    def node_logit(self, codes, features):
        """Logits, (patch)."""
        return codes[:, 0]


def own_truth(run):
    """Whether each row's lesion was drawn malignant, (row,)."""
    lies, name = run.cohort_place, PHANTOM.fullmatch(Path(run.settings.cohort.path).name)
    found = drawn_by(lies) if lies is not None else None
    if found is None and name is None:
        wanted = "a run on a synthetic cohort that still lies where it was"
        raise RunUnusable(run.name, "no truth of its lesions", wanted)
    truths = found[0] if found else draw_truth(int(name.group(1)), int(name.group(2)))
    bad = {(truth.patient_id, node.label): node.malignant
           for truth in truths for node in truth.nodes}  # fmt: skip
    rows = zip(run.rows["patient_id"].astype(str), run.rows["node"].astype(int), strict=True)
    return np.array([bad[who] for who in rows])


def told(run, truth, *, seed):
    """A CNN fitted on the truth of the training rows, called where as many are as in truth."""
    train = np.flatnonzero((run.rows["split"] == "train").to_numpy())
    pictures = torch.from_numpy(np.array(run.patches[train]))[:, None]
    labels = torch.from_numpy(truth[train].astype(np.float32))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = Seeing()
        optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=1e-2)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=STEPS)
        each = [torch.nonzero(labels == kind)[:, 0] for kind in (0, 1)]
        for _ in range(STEPS):
            rows = torch.cat([own[torch.randint(len(own), (BATCH // 2,))] for own in each])
            seen = turned(pictures[rows])
            loss = F.binary_cross_entropy_with_logits(network(seen), labels[rows])
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            schedule.step()
    served = Served(network.eval().requires_grad_(False), 0.0)
    logits = served.encode(run.patches[train])[:, 0]
    return Served(served.network, float(np.quantile(logits, 1 - truth[train].mean())))
