"""Taking the five checks of `checked` for the maps of some rows of a run."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from core.arrays import Features, Map2D, Patch, Patches, Values
from core.explain.explanation import Variant, mass_inside
from core.explain.faithfulness.baselines import centre_blob, chance
from core.explain.faithfulness.checked import Checked
from core.explain.faithfulness.likeness import ssim
from core.explain.faithfulness.place import points_inside
from core.explain.faithfulness.randomise import Stage, randomised
from core.explain.faithfulness.removal import removal, road
from core.explain.faithfulness.shifted import shifted
from core.explain.infill import blurred
from core.run import Run
from core.training.beside import beside_in

if TYPE_CHECKING:
    from core.model import Model
    from core.networks.network import Network

STEPS = 12  # of insertion and deletion; 32 change the mean by less than its interval
NOISE = 0.02  # of patches in [0, 1]: about the scanner's own
AFRESH: tuple[Stage, ...] = ("posterior mean", "layer 16")


def in_favour_of_call(drawn: Map2D, score: float, threshold: float) -> Map2D:
    """The evidence for what the model says: for the finding at the threshold or above, or against.

    A lesion that the model finds harmless has little that speaks for the finding; what its map
    must place rightly is what speaks against.
    """
    return np.maximum(drawn if score >= threshold else -drawn, 0)


def check(
    run: Run,
    model: "Model",
    rows: Sequence[int],
    variant: Variant,
    *,
    seed: int = 0,
    draws: int = 4,
) -> tuple[Checked, ...]:
    """Take the five checks for the maps of some rows.

    Args:
        run: Where the rows lie.
        model: The run's.
        rows: Which patches.
        variant: How their maps are made.
        seed: Of shifts, noise and random weights.
        draws: Noisy copies of each patch.
    """
    chosen = np.asarray(rows, dtype=np.int64)
    own, features = np.array(run.patches[chosen]), features_of(run, chosen)
    away = shifted(run, chosen, seed=seed)
    threshold = logit_of(model.node_threshold)
    centred = maps_of(model, own, features, variant)
    alike = np.mean(
        [
            [
                ssim(a, b)
                for a, b in zip(
                    centred,
                    maps_of(model, own, features, variant, randomised(model.network, stage)),
                    strict=True,
                )
            ]
            for stage in AFRESH
        ],
        axis=0,
    )
    change = sensitivity(model, own, features, variant, seed=seed, draws=draws)
    rng = np.random.default_rng([seed, 1])
    found = []
    moved = model.explain(
        away.patches, features=features, method=variant.method, layer=variant.layer or 8
    )
    for at, explained in enumerate(moved):
        for_call = in_favour_of_call(explained.map, explained.score, threshold)
        score = scorer(model, features[at])
        own_worth, blob_worth, chance_worth = (
            worth(away.patches[at], drawn, score)
            for drawn in (explained.map, centre_blob(own.shape[1:]), chance(own.shape[1:], rng))
        )
        mask = away.masks[at]
        outlined = bool(mask.any())
        found.append(
            Checked(
                row=int(chosen[at]),
                pointing=points_inside(for_call, mask),
                mass=mass_inside(for_call, mask),
                mass_blob=mass_inside(centre_blob(mask.shape), mask),
                area=float(mask.mean()) if outlined else None,
                worth=own_worth,
                worth_blob=blob_worth,
                worth_chance=chance_worth,
                road=road(away.patches[at], explained.map, score, seed=seed),
                alike=float(alike[at]),
                change=float(change[at]),
            )
        )
    return tuple(found)


def worth(patch: Patch, drawn: Map2D, score: "Scorer") -> float:
    """Insertion minus deletion with blurred infill, in the score's units."""
    return removal(patch, drawn, score, infill=blurred(patch), steps=STEPS).insertion_minus_deletion


class Scorer:
    """A lesion's logit for changed pictures of it; its measured shape stays its own."""

    def __init__(self, model: "Model", features: Values) -> None:
        self.model, self.features = model, features

    def __call__(self, patches: Patches) -> Values:
        """Each picture's logit, (row)."""
        beside = np.repeat(self.features[None], len(patches), 0)
        return self.model.node_logit(self.model.encode(patches), beside)


def scorer(model: "Model", features: Values) -> Scorer:
    """The logit of pictures of one lesion, with its features (feature)."""
    return Scorer(model, features)


def maps_of(
    model: "Model",
    patches: Patches,
    features: Features,
    variant: Variant,
    network: "Network | None" = None,
) -> list[Map2D]:
    """Maps of the node logit, also of another network in the model's place."""
    from core.explain.maps import explain
    from core.explain.score import Asked

    judge = network or model.network
    explained = explain(
        Asked(judge, judge.node_logit),
        patches,
        beside=model.kit.of_nodes(features, len(patches)),
        method=variant.method,
        layer=variant.layer or 8,
        device=model.device,
    )
    return [one.map for one in explained]


def sensitivity(
    model: "Model",
    patches: Patches,
    features: Features,
    variant: Variant,
    *,
    seed: int,
    draws: int,
) -> Values:
    """The largest relative change of each map under small noise: captum's `sensitivity_max`.

    Returns:
        (row); |map(x + noise) - map(x)| over |map(x)| (Yeh et al. 2019), worst of the draws.
    """
    import torch
    from captum.metrics import sensitivity_max

    def explained(inputs: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
        pictures = inputs[0][:, 0].detach().numpy().astype(np.float32)
        beside = np.repeat(features, len(pictures) // len(patches), 0)
        # a tuple, or captum takes the rows for so many inputs
        return (torch.from_numpy(np.stack(maps_of(model, pictures, beside, variant))),)

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        found = sensitivity_max(
            explained,
            (torch.from_numpy(patches)[:, None],),
            perturb_radius=NOISE,
            n_perturb_samples=draws,
            norm_ord="fro",
        )
    return found.numpy().astype(np.float64)  # type: ignore[no-any-return]  # numpy: Any


def features_of(run: Run, rows: Values) -> Features:
    """What the head is told of lesions beside their codes, (row, feature); NaN where not known."""
    return beside_in(run, rows)


def logit_of(probability: float) -> float:
    """A threshold on the probability's scale as a logit."""
    inside = min(max(probability, 1e-6), 1 - 1e-6)
    return float(np.log(inside / (1 - inside)))
