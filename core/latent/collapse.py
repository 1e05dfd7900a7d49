"""Whether a code says anything: the posterior may collapse onto the prior (Bowman 2016).

A decoder then draws the same picture whatever the code, and everything that is asked of the code
(directions, maps, scores) answers by chance.
"""

from typing import Literal

LEAST_KL = 1.0  # nats; below, codes say next to nothing of their patch

Collapse = Literal["", "partly", "wholly"]


def how_collapsed(active_units: int, latent: int, *, kl_nats: float) -> Collapse:
    """How far a posterior has collapsed; "" where it has not.

    Args:
        active_units: Dimensions whose posterior mean varies.
        latent: Length of a code.
        kl_nats: KL divergence of the posterior from the prior, mean over patches.

    Returns:
        "wholly" where a code says less than one nat or no dimension is in use, "partly" where
        fewer than half of the dimensions are in use.
    """
    if active_units == 0 or kl_nats < LEAST_KL:
        return "wholly"
    return "partly" if active_units < latent / 2 else ""
