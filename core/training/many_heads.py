"""Many small heads at once: every fold's and every configuration's, watched over their epochs.

A row passes through one hidden layer to a logit; rows are pooled to a patient and clinical facts
added, as in the runs' own heads. All are fitted side by side with Adam on full batches, both
outcomes weighing the same. Nothing is chosen here: every moment is kept, for whoever chooses.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from core.evaluation.faults import Configuration
from core.training.logistic_bag import balance, pooled

STEPS, EVERY = 60, 3  # twenty moments; by then the larger steps fit training patients closely


@dataclass(frozen=True, eq=False)
class ManyHeads:
    """Fitted heads at every moment.

    Attributes:
        configurations: How each was set up.
        scores: Logits of everybody fitted or watched, (moment, fold, configuration, patient).
        weights: By name, (moment, fold, configuration, ...).
    """

    configurations: tuple[Configuration, ...]
    scores: np.ndarray
    weights: dict[str, np.ndarray]

    def score(
        self,
        moment: int,
        fold: int,
        configuration: int,
        *,
        rows: np.ndarray,
        of_row: np.ndarray,
        facts: np.ndarray,
    ) -> np.ndarray:
        """What one head says of other patients, (patient).

        Args:
            moment, fold, configuration: Which head.
            rows: Their rows on that fold's scale, (row, input).
            of_row: Number of each row's patient, into `facts`.
            facts: Their clinical facts on that fold's scale, (patient, fact).
        """
        own = {name: each[moment, fold, configuration] for name, each in self.weights.items()}
        hidden = np.tanh(rows @ own["first"] + own["shift"])
        pool = self.configurations[configuration].pool
        logits = hidden @ own["second"]
        if pool == "max":
            found = np.full(len(facts), -np.inf)
            np.maximum.at(found, of_row, logits)
        else:
            found = pooled(logits, of_row, len(facts), "sum" if pool == "odds" else "mean")[0]
        return np.asarray(found + own["base"] + facts @ own["beside"])


def fit_many(
    rows: np.ndarray,
    of_row: np.ndarray,
    facts: np.ndarray,
    labels: np.ndarray,
    fitted: np.ndarray,
    *,
    configurations: Sequence[Configuration],
    seed: int,
    steps: int = STEPS,
    every: int = EVERY,
) -> ManyHeads:
    """Fit one head a fold and configuration.

    Args:
        rows: Of all patients on each fold's scale, (fold, row, input).
        of_row: Number of each row's patient.
        facts: Clinical facts on each fold's scale, (fold, patient, fact).
        labels: Outcomes, (patient); only those of fitted patients are used.
        fitted: Who is fitted on, (fold, patient) bool.
        configurations: How each is set up.
        seed: Of the first weights.
        steps: Full batches.
        every: Steps between two moments.
    """
    folds, _, inputs = rows.shape
    widest = max(each.hidden for each in configurations)
    many = (folds, len(configurations))
    chance = torch.Generator().manual_seed(seed)
    first = torch.randn((*many, inputs, widest), generator=chance) / inputs**0.5
    second = torch.randn((*many, widest), generator=chance) / widest**0.5
    narrow = torch.tensor([[place < c.hidden for place in range(widest)] for c in configurations])
    second = second * narrow
    parameters = {
        "first": first,
        "shift": torch.zeros((*many, widest)),
        "second": second,
        "base": torch.zeros(many),
        "beside": torch.zeros((*many, facts.shape[2])),
    }
    x = torch.from_numpy(rows.astype(np.float32))
    beside = torch.from_numpy(facts.astype(np.float32))
    who = torch.from_numpy(np.asarray(of_row, dtype=np.int64))
    truth = torch.from_numpy(np.asarray(labels, dtype=np.float32))
    weigh = np.zeros(fitted.shape, np.float32)
    for fold, chosen in enumerate(fitted):
        weigh[fold, chosen] = balance(np.asarray(labels)[chosen]) / chosen.sum()
    weights = torch.from_numpy(weigh)[:, :, None]
    rates = {each.rate for each in configurations}
    # one set of tensors a rate, since Adam steps whole tensors
    places = {
        rate: [at for at, each in enumerate(configurations) if each.rate == rate] for rate in rates
    }
    back = torch.tensor([at for own in places.values() for at in own]).argsort()
    parts = {
        rate: {name: each[:, own].clone().requires_grad_() for name, each in parameters.items()}
        for rate, own in places.items()
    }
    optimiser = torch.optim.Adam(
        [{"params": list(own.values()), "lr": rate} for rate, own in parts.items()]
    )
    pools = [each.pool for each in configurations]

    def together() -> dict[str, Tensor]:
        return {
            name: torch.cat([own[name] for own in parts.values()], dim=1)[:, back]
            for name in parameters
        }

    scores, kept = [], []
    for step in range(steps):
        own = together()
        logits = _logits(own, x, who, beside, pools, narrow)
        missed = F.softplus(logits) - truth[None, :, None] * logits
        optimiser.zero_grad(set_to_none=True)
        (missed * weights).sum().backward()
        optimiser.step()
        if step % every == every - 1:
            with torch.no_grad():
                now = together()
                said = _logits(now, x, who, beside, pools, narrow)
            now["second"] = now["second"] * narrow
            scores.append(said.transpose(1, 2).numpy())
            kept.append({name: each.detach().numpy().copy() for name, each in now.items()})
    return ManyHeads(
        tuple(configurations),
        np.stack(scores),
        {name: np.stack([each[name] for each in kept]) for name in parameters},
    )


def _logits(
    own: dict[str, Tensor],
    x: Tensor,
    who: Tensor,
    beside: Tensor,
    pools: Sequence[str],
    narrow: Tensor,
) -> Tensor:
    """Logits of everybody, (fold, patient, configuration)."""
    folds, rows, _ = x.shape
    many, patients = len(pools), beside.shape[1]
    wide = own["first"].permute(0, 2, 1, 3).flatten(2)  # (fold, input, configuration * hidden)
    hidden = torch.tanh((x @ wide).unflatten(2, (many, -1)) + own["shift"][:, None])
    of_rows = (hidden * (own["second"] * narrow)[:, None]).sum(-1)  # (fold, row, configuration)
    index = who[None, :, None].expand(folds, rows, many)
    shape = (folds, patients, many)
    top = of_rows.new_full(shape, -torch.inf).scatter_reduce(1, index, of_rows, "amax")
    calm = top.detach()
    raised = torch.exp(of_rows - calm.gather(1, index))
    odds = calm + torch.log(torch.zeros(shape).scatter_add(1, index, raised))
    filled = torch.bincount(who, minlength=patients).clamp(min=1)
    mean = torch.zeros(shape).scatter_add(1, index, of_rows) / filled[None, :, None]
    by_name = {"odds": odds, "mean": mean, "max": top}
    picked = torch.stack([by_name[pool][..., at] for at, pool in enumerate(pools)], dim=-1)
    return picked + own["base"][:, None] + beside @ own["beside"].transpose(1, 2)
