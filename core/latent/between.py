"""What the model would draw between the points of a map: codes mixed from the nearest ones.

A map has no way back: a place on it is no code. Here a place is given the mean of its nearest
patches' codes, weighted by 1 / distance² (Shepard 1968), so that a patch's own place gives its
own code. Far from every patch such a mean says nothing, which `Mixed.emptiness` tells; nor does
it where the map laid unlike patches side by side (a tear), which `Mixed.spread` tells.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from core.arrays import Codes, Features, Values

NEAREST = 8
LOOKED_AT = 2000  # patches, evenly over the rows, from which the usual spread is read
USUAL = 90  # percentile of the distance between neighbouring points that counts as dense


@dataclass(frozen=True, eq=False)
class Mixed:
    """Codes for some places on a map.

    Attributes:
        codes: (place, latent).
        emptiness: Distance to the nearest patch over the map's usual one, (place,); above 1 a
            place lies further from any patch than 90 % of the patches from each other.
        weights: (place, nearest), summing to 1.
        rows: The patches that were mixed, (place, nearest).
        spread: How unlike each other they are, (place,): their codes' mean distance from their
            mean code over the run's usual one; above 1 they are less alike than around 90 % of
            the patches.
    """

    codes: Codes
    emptiness: Values
    weights: Features
    rows: np.ndarray[Any, Any]
    spread: Values


@dataclass(frozen=True, eq=False)
class Between:
    """A map that can be asked what lies between its points.

    Attributes:
        places: Where the patches are, (row, 2).
        codes: Their codes, (row, latent).
    """

    places: Features
    codes: np.ndarray[Any, Any]

    @cached_property
    def usual(self) -> float:
        """The distance that 90 % of patches keep from their nearest neighbour on the map."""
        if len(self.places) < 2:
            return 1.0
        near, _ = self._tree.query(self.places, k=2)
        return float(max(np.percentile(near[:, 1], USUAL), 1e-9))

    @cached_property
    def usual_spread(self) -> float:
        """The spread that the codes beside 90 % of the patches stay within on this map."""
        some = np.linspace(0, len(self.places) - 1, min(len(self.places), LOOKED_AT)).astype(int)
        k = min(NEAREST, len(self.places))
        _, rows = self._tree.query(self.places[some], k=list(range(1, k + 1)))
        return float(max(np.percentile(_scatter(self.codes, rows), USUAL), 1e-9))

    def mix(self, at: np.ndarray[Any, Any]) -> Mixed:
        """The codes that some places stand for, (place, 2).

        Raises:
            ValueError: A place is not finite.
        """
        at = np.asarray(at, dtype=np.float64)
        if not np.isfinite(at).all():
            raise ValueError("places must be finite")
        k = min(NEAREST, len(self.places))
        apart, rows = self._tree.query(at, k=list(range(1, k + 1)))
        weights = 1 / np.maximum(apart, 1e-9) ** 2
        weights /= weights.sum(1, keepdims=True)
        codes = np.einsum("pk,pkl->pl", weights, self.codes[rows].astype(np.float64))
        spread = _scatter(self.codes, rows) / self.usual_spread
        return Mixed(codes.astype(np.float32), apart[:, 0] / self.usual, weights, rows, spread)

    @cached_property
    def _tree(self) -> Any:  # noqa: ANN401  scipy's tree has no stubs of its own
        from scipy.spatial import cKDTree

        return cKDTree(self.places)


def _scatter(codes: np.ndarray[Any, Any], rows: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Mean distance of some codes from their mean, one value a line of rows."""
    found = codes[rows].astype(np.float64)
    apart: np.ndarray[Any, Any] = np.linalg.norm(found - found.mean(1, keepdims=True), axis=2)
    return np.asarray(apart.mean(1))
