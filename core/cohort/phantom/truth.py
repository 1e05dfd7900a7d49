"""The model that makes a synthetic cohort: who has what, before anything is drawn.

Counts, stages and ages follow the paper's cohort. Every factor of a node is drawn from a
known density given malignancy, independently of the others, so that `bayes.py` can say what
the best possible reader would answer.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.special import gammaln

from core.cohort.phantom.factors import DISTANCE, FACTORS, Change, draw_factors

if TYPE_CHECKING:
    import pandas as pd

# patients by T stage (rows) and N0, N1, N2: the margins are the paper's, the link is ours
STAGES = np.array([[27, 2, 1], [65, 10, 4], [31, 11, 5], [7, 3, 2]])
MEN, WOMEN = 114, 54
AGE_MEAN, AGE_SD = 69.2, 11.4
MALIGNANT_COUNT = {1: {1: 0.5, 2: 0.32, 3: 0.18}, 2: {4: 0.4, 5: 0.25, 6: 0.17, 7: 0.11, 8: 0.07}}
MOST_NODES = 18


@dataclass(frozen=True)
class Rules:
    """How cleanly malignancy shows; the defaults are meant to be as hard as the clinic.

    Attributes:
        separation: Multiplies the distance of malignant from benign in every factor; 1 is the
            default overlap, 0 makes malignancy invisible.
        occult: Share of N+ patients without a visible malignant node.
        nearer_mm: How much nearer the tumour malignant nodes lie, in the mean.
        planted: Whether spots are laid beside nodes, see `planted`.
    """

    separation: float = 1.0
    occult: float = 0.05
    nearer_mm: float = 4.0
    planted: bool = False


# one spot decides, and nothing else about a node tells
PLANTED = Rules(separation=0.0, occult=0.0, nearer_mm=0.0, planted=True)
# the distance alone then tells a node as well as its short axis does: true AUC .75 both
NEAR_TUMOUR = Rules(nearer_mm=12.0)
MOST_NEARER_MM = DISTANCE.benign - DISTANCE.low  # the mean of metastases then lies at the nearest


@dataclass(frozen=True)
class NodeTruth:
    """One node as it was drawn; sizes are those of its largest section.

    Attributes:
        label: Its number in the mask, from 1.
        malignant: What it is.
        short_axis_mm: Short axis of the section's second-moment ellipse.
        elongation: Long axis over short axis, above 1.
        border: Irregularity of the outline, 0..1.
        heterogeneity: Strength of the inner texture, 0..1.
        signal: Signal relative to fat.
        hilum: Whether it has a fatty hilum.
        tumour_distance_mm: Distance that was asked for, from the tumour's centre.
        seed: Source of everything else about it, independent of the factors above.
        planted: Whether it may have spots beside it, see `planted`.
    """

    label: int
    malignant: bool
    short_axis_mm: float
    elongation: float
    border: float
    heterogeneity: float
    signal: float
    hilum: bool
    tumour_distance_mm: float
    seed: tuple[int, ...]
    planted: bool = False

    def changed(self, change: Change) -> "NodeTruth":
        """The same node with factors changed, kept within what a node can be."""
        by_name = {factor.name: factor for factor in FACTORS}

        def moved(name: str) -> float:
            return by_name[name].clip(getattr(self, name) + getattr(change, name))

        return replace(
            self,
            short_axis_mm=moved("short_axis_mm"),
            elongation=moved("elongation"),
            border=moved("border"),
            heterogeneity=moved("heterogeneity"),
            signal=moved("signal"),
        )


@dataclass(frozen=True)
class PatientTruth:
    """One patient as drawn: stages, person, nodes, and the seed of the surroundings."""

    patient_id: str
    n_stage: int
    t_stage: int
    age: float
    sex: Literal["M", "F"]
    occult: bool
    nodes: tuple[NodeTruth, ...]
    seed: tuple[int, ...]

    @property
    def positive(self) -> bool:
        """Whether the patient is N+."""
        return self.n_stage > 0


def draw_truth(patients: int, seed: int, *, rules: Rules | None = None) -> tuple[PatientTruth, ...]:
    """Draw who has what; nothing is rendered, so thousands take a second or two.

    Stages and sexes are dealt out in the paper's proportions, not tossed, so that a cohort of
    168 has its 130, 26 and 12 patients.

    Args:
        patients: How many.
        seed: Same seed and number, same patients.
        rules: How cleanly malignancy shows.

    Raises:
        ValueError: patients is below 1.
    """
    if patients < 1:
        raise ValueError(f"patients: found {patients}, wanted 1 or more")
    return tuple(_patients(patients, seed, rules or Rules()))


def _patients(patients: int, seed: int, rules: Rules) -> Iterator[PatientTruth]:
    dealing = np.random.default_rng([seed, patients, 0])
    stages = _deal_stages(patients)
    dealing.shuffle(stages)
    men = round(patients * MEN / (MEN + WOMEN))
    sexes = dealing.permutation(np.array(["M"] * men + ["F"] * (patients - men)))
    positive = np.flatnonzero(stages[:, 1] > 0)
    hidden = set(dealing.permutation(positive)[: round(rules.occult * len(positive))].tolist())
    digits = max(3, len(str(patients)))
    for index, ((t_stage, n_stage), sex) in enumerate(zip(stages, sexes, strict=True), start=1):
        own = (seed, index)
        generator = np.random.default_rng([*own, 1])
        age = float(np.clip(generator.normal(AGE_MEAN, AGE_SD), 32, 95).round(0))
        occult = index - 1 in hidden
        malignant = 0 if occult or n_stage == 0 else _malignant_count(int(n_stage), generator)
        yield PatientTruth(
            patient_id=f"sub-{index:0{digits}d}",
            n_stage=int(n_stage),
            t_stage=int(t_stage),
            age=age,
            sex="M" if sex == "M" else "F",
            occult=occult,
            nodes=_nodes(malignant, generator, own, rules),
            seed=own,
        )


def _nodes(
    malignant: int, generator: np.random.Generator, own: tuple[int, ...], rules: Rules
) -> tuple[NodeTruth, ...]:
    count = int(generator.choice(MOST_NODES, p=count_density(malignant))) + 1
    is_malignant = generator.permutation(np.arange(count) < malignant)
    drawn = draw_factors(is_malignant, generator, rules.separation, rules.nearer_mm)
    return tuple(
        NodeTruth(
            label=row + 1,
            malignant=bool(is_malignant[row]),
            short_axis_mm=float(drawn["short_axis_mm"][row]),
            elongation=float(drawn["elongation"][row]),
            border=float(drawn["border"][row]),
            heterogeneity=float(drawn["heterogeneity"][row]),
            signal=float(drawn["signal"][row]),
            hilum=bool(drawn["hilum"][row]),
            tumour_distance_mm=float(drawn["tumour_distance_mm"][row]),
            seed=(*own, 2, row + 1),
            planted=rules.planted,
        )
        for row in range(count)
    )


@cache
def count_density(malignant: int) -> tuple[float, ...]:
    """Probability of 1, 2, ... nodes given how many of them are malignant.

    The paper's 5.9 with standard deviation 3.8: one plus a negative binomial, cut at 18.
    """
    count = np.arange(1, MOST_NODES + 1)
    size, mean = 2.2, 4.75
    ways = gammaln(count - 1 + size) - gammaln(count) - gammaln(size)
    density = np.exp(ways + (count - 1) * np.log(mean / (size + mean)))
    density[count < malignant] = 0
    return tuple(density / density.sum())


def _malignant_count(n_stage: int, generator: np.random.Generator) -> int:
    table = MALIGNANT_COUNT[n_stage]
    return int(generator.choice(list(table), p=list(table.values())))


def _deal_stages(patients: int) -> "np.ndarray[tuple[int, int], np.dtype[np.int64]]":
    n_sums = STAGES.sum(axis=0)
    # a cohort too small for its share still needs N+ patients in every part of a split
    positive = max(round(patients * n_sums[1:].sum() / n_sums.sum()), min(3, patients // 2))
    n2 = round(positive * n_sums[2] / n_sums[1:].sum())
    dealt = []
    for n_stage, many in enumerate((patients - positive, positive - n2, n2)):
        for t_stage, share in enumerate(_apportion(many, STAGES[:, n_stage]), start=1):
            dealt += [(t_stage, n_stage)] * share
    return np.array(dealt)


def _apportion(many: int, weights: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> list[int]:
    """Largest remainders: whole numbers in proportion to weights that add up to many."""
    exact = many * weights / weights.sum()
    whole = np.floor(exact).astype(int)
    for place in np.argsort(whole - exact, kind="stable")[: many - whole.sum()]:
        whole[place] += 1
    return [int(number) for number in whole]


def truth_table(patients: Sequence[PatientTruth]) -> "pd.DataFrame":
    """One row a node, as `truth.tsv` holds it."""
    import pandas as pd

    return pd.DataFrame(
        [
            {
                "patient_id": patient.patient_id,
                "node": node.label,
                "malignant": int(node.malignant),
                **{name: getattr(node, name) for name in COLUMNS},
                "n_stage": patient.n_stage,
                "t_stage": patient.t_stage,
                "occult": int(patient.occult),
            }
            for patient in patients
            for node in patient.nodes
        ]
    )


COLUMNS = (*(factor.name for factor in FACTORS), DISTANCE.name)
