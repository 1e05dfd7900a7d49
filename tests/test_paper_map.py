"""Laws of the paper's heat map, as we built it from its description to time it."""

import numpy as np
import torch

from core.model import Model
from tests.benchmarks.heatmap_speed import paper_map


def test_the_papers_map_is_the_gradient_of_the_mean_activation_and_knows_no_classifier(tiny_run):
    network = Model.open(tiny_run, device="cpu").network
    x = torch.from_numpy(np.array(tiny_run.patches[:1]))[:, None]
    cells = network.features(x, 8).numel()
    some = list(range(0, cells, cells // 24))  # of the thousands, which all go the same way
    found = paper_map(network, x, some)
    patch = x.clone().requires_grad_(True)
    with torch.enable_grad():
        (mean,) = torch.autograd.grad(network.features(patch, 8).flatten()[some].mean(), patch)
    assert found.shape == x.shape[2:]
    assert float(found.abs().max()) > 0
    assert torch.allclose(found, mean[0, 0], atol=1e-5 * float(mean.abs().max()))
    assert cells > 1000  # backward passes that one would have given
