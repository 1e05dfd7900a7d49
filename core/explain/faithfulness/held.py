"""Held: rows of a run that maps are judged on, with all that is asked of them."""

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from core.arrays import Features, Labels, Map2D, Patches, Values
from core.explain.explanation import DEFAULT, Variant
from core.explain.question import NODE_LOGIT, PatientLogit, Question
from core.run import Run
from core.training.beside import beside_in

if TYPE_CHECKING:
    from core.explain.score import Asked
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
        question: Which number the maps explain; a patient's is put to rows of that patient.
    """

    run: Run
    model: "Model"
    rows: Rows
    question: Question = NODE_LOGIT

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
        """The number from which the model calls a lesion; other numbers than its logit have none.

        Their evidence is what speaks for more of them, whatever they are.
        """
        return self.model.node_logit_threshold if self.question == NODE_LOGIT else -math.inf

    def part(self, first: int, last: int) -> "Held":
        """Some of the rows, by their places."""
        asked = self.question
        if isinstance(asked, PatientLogit):
            asked = replace(asked, places=asked.places[first:last])
        return Held(self.run, self.model, self.rows[first:last], asked)

    def logits(self, patches: Patches) -> Values:
        """The number that is explained, of one picture a row, (row,)."""
        return scores_of(self.model, patches, self.features, self.question)

    def maps(
        self, patches: Patches, variant: Variant = DEFAULT, network: "Network | None" = None
    ) -> list[Map2D]:
        """Maps of that number; also of another network in the model's place.

        Args:
            patches: One picture a row, or as many copies of each, one row's after another's.
            variant: How the maps are made.
            network: The other network.
        """
        known = np.repeat(self.features, len(patches) // max(1, len(self.rows)), 0)
        return maps_of(self.model, patches, known, variant, network, self.question)


class Scorer:
    """A lesion's number for changed pictures of it; its measured shape stays its own."""

    def __init__(self, held: Held, at: int) -> None:
        self._of, self._features = held.part(at, at + 1), held.features[at]

    def __call__(self, patches: Patches) -> Values:
        """Each picture's number, (row)."""
        known = np.repeat(self._features[None], len(patches), 0)
        return scores_of(self._of.model, patches, known, self._of.question)


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
    question: Question = NODE_LOGIT,
) -> list[Map2D]:
    """Maps of what is asked, also of another network in the model's place."""
    from core.explain.maps import explain

    asked, known = _put(model, question, patches, features, network)
    explained = explain(
        asked,
        patches,
        beside=known,
        method=variant.method,
        layer=variant.layer or 8,
        device=model.device,
    )
    return [one.map for one in explained]


def scores_of(model: "Model", patches: Patches, features: Features, question: Question) -> Values:
    """What is asked, of every picture, (row,)."""
    if question == NODE_LOGIT:
        return model.node_logit(model.encode(patches), features)
    import torch

    asked, known = _put(model, question, patches, features)
    x, beside = (
        torch.from_numpy(np.ascontiguousarray(each, np.float32)).to(model.device)
        for each in (patches[:, None], known)
    )
    with torch.inference_mode():
        return np.asarray(asked(x, beside).cpu().numpy(), np.float64)


def _put(
    model: "Model",
    question: Question,
    patches: Patches,
    features: Features,
    network: "Network | None" = None,
) -> "tuple[Asked, Features]":
    from core.explain.asking import put

    # a patient's question brings its own, and names each lesion's place once, whatever the copies
    own = None if isinstance(question, PatientLogit) else features
    asked, known = put(model, question, patches=len(patches), features=own, network=network)
    return asked, np.repeat(known, len(patches) // max(1, len(known)), 0)


def in_favour_of_call(drawn: Map2D, score: float, threshold: float) -> Map2D:
    """The evidence for what the model says: for the finding at the threshold or above, or against.

    A lesion that the model finds harmless has little that speaks for the finding; what its map
    must place rightly is what speaks against.
    """
    return np.maximum(drawn if score >= threshold else -drawn, 0)
