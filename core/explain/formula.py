"""The paper's formula taken apart, term by term, for a run with the paper's head.

    output = 0.9 (0.8 patient + 0.2 largest node score) + 0.1 attention

where `patient` is a network's answer to the node scores, the clinical features and the largest
node's shape, and `attention` is a mean of node scores and clinical values, weighted by themselves
(PAPER.md section 4; `core.networks.head.PaperHead`).
"""

from typing import TYPE_CHECKING

import numpy as np
import torch

from core.arrays import Codes, Features
from core.networks.bag import pack, softmax_over
from core.networks.head import PaperHead
from core.prediction import Clinical, Part

if TYPE_CHECKING:
    from core.model import Model

LARGEST, ATTENDED = 0.9 * (1 - PaperHead.alpha), 0.1


def paper_terms(
    model: "Model", codes: Codes, *, features: Features | None, clinical: Clinical
) -> tuple[Part, ...]:
    """What each term of the formula adds to the output, before calibration; they add up to it.

    Args:
        model: Of a run with the paper's head.
        codes: All of the patient's rows, (row, latent).
        features: (row, feature) in their own units, or None.
        clinical: What is known beside the pictures.

    Raises:
        ValueError: The run has another head.
    """
    head = model.network.heads[0]
    if not isinstance(head, PaperHead):
        raise ValueError(f"the formula is the paper head's; this one is {model.head_kind!r}")
    beside = model.kit.of_nodes(features, len(codes))
    facts = torch.from_numpy(np.asarray(model.kit.of_patient(clinical), np.float32))
    bag = pack(
        torch.from_numpy(np.asarray(codes, np.float32)).to(model.device),
        torch.from_numpy(np.asarray(beside, np.float32)).to(model.device),
        patient=torch.zeros(len(codes), dtype=torch.long, device=model.device),
        clinical=facts.to(model.device),
    )
    with torch.inference_mode():
        output = float(model.network.terms(bag).score[0])
        logits = model.network.node_logit(bag.codes[0], bag.features[0])
        scores = torch.sigmoid(logits)[bag.there[0]]
        values = torch.cat((scores, bag.clinical[0]))[None]
        weights = softmax_over(head.attention * values, torch.ones_like(values, dtype=torch.bool))
        attended = float((weights * values).sum().clamp(0, 1))
        largest = float(scores.max()) if len(scores) else 0.0
    known = (LARGEST * largest, ATTENDED * attended)
    return (
        Part("patient", output - sum(known)),
        Part("largest node score", known[0]),
        Part("attention", known[1]),
    )
