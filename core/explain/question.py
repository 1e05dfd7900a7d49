"""What is asked about a patch: which number a map explains.

By default the lesion's own logit. Everything else that the network says from a code can be asked
in the same way, so that "why does this lesion lie in cluster 3?" gets a map too.
"""

from dataclasses import dataclass, field
from typing import TypeAlias

from core.arrays import Code, Codes, Features, Labels
from core.prediction import Clinical


@dataclass(frozen=True)
class NodeLogit:
    """The lesion's own logit, before it is pooled with the patient's others."""

    @property
    def name(self) -> str:
        """What the map explains, in words."""
        return "the suspicion score's logit"


@dataclass(frozen=True, eq=False)
class PatientLogit:
    """The patient's calibrated logit, with all other rows and the clinical features as they are.

    Attributes:
        codes: Of all the patient's rows, (row, latent).
        places: Which of those rows each explained patch is.
        features: (row, feature) in their own units, or None.
        clinical: What is known beside the pictures.
        nodes: Which lesion each row shows, (row,); needed where a lesion speaks by the mean of
            its slices.
    """

    codes: Codes
    places: tuple[int, ...]
    features: Features | None = None
    clinical: Clinical = field(default_factory=Clinical)
    nodes: Labels | None = None

    @property
    def name(self) -> str:
        """What the map explains, in words."""
        return "the patient's logit"


@dataclass(frozen=True, eq=False)
class Along:
    """Where the code lies along a direction of the latent space, in its unit.

    Attributes:
        what: What the direction is called.
        vector: Unit vector, (latent).
        per_length: Units of the attribute for one unit of latent length; 1 keeps latent units.
        zero: What the model reads where the projection is 0.
    """

    what: str
    vector: Code
    per_length: float = 1.0
    zero: float = 0.0

    @property
    def name(self) -> str:
        """What the map explains, in words."""
        return f"the model's reading of {self.what}"


@dataclass(frozen=True, eq=False)
class NearCentre:
    """How near the code lies to a cluster's centre: minus the distance, in latent units.

    Attributes:
        what: What the cluster is called.
        centre: (dimension), over the code's first dimensions, as the clusters were fitted.
    """

    what: str
    centre: Code

    @property
    def name(self) -> str:
        """What the map explains, in words."""
        return f"nearness to {self.what}"


Question: TypeAlias = NodeLogit | PatientLogit | Along | NearCentre

NODE_LOGIT = NodeLogit()
