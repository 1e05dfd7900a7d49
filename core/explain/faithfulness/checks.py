"""Taking the five checks of `checked` for the maps of some lesions."""

from collections.abc import Sequence

import numpy as np

from core.arrays import Map2D, Values
from core.explain.explanation import Variant, mass_inside
from core.explain.faithfulness.baselines import centre_blob
from core.explain.faithfulness.checked import Checked
from core.explain.faithfulness.ground import Ground, exchanged
from core.explain.faithfulness.held import Held, Scorer, in_favour_of_call
from core.explain.faithfulness.likeness import ssim
from core.explain.faithfulness.place import points_inside
from core.explain.faithfulness.randomise import Stage, randomised
from core.explain.faithfulness.removal import road
from core.explain.faithfulness.shaken import noise_of

AFRESH: tuple[Stage, ...] = ("posterior mean", "layer 16")


def check(
    held: Held,
    variant: Variant,
    ground: Ground,
    *,
    own: Sequence[Map2D] | None = None,
    draws: int = 4,
    seed: int = 0,
) -> tuple[Checked, ...]:
    """Take the five checks for the maps of some lesions.

    Args:
        held: The lesions.
        variant: How their maps are made.
        ground: The same lesions off the middle, with what maps that know nothing are worth.
        own: Their maps, where they are at hand.
        draws: Noisy copies of each patch.
        seed: Of noise.
    """
    patches, away = held.patches, ground.away
    own = held.maps(patches, variant) if own is None else own
    alike = _likeness_at_random(held, variant, own)
    change = sensitivity(held, variant, own, seed=seed, draws=draws)
    logits, blob = held.logits(away.patches), centre_blob(patches.shape[1:])
    found = []
    for at, drawn in enumerate(held.maps(away.patches, variant)):
        called = bool(logits[at] >= held.threshold)
        for_call = in_favour_of_call(drawn, float(logits[at]), held.threshold)
        patch, mask, line = away.patches[at], away.masks[at], ground.table.iloc[at]
        score = Scorer(held, at)
        worth = exchanged(patch, (drawn,), score)[0]
        found.append(
            Checked(
                row=int(held.rows[at]),
                called=called,
                pointing=points_inside(for_call, mask),
                mass=mass_inside(for_call, mask),
                mass_blob=mass_inside(blob, mask),
                area=float(mask.mean()) if mask.any() else None,
                worth=worth.insertion_minus_deletion,
                worth_blob=float(line["worth_blob"]),
                worth_chance=float(line["worth_chance"]),
                road=road(patch, drawn, score, seed=seed),
                alike=float(alike[at]),
                change=float(change[at]),
                inserted=worth.inserted,
                deleted=worth.deleted,
            )
        )
    return tuple(found)


def _likeness_at_random(held: Held, variant: Variant, own: Sequence[Map2D]) -> Values:
    """SSIM of each map with those of networks with random weights, mean over `AFRESH`."""
    found = []
    for stage in AFRESH:
        other = held.maps(held.patches, variant, randomised(held.model.network, stage))
        found.append([ssim(a, b) for a, b in zip(own, other, strict=True)])
    return np.asarray(np.mean(found, axis=0))


def sensitivity(
    held: Held, variant: Variant, own: Sequence[Map2D], *, seed: int, draws: int
) -> Values:
    """The largest relative change of each map under small noise: captum's `sensitivity_max`.

    Args:
        held: The lesions.
        variant: How their maps are made.
        own: Their maps without noise.
        seed: Of the noise, the same for every lesion.
        draws: Noisy copies of each patch.

    Returns:
        (row); |map(x + noise) - map(x)| over |map(x)| (Yeh et al. 2019), worst of the draws.
    """
    import torch
    from captum.metrics import sensitivity_max

    patches = held.patches

    def explained(inputs: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
        pictures = inputs[0][:, 0].detach().numpy().astype(np.float32)
        drawn = own  # captum asks for the maps without noise first
        if not np.array_equal(pictures, patches):
            drawn = held.maps(pictures, variant)
        # a tuple, or captum takes the rows for so many inputs
        return (torch.from_numpy(np.stack(drawn).astype(np.float32)),)

    # captum's own noise comes from a generator that threads share, and differs with the batch
    noise = noise_of(patches.shape[1:], draws=draws, seed=seed)

    def nudged(pictures: torch.Tensor) -> tuple[torch.Tensor, ...]:
        copies = torch.from_numpy(noise)[:, None]
        return (pictures + copies.repeat(len(pictures) // draws, 1, 1, 1),)

    found = sensitivity_max(
        explained,
        (torch.from_numpy(patches)[:, None],),
        perturb_func=nudged,
        n_perturb_samples=draws,
        norm_ord="fro",
    )
    return np.asarray(found.numpy(), dtype=np.float64)
