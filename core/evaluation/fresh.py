"""`python train.py evaluate --fresh N`: a run judged by synthetic patients nobody has seen.

They come from the same known densities as the training cohort, so the best possible answer is
known for each (`core.cohort.phantom.bayes`), and so is what every lesion really is. What is known
of the run's own test patients, since they are synthetic too, is measured here as well
(`own_truth`). Writes
`added/fresh/`: `predictions_fresh.csv`, `nodes_fresh.csv` and `metrics.json`. What costs more is
asked for by `More`: heads fitted on further fresh patients, sets over many cohorts, the pixels'
ceiling.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from core.cohort.fresh import FreshPatients, fresh_patients
from core.cohort.phantom.bayes import bayes_node, bayes_patient
from core.cohort.phantom.scanner import ScannerName
from core.cohort.phantom.truth import Rules, truth_table
from core.cohort.phantom.write import rules_of
from core.cohort.source import PHANTOM, scanner_of
from core.cohort.standardise import Landmarks
from core.errors import RunUnusable
from core.evaluation.conformal import ConformalRule
from core.evaluation.figures import Figure, Stamp, read_metrics, rebuild_metrics, write_metrics
from core.evaluation.fresh_ceiling import ceiling_figures
from core.evaluation.fresh_figures import (
    KEYS,
    Freshly,
    node_figures,
    of_fresh,
    of_training,
    patient_figures,
    probe_figures,
)
from core.evaluation.fresh_kept import FOLDER, PATIENTS
from core.evaluation.own_truth import truth_figures
from core.evaluation.parts import parts_of
from core.evaluation.people import People
from core.progress import Progress, silent
from core.run import Run
from core.training.record import commit, write_table

VERSION = 6
TRAINED_ON = (458, 2000)  # the sizes that have a figure: a later study's, and many
SEED = 90_001  # far from the seeds that people train on


@dataclass(frozen=True)
class More:
    """What else fresh patients are asked.

    Attributes:
        trained_on: Fit heads on so many further fresh patients each, and read them on those judged.
        cohorts: Over so many cohorts of 168 see how often conformal sets hold the outcome; 0: not.
        ceiling: Train a small network on the pixels of the run's training patients, and read what
            it reads of the true factors; up to three minutes.
    """

    trained_on: tuple[int, ...] = ()
    cohorts: int = 0
    ceiling: bool = False

    @property
    def as_options(self) -> str:
        """What the command line is told to get it, with a space before."""
        numbers = "".join(f" {number}" for number in self.trained_on)
        return (
            (f" --trained-on{numbers}" if numbers else "")
            + (f" --sets {self.cohorts}" if self.cohorts else "")
            + (" --ceiling" if self.ceiling else "")
        )


def evaluate_fresh(
    run: Run,
    patients: int,
    *,
    seed: int = SEED,
    more: More | None = None,
    cohorts: Path = Path("cohorts"),
    device: str = "auto",
    progress: Progress = silent,
    report: Callable[[str], None] = lambda sentence: None,
) -> list[Figure]:
    """Draw fresh patients, let the run judge them, and write what came of it.

    Args:
        run: Finished, of a synthetic cohort.
        patients: How many.
        seed: Of the patients; a training on the same seed is refused.
        more: What else they are asked; by default nothing.
        cohorts: Folder in which their small files are kept.
        device: Where the run computes.
        progress: Told how far each step is.
        report: Told, in a sentence, what a person should know at once.

    Returns:
        The figures, also in the run's `metrics.json`.

    Raises:
        RunUnusable: As `refuse_own_seed` says.
    """
    refuse_own_seed(run, seed)
    more = more or More()
    plan = {"version": VERSION, "patients": patients, "seed": seed, "more": asdict(more)}
    with parts_of(run, FOLDER, plan) as parts:
        if parts.finished:
            report(f"Run {run.name} was judged by these fresh patients before.")
            return read_metrics(run.folder / "added" / FOLDER)[0]
        fresh = patients_for(run, patients, seed=seed, place=cohorts, progress=progress)
        said, codes = judge(run, fresh, device=device, progress=progress)
        command = f"python train.py evaluate --run {run.name} --fresh {patients}{more.as_options}"
        stamp = Stamp.now(command, seeds=(run.manifest.seed,), commit=commit())
        known = of_training(run)
        figures = [
            *patient_figures(said, stamp, trained=run.manifest.patients),
            *node_figures(said, stamp),
            *(probe_figures(known, of_fresh(fresh, codes), stamp) if known else ()),
            *truth_figures(run, stamp, progress=progress),
        ]
        figures += _more_figures(
            run, more, fresh, codes, said, stamp, seed=seed, place=cohorts, progress=progress
        )
        if more.ceiling:
            figures += ceiling_figures(run, fresh, figures, stamp, progress=progress)
        write_table(parts.folder / PATIENTS, said.patients)
        write_table(parts.folder / "nodes_fresh.csv", said.nodes.round(4))
        write_metrics(parts.folder, figures, weights_sha256=run.manifest.weights_sha256)
        parts.finish()
        rebuild_metrics(run.folder)
        return figures


def patients_for(
    run: Run,
    patients: int,
    *,
    seed: int,
    place: Path,
    scanner: ScannerName | None = None,
    progress: Progress = silent,
) -> FreshPatients:
    """Fresh patients, cut and brought to scale as a run's own were.

    Args:
        run: Gives patch settings and landmarks.
        patients: How many.
        seed: Of the patients.
        place: Folder of the cohorts.
        scanner: What they are scanned with; by default what the run's own patients were.
        progress: Told after every patient.
    """
    return fresh_patients(
        patients,
        seed=seed,
        settings=run.settings.patch,
        landmarks=Landmarks.from_json(run.preprocessing["landmarks"]),
        place=place,
        scanner=scanner or scanner_of(Path(run.settings.cohort.path)),
        progress=progress,
    )


def _more_figures(
    run: Run,
    more: More,
    fresh: FreshPatients,
    codes: np.ndarray,
    said: Freshly,
    stamp: Stamp,
    *,
    seed: int,
    place: Path,
    progress: Progress,
) -> Iterator[Figure]:
    from core.evaluation.fresh_heads import (
        OWN,
        coverage_figures,
        regret_figures,
        rows_together,
    )
    from core.model import Model
    from core.training.heads_inside import own_fit

    named = len(run.settings.vae.attributes) if run.manifest.has_masks else 0
    asked = People.from_rows(fresh.rows, codes, named=named)
    if more.cohorts:
        yield from coverage_figures(asked, stamp, cohorts=more.cohorts, progress=progress)
    if more.trained_on:
        # the next seed: nobody is learned from and asked
        many = patients_for(
            run, max(OWN, *more.trained_on), seed=seed + 1, place=place, progress=progress
        )
        model = Model.open(run, device="cpu")
        told = model.encode(many.patches)
        learned = People.from_rows(many.rows, told, named=named)
        own = own_fit(
            model,
            run.settings,
            rows_together(many.rows, fresh.rows),
            np.concatenate((told, codes)),
            patches=np.concatenate((many.patches, fresh.patches)),
            masks=np.concatenate((many.masks, fresh.masks)),
        )
        best = said.patients["best"].to_numpy().astype(np.float64)
        numbers = sorted({OWN, *more.trained_on})
        yield from regret_figures(
            learned, asked, best, stamp, numbers=numbers, own=own, progress=progress
        )


def refuse_own_seed(run: Run, seed: int) -> None:
    """See that fresh patients of a seed mean something for a run, and were not trained on.

    Raises:
        RunUnusable: The run is not of a synthetic cohort, was trained on that seed, or on patients
            drawn by other rules than fresh ones are, or its head asks for distances.
    """
    trained = PHANTOM.fullmatch(Path(run.settings.cohort.path).name)
    if not run.manifest.synthetic:
        found = "a cohort of real patients"
        raise RunUnusable(run.name, found, "a synthetic one, whose truth is known")
    if trained and int(trained.group(2)) == seed:
        raise RunUnusable(run.name, f"seed {seed} in its training", "another --fresh-seed")
    if run.settings.head.distance:
        found = "a head that weighs lesions by their distance to the tumour"
        raise RunUnusable(run.name, found, "one that does not: fresh tumours are not outlined")
    place = run.cohort_place
    rules = rules_of(place) if place else None
    if rules not in (None, Rules()):
        found = "a cohort drawn by rules of its own (--near-tumour, --planted)"
        raise RunUnusable(run.name, found, "one by the default rules, as fresh patients are")


def judge(
    run: Run, fresh: FreshPatients, *, device: str = "auto", progress: Progress = silent
) -> tuple[Freshly, np.ndarray]:
    """The run's answers on fresh patients, and their codes."""
    from core.model import Model
    from core.training.answers import predict_rows

    model = Model.open(run, device=device)
    codes = model.encode(fresh.patches)
    scores = model.node_score(codes, model.beside(fresh.rows, codes))
    rows = fresh.rows.assign(node_score=scores)
    groups = rows.groupby("patient_id", sort=False).indices
    said = {"positive": "N+", "negative": "N0", "no answer": "no answer"}
    people = []
    for done, truth in enumerate(fresh.truths):
        chosen = np.asarray(groups.get(truth.patient_id, []), dtype=int)
        if chosen.size:
            found = predict_rows(model, rows.iloc[chosen], codes[chosen])
            people.append(
                {
                    "patient_id": truth.patient_id,
                    "label": int(truth.positive),
                    "probability": found.probability,
                    "called": int(found.probability >= found.threshold),
                    "set": said[found.answer],
                    "held": int(_held(model.kit.conformal, found.probability, truth.positive)),
                    "best": bayes_patient(truth),
                    "largest_mm": rows["short_axis_mm"].to_numpy()[chosen].max(),
                }
            )
        progress("judging fresh patients", done + 1, len(fresh.truths))
    nodes = [node for truth in fresh.truths for node in truth.nodes]
    true = truth_table(fresh.truths).assign(best=bayes_node(nodes))
    keys = rows.loc[rows["key_slice"].astype(bool), [*KEYS, "node_score", "short_axis_mm"]]
    kept = keys.merge(true[[*KEYS, "malignant", "best"]], on=KEYS, validate="one_to_one")
    return Freshly(pd.DataFrame(people), kept), codes


def _held(rule: ConformalRule, probability: float, positive: bool) -> bool:
    """Whether the set for such a probability holds the outcome."""
    chance = np.array([probability])
    return bool((rule.holds_positive(chance) if positive else rule.holds_negative(chance))[0])
