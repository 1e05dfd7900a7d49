"""How a patient's nodes become one probability: multiple instance learning over their codes.

A node head scores each row alone; a pool (`core.networks.bag`) makes one number of a patient's
rows.

The additive head says, on the logit's scale,

    patient = base + log-mean-exp over rows of node logits + count * log(rows) + clinical terms

so that a prediction is taken apart by reading its terms (count = 1 makes it a log-sum: the odds
of "any node", for small odds; the logistic head has count 1 and linear node logits). The gated
attention is that of Ilse, Tomczak and Welling (2018).
"""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from core.networks.bag import Bag, log_mean_exp_over, max_over, mean_over, softmax_over
from core.settings import HeadSettings

Scale = Literal["logit", "probability"]


@dataclass(frozen=True)
class Terms:
    """A patient's score taken apart; `base + nodes + clinical.sum(1)` is the score.

    Attributes:
        base: What is said of every patient, (patient).
        nodes: What the rows add, (patient).
        clinical: What each clinical feature adds, (patient, clinical).
    """

    base: Tensor
    nodes: Tensor
    clinical: Tensor

    @property
    def score(self) -> Tensor:
        """The sum, (patient)."""
        return self.base + self.nodes + self.clinical.sum(1)


class NodeHead(nn.Module):
    """The logit of one row from its standardised code (and node features, where asked for)."""

    def __init__(self, inputs: int, *, hidden: int, dropout: float) -> None:
        super().__init__()
        self.linear = nn.Linear(inputs, 1)
        self.bend = nn.Sequential(
            nn.Linear(inputs, hidden), nn.GELU(), nn.Dropout(dropout), nn.Linear(hidden, 1)
        )

    def forward(self, x: Tensor) -> Tensor:
        """(..., inputs) to (...)."""
        logit: Tensor = self.linear(x) + self.bend(x)
        return logit.squeeze(-1)


class LinearNode(nn.Module):
    """The logit of one row as a weighted sum of its few inputs; what the logistic head has."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.linear = nn.Linear(inputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(..., inputs) to (...)."""
        logit: Tensor = self.linear(x)
        return logit.squeeze(-1)


class PoolHead(nn.Module):
    """Additive, logistic, mean, max and attention heads: node logits pooled over rows.

    With `kind` "additive", "mean" and "max" each row has a logit of its own, and they are pooled
    by log-mean-exp, mean or maximum. With "attention" the rows' logits are weighted by a gated
    attention, which keeps a row's own logit readable. With "logistic" a row's logit is linear
    and the patient's odds are the sum of the rows' odds (`core.training.logistic_bag`).
    """

    scale: Scale = "logit"
    features_used = False
    count: Tensor

    def __init__(self, settings: HeadSettings, *, inputs: int) -> None:
        super().__init__()
        self.kind = settings.kind
        self.node: NodeHead | LinearNode
        if self.kind == "logistic":
            self.node = LinearNode(inputs)
            self.register_buffer("count", torch.ones(()))
        else:
            self.node = NodeHead(inputs, hidden=settings.hidden, dropout=settings.dropout)
            self.count = nn.Parameter(torch.zeros(()))
        self.base = nn.Parameter(torch.zeros(()))
        self.clinical = nn.Parameter(torch.zeros(len(settings.clinical)))
        if self.kind == "attention":
            self.value = nn.Sequential(nn.Linear(inputs, settings.hidden), nn.Tanh())
            self.gate = nn.Sequential(nn.Linear(inputs, settings.hidden), nn.Sigmoid())
            self.weigh = nn.Linear(settings.hidden, 1)

    def node_logit(self, codes: Tensor, features: Tensor) -> Tensor:
        """The logit of each row, (...), from codes (..., latent); features are not looked at."""
        return self.node(codes)  # type: ignore[no-any-return]  # torch: Any

    def forward(self, bag: Bag) -> Terms:
        """Each patient's logit, taken apart."""
        logits = self.node_logit(bag.codes, bag.features)
        if self.kind == "mean":
            nodes = mean_over(logits, bag.there)
        elif self.kind == "max":
            nodes = max_over(logits, bag.there)
        elif self.kind == "attention":
            weights = softmax_over(
                self.weigh(self.value(bag.codes) * self.gate(bag.codes)).squeeze(-1), bag.there
            )
            nodes = (weights * torch.where(bag.there, logits, 0.0)).sum(1)
        else:
            rows = bag.there.sum(1).clamp(min=1).to(logits.dtype)
            nodes = log_mean_exp_over(logits, bag.there) + self.count * rows.log()
        base = self.base.expand(len(nodes))
        return Terms(base, nodes, bag.clinical * self.clinical)


class PaperHead(nn.Module):
    """The paper's head (PAPER.md section 4), its output on the probability's scale.

        output = 0.9 (0.8 patient + 0.2 max of scores) + 0.1 attention

    Deviation: scores are sorted, largest lesion first, and empty slots are masked, so that
    neither the order of the slots nor padding says anything. The attention is a softmax over
    the scores and clinical values by one learned weight, summed.
    """

    scale: Scale = "probability"
    features_used = True
    alpha = 0.8

    def __init__(self, settings: HeadSettings, *, inputs: int, features: int, slots: int) -> None:
        super().__init__()
        self.slots = slots
        self.node = nn.Sequential(
            nn.Linear(inputs + features, 1536),
            nn.GELU(),
            nn.Dropout(settings.dropout),
            nn.Linear(1536, 1),
        )
        width = self.slots + len(settings.clinical) + features
        self.patient = nn.Sequential(
            nn.Linear(width, 128),
            nn.GELU(),
            nn.Linear(128, 64),
            nn.GELU(),
            nn.Linear(64, 32),
            nn.GELU(),
            nn.Linear(32, 1),
        )
        self.attention = nn.Parameter(torch.zeros(()))

    def node_logit(self, codes: Tensor, features: Tensor) -> Tensor:
        """The logit of each row, (...), from codes (..., latent) and features (..., feature)."""
        return self.node(torch.cat((codes, features), dim=-1)).squeeze(-1)  # type: ignore[no-any-return]  # torch: Any

    def forward(self, bag: Bag) -> Terms:
        """Each patient's probability; base and clinical terms are zero, it does not come apart."""
        scores = torch.sigmoid(self.node_logit(bag.codes, bag.features))
        # ties in size are broken by the score, so equal rows may swap without a trace
        size = bag.features[..., 0].masked_fill(~bag.there, -torch.inf)
        by_score = scores.masked_fill(~bag.there, -torch.inf).argsort(1, descending=True)
        by_size = size.gather(1, by_score).argsort(dim=1, descending=True, stable=True)
        order = by_score.gather(1, by_size)
        there = bag.there.gather(1, order)
        ordered = torch.where(there, scores.gather(1, order), 0.0)
        room = scores.new_zeros(len(scores), self.slots)
        kept = min(self.slots, scores.shape[1])
        room[:, :kept] = ordered[:, :kept]
        largest = bag.features[torch.arange(len(scores)), order[:, 0]]
        largest = torch.where(bag.there.any(1)[:, None], largest, 0.0)
        patient = torch.sigmoid(
            self.patient(torch.cat((room, bag.clinical, largest), dim=1)).squeeze(-1)
        )
        values = torch.cat((torch.where(bag.there, scores, 0.0), bag.clinical), dim=1)
        filled = torch.cat((bag.there, torch.ones_like(bag.clinical, dtype=torch.bool)), dim=1)
        attended = (softmax_over(self.attention * values, filled) * values).sum(1)
        mixed = self.alpha * patient + (1 - self.alpha) * max_over(scores, bag.there)
        output = 0.9 * mixed + 0.1 * attended.clamp(0.0, 1.0)
        nothing = torch.zeros_like(output)
        return Terms(nothing, output, torch.zeros_like(bag.clinical))


Head = PoolHead | PaperHead


def build_head(settings: HeadSettings, *, inputs: int, features: int, slots: int) -> Head:
    """The head that the settings ask for, with fresh weights from torch's global seed.

    Args:
        settings: Kind, widths, clinical features.
        inputs: Length of a standardised code.
        features: Node features beside the code (only the paper's head looks at them).
        slots: Most rows a patient has (only the paper's head needs to know).
    """
    if settings.kind == "paper":
        return PaperHead(settings, inputs=inputs, features=features, slots=slots)
    return PoolHead(settings, inputs=inputs)
