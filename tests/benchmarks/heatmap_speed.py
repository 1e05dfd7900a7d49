"""How much a heat map costs beside a forward pass, one by one, and the paper's way.

    python -m tests.benchmarks.heatmap_speed --run runs/full-1 [--passes 1024] [--write]

Three ratios on the run's test patients, in CPU time on one thread, their ways timed in turn so
that a busy moment hits all. With more threads the CPU time counts the waiting of one for another:

- all maps of a patient over one forward pass of the same patches (EXPLAIN.md, XA12: 1.3)
- the same maps one by one over all at once (XA12: at least 5)
- the paper's way over ours for one node, whose map is made within its patient's batch: it takes
  the gradient of every one of the encoder's activations with respect to the patch (80 channels of
  8 x 8, 5,120 forward and backward passes); here `--passes` of them are timed with our encoder and
  scaled up to 5,120. They are shared out among the patients, each beside its own maps, which gives
  the ratio its interval
"""

import argparse
import time
from pathlib import Path

import numpy as np
import torch

from core.evaluation.figures import Stamp, rebuild_metrics, write_metrics
from core.evaluation.goals import goal
from core.evaluation.intervals import mean_interval
from core.explain.grad_cam import relevance, upsampled
from core.explain.score import Asked
from core.model import Model
from core.run import Run
from core.training.record import commit

PAPER_PASSES = 5120  # PAPER.md section 6.6
REPEATS = 9


def cpu_seconds(*works, repeats=REPEATS):
    """The median CPU time of each piece of work, in turn, after one round that does not count."""
    taken = np.empty((repeats + 1, len(works)))
    for turn in range(repeats + 1):
        for number, work in enumerate(works):
            start = time.process_time()
            work()
            taken[turn, number] = time.process_time() - start
    return np.median(taken[1:], axis=0)


def forward(network, x, beside):
    """One forward pass from patches to node logits."""
    with torch.inference_mode():
        return network.node_logit_from_features(network.features(x, 8), 8, beside)


def maps(network, x, beside):
    """Every patch's map at the patch's size."""
    found = relevance(Asked(network, network.node_logit), x, beside=beside)
    return upsampled(found.cells, tuple(x.shape[2:]))


def paper_pass(network, x, number):
    """One of the paper's passes: the gradient of one activation with respect to one patch."""
    patch = x[:1].clone().requires_grad_(True)
    with torch.enable_grad():
        cells = network.features(patch, 8).flatten()
        (gradient,) = torch.autograd.grad(cells[number % cells.numel()], patch)
    return gradient[0, 0]


def paper_map(network, x, numbers):
    """The paper's map of one patch: the mean of the gradients of some activations, at its size.

    From PAPER.md 6.6 alone: all activations of the layer, one backward pass each, averaged. The
    classifier takes no part. A gradient is linear, so this is the gradient of the mean activation,
    which one pass gives (`tests/test_paper_map.py`): the other passes buy nothing.
    """
    total = torch.zeros_like(x[0, 0])
    for number in numbers:
        total += paper_pass(network, x, number)
    return total / len(numbers)


def measure(model, patches, who, *, passes):
    """CPU seconds of each patient: (patient, way).

    The ways: a forward pass, all maps at once, the same one by one, a map within the batch, and
    the paper's for one node, from the patient's share of the passes.
    """
    network, found, names = model.network, [], np.unique(who)
    share = max(1, round(passes / len(names)))
    for number, patient in enumerate(names):
        x = torch.from_numpy(np.array(patches[who == patient]))[:, None].to(model.device)
        beside = torch.zeros(len(x), network_features(model), device=model.device)

        def alone(x=x, beside=beside):
            for row in range(len(x)):
                maps(network, x[row : row + 1], beside[row : row + 1])

        def paper(x=x, first=number * share):
            # activations spread over the whole layer
            paper_map(network, x, [(first + turn) * 997 for turn in range(share)])

        plain, together, single = cpu_seconds(
            lambda x=x, beside=beside: forward(network, x, beside),
            lambda x=x, beside=beside: maps(network, x, beside),
            alone,
        )
        (theirs,) = cpu_seconds(paper, repeats=1)
        one = together / len(x)
        found.append((plain, together, single, one, theirs * PAPER_PASSES / share))
    return np.array(found)


def split(model, patches, who):
    """What a patient's maps are made of, in forward passes of the same patches: (patient, part).

    The parts: features up to the layer, the rest of the forward pass with what a gradient needs
    kept, the gradient back to the layer, and the map brought to the patch's size.
    """
    network, found = model.network, []
    for patient in np.unique(who):
        x = torch.from_numpy(np.array(patches[who == patient]))[:, None].to(model.device)
        beside = torch.zeros(len(x), network_features(model), device=model.device)
        with torch.no_grad():
            seen = network.features(x, 8)
        cells = seen.detach().clone().requires_grad_(True)

        def before(x=x):
            with torch.no_grad():
                network.features(x, 8)

        def rest(cells=cells, beside=beside):
            return network.node_logit_from_features(cells, 8, beside)

        def and_back(cells=cells, rest=rest):
            torch.autograd.grad(rest().sum(), cells)

        def enlarge(seen=seen, size=tuple(x.shape[2:])):
            with torch.no_grad():
                upsampled(seen.sum(dim=1), size)

        whole, *taken = cpu_seconds(
            lambda x=x, beside=beside: forward(network, x, beside), before, rest, and_back, enlarge
        )
        first, later, both, enlarging = taken
        found.append(np.array([first, later, both - later, enlarging]) / whole)
    return np.array(found)


def network_features(model):
    """How many node features the head takes beside the code."""
    return len(model.kit.features.names)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--passes", type=int, default=1024)
    parser.add_argument("--write", action="store_true", help="add the figures to the run")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    run = Run.open(asked.run)
    model = Model.open(run, device="cpu")
    rows = np.flatnonzero((run.rows["split"] == "test").to_numpy())
    who = run.rows["patient_id"].astype(str).to_numpy(dtype=str)[rows]
    taken = measure(model, run.patches[rows], who, passes=asked.passes)
    plain, together, single, one, paper = taken.T
    names, many = np.unique(who, return_counts=True)
    several, numbers = many > 1, np.arange(len(names))
    ratios = {
        "speed.heatmap_over_forward": mean_interval(together / plain, numbers),
        "speed.heatmap_batch": mean_interval((single / together)[several], numbers[several]),
        "speed.heatmap_ratio": mean_interval(paper / one, numbers),
    }
    print(f"{run.name}: {len(rows)} patches of {len(names)} test patients, 1 thread, CPU time")
    print(
        f"one map in its patient's batch {1e3 * one.mean():.2f} ms; the paper's way "
        f"{paper.mean():.1f} s, from {asked.passes / PAPER_PASSES:.0%} of its passes"
    )
    names = ("features", "rest forward", "gradient", "enlarging")
    shares = np.median(split(model, run.patches[rows], who), axis=0)
    told = ", ".join(f"{name} {share:.2f}" for name, share in zip(names, shares, strict=True))
    print(f"of one forward pass, median over patients: {told}")
    for figure_id, ratio in ratios.items():
        print(
            f"{figure_id:28s} {ratio.value:10,.2f} ({ratio.low:,.2f} to {ratio.high:,.2f})  "
            f"wanted {goal(figure_id).reach}"
        )
    if asked.write:
        passes = f" --passes {asked.passes}"
        command = f"python -m tests.benchmarks.heatmap_speed --run {asked.run.name}{passes} --write"
        stamp = Stamp.now(command, seeds=(run.manifest.seed,), commit=commit())
        counted = {"speed.heatmap_batch": int(several.sum())}
        figures = [
            stamp.figure(
                figure_id,
                ratio,
                n=counted.get(figure_id, len(names)),
                unit_of_n="patient",
                data="test",
            )
            for figure_id, ratio in ratios.items()
        ]
        sha = run.manifest.weights_sha256
        write_metrics(run.folder / "added" / "heatmap_speed", figures, weights_sha256=sha)
        rebuild_metrics(run.folder)


if __name__ == "__main__":
    main()
