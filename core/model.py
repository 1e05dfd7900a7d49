"""Model: the trained network, served. Numpy in, numpy out, safe to share between threads.

Nothing in it changes after it is opened: parameters are frozen, the network stays in `eval`
mode, no hooks, no `.backward()`. Everything is computed in float32, a batch at a time.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from core.arrays import Codes, Features, Kept, Labels, Masks, Patches, PatientFeatures, Values
from core.explain.explanation import Explanation, Method
from core.explain.question import NODE_LOGIT, Question
from core.networks.bag import Bag, pack
from core.networks.network import Network
from core.networks.parts import added_terms, calibrated, told_one_by_one
from core.prediction import Clinical, Part, Prediction, in_words
from core.run import Run
from core.settings import Settings
from core.training.beside import beside
from core.training.device import pick_device
from core.training.lesions import first_rows, once_a_lesion
from core.training.preprocessing import Preprocessing, sigmoid
from core.training.weights import read_network

BATCH = 256


@dataclass(frozen=True, eq=False)
class Model:
    """A run's network behind numpy.

    Attributes:
        network: The weights, frozen.
        kit: What turns a new case into input and a score into an answer.
        settings: What the run was asked for.
        device: Where it computes: cpu, cuda or mps.
        training_codes: Codes of training rows, (row, latent).
    """

    network: Network
    kit: Preprocessing
    settings: Settings
    device: str
    training_codes: Codes

    @classmethod
    def open(cls, run: Run, *, device: str = "auto") -> Self:
        """Open a finished run's network.

        Raises:
            RunUnusable: The weights are not those that training wrote, or damaged.
            SettingsError: The device is not there.
        """
        where, network = pick_device(device), read_network(run)
        train = (run.rows["split"] == "train").to_numpy()
        return cls.of(network.to(where), Preprocessing.of(run), run.settings, run.codes[train])

    @classmethod
    def of(
        cls, network: Network, kit: Preprocessing, settings: Settings, training_codes: Codes
    ) -> Self:
        """Serve a network that is at hand; it is frozen from now on."""
        # the same layout everywhere, so that a run opened later gives the same bits
        network.eval().requires_grad_(False).to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch: stub
        place = next(network.parameters()).device.type
        return cls(network, kit, settings, place, training_codes)

    @property
    def latent(self) -> int:
        """Length of a code."""
        return self.settings.vae.latent

    @property
    def size_px(self) -> int:
        """Side of a patch."""
        return self.settings.patch.size_px

    @property
    def attributes(self) -> tuple[str, ...]:
        """What the first dimensions were trained to carry, one each."""
        return self.kit.attributes.names

    @property
    def head_kind(self) -> str:
        """Which head pools a patient's lesions."""
        return self.settings.head.kind

    @property
    def threshold(self) -> float:
        """Patients from this probability upwards are called positive."""
        return self.kit.threshold

    @property
    def node_threshold(self) -> float:
        """Lesions from this score upwards are called positive."""
        return self.kit.node_threshold

    @property
    def node_logit_threshold(self) -> float:
        """The node logit at which a lesion's score is `node_threshold`."""
        inside = min(max(self.node_threshold, 1e-6), 1 - 1e-6)
        cut = float(np.log(inside / (1 - inside)))
        if self.network.scale == "probability":
            return cut
        line = self.kit.calibration
        base = float(self.network.lone_score(torch.zeros(1, device=self.device)))
        return (cut - line.intercept) / line.slope - base

    def encode(self, patches: Patches) -> Codes:
        """Posterior means of patches in [0, 1]."""
        return self.posterior(patches)[0]

    def posterior(self, patches: Patches) -> tuple[Codes, Codes]:
        """Posterior means and standard deviations of patches in [0, 1], each (row, latent)."""

        def both(x: Tensor) -> Tensor:
            found = self.network.vae.encode(x[:, None])
            return torch.cat((found.mean, found.std), dim=1)

        side = self.size_px
        if patches.shape[1:] != (side, side):
            raise ValueError(f"patches must be {side} x {side}, not {patches.shape[1:]}")
        found = self._batched(both, patches, width=2 * self.latent)
        return found[:, : self.latent], found[:, self.latent :]

    def decode(self, codes: Codes) -> Patches:
        """Pictures in [0, 1] of codes."""
        side = self.size_px
        flat = self._batched(
            lambda z: self.network.vae.decode(z).flatten(1), codes, width=side * side
        )
        return flat.reshape(-1, side, side)

    def reconstruct(self, patches: Patches) -> Patches:
        """Decoded from the posterior means of patches."""
        return self.decode(self.encode(patches))

    def node_logit(self, codes: Codes, features: Features | None = None) -> Values:
        """Each row's logit as the head has it, before calibration.

        Args:
            codes: (row, latent).
            features: (row, feature), of the lesions' own, unchanged patches, see `beside`; None,
                or NaN in places, takes the training mean (of shape features) or the code's own
                word (of measured attributes).
        """
        beside = self.kit.of_nodes(features, len(codes))

        def logit(x: Tensor) -> Tensor:
            return self.network.node_logit(x[:, : self.latent], x[:, self.latent :])[:, None]

        joined = np.concatenate((np.asarray(codes, np.float32), beside), axis=1)
        return self._batched(logit, joined, width=1)[:, 0]

    def beside(self, rows: pd.DataFrame, codes: Codes) -> Features:
        """What the head is told of rows of a table beside the codes of their own patches."""
        return beside(rows, codes, settings=self.settings, attributes=self.kit.attributes)

    def node_score(self, codes: Codes, features: Features | None = None) -> Values:
        """Each row's score in 0..1: the probability of an average patient with this row alone.

        The paper's head gives the sigmoid of its own node logit instead.
        """
        logits = torch.from_numpy(np.array(self.node_logit(codes, features)))
        lone = self.network.lone_score(logits.to(self.device)).cpu().numpy().astype(np.float64)
        if self.network.scale == "probability":
            return lone
        line = self.kit.calibration
        return np.asarray(1 / (1 + np.exp(-np.clip(line.slope * lone + line.intercept, -60, 60))))

    def predict(
        self,
        codes: Codes,
        *,
        nodes: Labels,
        features: Features | None = None,
        clinical: Clinical | None = None,
        patient_id: str = "",
    ) -> Prediction:
        """What is said of one patient, taken apart.

        Args:
            codes: Of all the patient's rows; none is allowed.
            nodes: Which lesion each row shows; all rows of a lesion are left out together.
            features: As in `node_logit`.
            clinical: What is known beside the pictures.
            patient_id: Goes into the answer unchanged.
        """
        if len(nodes) != len(codes):
            raise ValueError(f"{len(codes)} codes but {len(nodes)} node labels")
        labels, number = np.unique(np.asarray(nodes), return_inverse=True)
        # bag 0 has every row, bag i + 1 lacks lesion i
        kept = number != np.arange(-1, len(labels))[:, None]
        told: tuple[Codes, Features | None] = (codes, features)
        if self.settings.head.slices == "mean":
            told = once_a_lesion(codes, features, number, self.settings)
            kept = kept & first_rows(number)
        parts, logits, chances = self._scored(*told, clinical or Clinical(), kept)
        chance = chances[0]
        return Prediction(
            patient_id=patient_id,
            probability=chance,
            logit=logits[0],
            scale=self.network.scale,
            parts=parts,
            node_scores=self.node_score(*told),
            node_shares=chance - np.array(chances)[1 + number],
            answer=in_words(self.kit.conformal.answers(np.array([chance]))[0]),
            threshold=self.threshold,
        )

    def explain(
        self,
        patches: Patches,
        *,
        features: Features | None = None,
        masks: Masks | None = None,
        rows: Sequence[int] | None = None,
        method: Method = "grad_cam",
        layer: Literal[8, 16] = 8,
        question: Question = NODE_LOGIT,
    ) -> tuple[Explanation, ...]:
        """Where the evidence for each patch's score comes from; see `core.explain.maps`."""
        from core.explain.asking import put
        from core.explain.maps import explain

        asked, beside = put(self, question, patches=len(patches), features=features)
        return explain(
            asked,
            patches,
            beside=beside,
            masks=masks,
            rows=rows,
            method=method,
            layer=layer,
            asked=question.name,
            device=self.device,
        )

    def dimension_weights(self) -> Values:
        """How much each dimension moves the node logit: the mean gradient over training codes."""
        codes = torch.from_numpy(np.array(self.training_codes, np.float32)).to(self.device)
        beside = torch.from_numpy(self.kit.of_nodes(None, len(codes))).to(self.device)
        with torch.enable_grad():
            codes.requires_grad_(True)
            (gradient,) = torch.autograd.grad(self.network.node_logit(codes, beside).sum(), codes)
        return gradient.mean(0).cpu().numpy()

    def _scored(
        self, codes: Codes, features: Features | None, clinical: Clinical, kept: Kept
    ) -> tuple[tuple[Part, ...], list[float], list[float]]:
        """The parts of bag 0, and calibrated logit and probability of every bag of `kept`."""
        facts = np.repeat(self.kit.of_patient(clinical), len(kept), axis=0)
        bag, line = self._bags(codes, features, facts, kept), self.kit.calibration
        with torch.inference_mode():
            terms = self.network.terms(bag)
            if self.network.scale == "logit":
                apart = added_terms(terms, slope=line.slope, intercept=line.intercept)
                # summed in the order in which the parts are shown
                logits = [sum(values) for values in apart]
                values, chances = apart[0], [sigmoid(logit) for logit in logits]
            else:
                found = calibrated(
                    terms.score, "probability", slope=line.slope, intercept=line.intercept
                )
                logits = found.tolist()
                values = told_one_by_one(
                    self.network, bag.only(0), slope=line.slope, intercept=line.intercept
                )
                chances = [sum(values), *(sigmoid(logit) for logit in logits[1:])]
        titles = ("base rate", "nodes", *self.kit.clinical.names)
        parts = tuple(Part(name, value) for name, value in zip(titles, values, strict=True))
        return parts, logits, chances

    def _bags(
        self, codes: Codes, features: Features | None, facts: PatientFeatures, kept: Kept
    ) -> Bag:
        patient, row = np.nonzero(kept)
        beside = self.kit.of_nodes(features, len(codes))
        return pack(
            torch.from_numpy(np.asarray(codes, np.float32)[row]).to(self.device),
            torch.from_numpy(beside[row]).to(self.device),
            patient=torch.from_numpy(patient).to(self.device),
            clinical=torch.from_numpy(facts).to(self.device),
        )

    def _batched(
        self, compute: Callable[[Tensor], Tensor], values: Features | Patches, *, width: int
    ) -> Features:
        """Apply to a batch at a time; the answer is float32, (row, width)."""
        held = torch.from_numpy(np.array(values, dtype=np.float32, order="C"))
        with torch.inference_mode():
            parts = [compute(part.to(self.device)).cpu() for part in held.split(BATCH) if len(part)]
        return torch.cat(parts).numpy() if parts else np.zeros((0, width), np.float32)
