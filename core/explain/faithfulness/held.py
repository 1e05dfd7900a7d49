"""Held: rows of a run that maps are judged on, with all that is asked of them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from core.arrays import Features, Labels, Map2D, Patches, Values
from core.explain.explanation import DEFAULT, Variant
from core.run import Run
from core.training.beside import beside_in

if TYPE_CHECKING:
    from core.model import Model
    from core.networks.network import Network

Rows: TypeAlias = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class Held:
    """Rows of a run, its model, and questions about changed pictures of those rows.

    Attributes:
        run: The run.
        model: Its network.
        rows: Which patches; one a lesion where figures are made of them.
    """

    run: Run
    model: "Model"
    rows: Rows

    @property
    def patches(self) -> Patches:
        """Their pictures, (row, height, width)."""
        return np.array(self.run.patches[self.rows])

    @property
    def who(self) -> Labels:
        """Whose each is, (row,)."""
        return self.run.rows["patient_id"].astype(str).to_numpy(dtype=str)[self.rows]

    @property
    def features(self) -> Features:
        """What the head is told of each beside its code, (row, feature); NaN where not known."""
        return beside_in(self.run, self.rows)

    @property
    def threshold(self) -> float:
        """The node logit from which the model calls a lesion."""
        return self.model.node_logit_threshold

    def part(self, first: int, last: int) -> "Held":
        """Some of the rows, by their places."""
        return Held(self.run, self.model, self.rows[first:last])

    def logits(self, patches: Patches) -> Values:
        """The logit of one picture a row, (row,)."""
        return self.model.node_logit(self.model.encode(patches), self.features)

    def maps(
        self, patches: Patches, variant: Variant = DEFAULT, network: "Network | None" = None
    ) -> list[Map2D]:
        """Maps of the node logit for one picture a row; also of another network in its place."""
        return maps_of(self.model, patches, self.features, variant, network)


class Scorer:
    """A lesion's logit for changed pictures of it; its measured shape stays its own."""

    def __init__(self, model: "Model", features: Values) -> None:
        self.model, self.features = model, features

    def __call__(self, patches: Patches) -> Values:
        """Each picture's logit, (row)."""
        beside = np.repeat(self.features[None], len(patches), 0)
        return self.model.node_logit(self.model.encode(patches), beside)


def lesions(run: Run, split: str = "test") -> Rows:
    """The key slices of a split's patients."""
    rows = run.rows
    return np.flatnonzero(rows["key_slice"].astype(bool) & (rows["split"] == split))


def some_patients(held: Held, *, at_most: int, seed: int = 0) -> Held:
    """The lesions of patients drawn by chance, as many as fit; the order of rows stays.

    Whole patients, so that a page that shows a patient shows all of the lesions tested or none.
    """
    who = held.who
    names = np.random.default_rng(seed).permutation(np.unique(who))
    many = np.array([int((who == name).sum()) for name in names])
    fit = names[np.cumsum(many) <= max(at_most, int(many[0]) if many.size else 0)]
    return Held(held.run, held.model, held.rows[np.isin(who, fit)])


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


def in_favour_of_call(drawn: Map2D, score: float, threshold: float) -> Map2D:
    """The evidence for what the model says: for the finding at the threshold or above, or against.

    A lesion that the model finds harmless has little that speaks for the finding; what its map
    must place rightly is what speaks against.
    """
    return np.maximum(drawn if score >= threshold else -drawn, 0)
