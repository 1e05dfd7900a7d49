"""What training patients showed, as a body in the latent space that codes lie in or outside of."""

from dataclasses import dataclass

import numpy as np

from core.arrays import Codes, Features, Values


@dataclass(frozen=True, eq=False)
class Shell:
    """An ellipsoid: (code - centre)' precision (code - centre) is at most 1 inside.

    Attributes:
        centre: (latent,).
        precision: (latent, latent).
    """

    centre: Values
    precision: Features

    def typicality(self, codes: Codes) -> Values:
        """Distance from the centre over that of the shell in the same direction, (row,)."""
        away = codes - self.centre
        squared: Values = np.einsum("ij,jk,ik->i", away, self.precision, away)
        return np.sqrt(np.maximum(squared, 0))
