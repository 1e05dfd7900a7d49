"""What other trainings say of a run's usual walks, found out beforehand and kept with the run.

Asking a training needs its network (`core.growth.trainings`), and the networks of five trainings
would not fit beside the shipped run. What they said of the walk with which Growth opens each
lesion of the test patients does: `RUN/added/growth_trainings/opinions.parquet`, one line a
picture, and `trainings.json`, what each training is.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from core.arrays import Values
from core.errors import LatentError, RunUnusable
from core.evaluation.figures import Figure, Stamp, adding, write_metrics
from core.growth.by_patient import mean_of
from core.growth.crossing import crossings
from core.growth.preference import Preferred, preferred
from core.growth.sized import ruler_holds, sized
from core.growth.trainings import Opinion, opinions
from core.growth.usual import usual_walk
from core.growth.walked import Ground
from core.latent.space import LatentSpace
from core.run import Run, write_text

if TYPE_CHECKING:
    from core.growth.simulate import Judge
    from core.model import Model

FOLDER, FORMAT = "growth_trainings", 1
PLACES = 4  # of a score: finer than any page draws, in half the bytes
SAME_MM = 0.01  # two walks are one where they ask for the same sizes
Say = Callable[[str], None]


@dataclass(frozen=True)
class Training:
    """One training that was asked.

    Attributes:
        name: The run's.
        preset: What it was trained with.
        seed: Of its choices, and of who is among its training patients.
        epochs: Of its autoencoder, at most.
        threshold: Its own, of a lesion's score.
        weights_sha256: Its network's.
    """

    name: str
    preset: str
    seed: int
    epochs: int
    threshold: float
    weights_sha256: str


@dataclass(frozen=True, eq=False)
class Told:
    """What trainings said of a run's usual walks.

    Attributes:
        trainings: The run itself first.
        walked: The way, what is kept and the share with which the run walked then.
        passed_over: Lesions of test patients that could not be walked.
        pictures: One line a picture: row, patient_id, asked (mm), refused, and for each training
            `score_N` and `trained_on_N`, in the order of `trainings`.
    """

    trainings: tuple[Training, ...]
    walked: Preferred
    passed_over: int
    pictures: pd.DataFrame


def ask_all(
    run: Run,
    model: "Model",
    others: "Sequence[tuple[Run, Model]]",
    *,
    score_of: "Callable[[int], Judge]",
    say: Say,
) -> Told:
    """Walk every test patient's lesion as Growth does, and ask every training about the pictures.

    Args:
        run: The run that walks.
        model: Its network.
        others: Other trainings on the same pictures (`core.growth.trainings.others_of`).
        score_of: The score of codes near a row's lesion, by the run.
        say: Told after every tenth lesion.

    Raises:
        LatentError: No lesion of the test patients can be walked.
    """
    space, holds = LatentSpace.open(run), ruler_holds(run)
    chosen = run.rows["key_slice"].to_numpy(bool) & (run.rows["split"] == "test").to_numpy()
    asked, parts, passed_over = [(run, model), *others], [], 0
    rows = [int(row) for row in np.flatnonzero(chosen)]
    for number, row in enumerate(rows):
        known = sized(run, row, space=space, holds=holds)
        try:
            walk = usual_walk(Ground(run, space, model.decode, known, holds, score_of(row)), row)
        except LatentError:
            walk = None
        if number % 10 == 9:
            say(f"{number + 1} of {len(rows)} lesions walked, {len(asked)} trainings asked of each")
        if walk is None or not np.isfinite(walk.asked_mm).all():
            passed_over += 1
            continue
        part = {
            "row": np.full(len(walk), row, np.int32),
            "patient_id": str(run.rows["patient_id"].iloc[row]),
            "asked": walk.asked_mm.astype(np.float32),
            "refused": np.array([bool(said) for said in walk.refused]),
        }
        for at, one in enumerate(opinions(run, row, walk.pictures, asked)):
            part |= {
                f"score_{at}": one.score.round(PLACES).astype(np.float32),
                f"trained_on_{at}": one.trained_on,
            }
        parts.append(pd.DataFrame(part))
    if not parts:
        raise LatentError(f"Run {run.name!r}: no lesion of a test patient can be walked.")
    trainings = tuple(_training(each) for each, _ in asked)
    return Told(trainings, preferred(run), passed_over, pd.concat(parts, ignore_index=True))


def _training(run: Run) -> Training:
    return Training(
        name=run.name,
        preset=run.manifest.preset,
        seed=run.manifest.seed,
        epochs=run.settings.training.epochs,
        threshold=float(run.preprocessing["node_threshold"]),
        weights_sha256=run.manifest.weights_sha256,
    )


def kept(run: Run) -> Told | None:
    """What was kept with the run; None where nothing was.

    Raises:
        RunUnusable: It is damaged.
    """
    folder = run.folder / "added" / FOLDER
    if not folder.is_dir():
        return None
    try:
        said = json.loads((folder / "trainings.json").read_text(encoding="utf-8"))
        if said["format"] != FORMAT:
            raise ValueError(f"format {said['format']}")
        pictures = pd.read_parquet(folder / "opinions.parquet")
        trainings = tuple(Training(**one) for one in said["trainings"])
        told = Told(trainings, Preferred(**said["walked"]), int(said["passed_over"]), pictures)
        own = trainings[0].weights_sha256
        _ = pictures[["row", "patient_id", "asked", "refused"]]
        for at in range(len(trainings)):
            _ = pictures[[f"score_{at}", f"trained_on_{at}"]]
    except (OSError, ValueError, LookupError, TypeError) as error:
        found = f"added/{FOLDER}: {type(error).__name__}"
        raise RunUnusable(run.name, found, "what `train.py growth --trainings` wrote") from error
    if own != run.manifest.weights_sha256 or told.walked != preferred(run):
        return None  # of another network of this name, or of other pictures than are walked now
    return told


def kept_opinions(told: Told, row: int, asked: Values) -> list[Opinion]:
    """What each training said of a lesion's usual walk; nothing where another walk is asked about.

    Args:
        told: From `kept`.
        row: The lesion.
        asked: The sizes that the walk asks for, (step,) in mm.
    """
    own = told.pictures[told.pictures["row"] == row]
    if len(own) != len(asked) or np.abs(own["asked"].to_numpy(float) - asked).max() > SAME_MM:
        return []
    return [
        Opinion(
            one.name, one.preset, own[f"score_{at}"].to_numpy(float), one.threshold,
            bool(own[f"trained_on_{at}"].iloc[0]),
        )
        for at, one in enumerate(told.trainings)
    ]  # fmt: skip


def agreement_figures(told: Told, stamp: Stamp) -> list[Figure]:
    """How far trainings agree on usual walks; steps that are refused are left out.

    A training is asked only about patients that it was not trained on.

    Args:
        told: From `ask_all`.
        stamp: Of the figures; their seeds are all trainings'.
    """
    alike, turns, apart = [], [], []
    for _, own in told.pictures.groupby("row", sort=False):
        who, asked = str(own["patient_id"].iloc[0]), own["asked"].to_numpy(float)
        trusted = ~own["refused"].to_numpy(bool)
        margins = [
            np.where(trusted, own[f"score_{at}"].to_numpy(float) - one.threshold, np.nan)
            for at, one in enumerate(told.trainings)
        ]
        unseen = [
            margins[at]
            for at in range(1, len(margins))
            if not bool(own[f"trained_on_{at}"].iloc[0])
        ]
        if not unseen or not trusted.any():
            continue
        calls = np.stack([one >= 0 for one in unseen])[:, trusted]
        alike.append((who, float((calls == (margins[0] >= 0)[trusted]).mean())))
        here = crossings(asked, margins[0], 0.0)
        if not here:
            continue
        there = [crossings(asked, one, 0.0) for one in unseen]
        turns.append((who, float(np.mean([bool(found) for found in there]))))
        away = [abs(found[0] - here[0]) for found in there if found]
        if away:
            apart.append((who, float(np.mean(away))))
    found = []
    for name, lines in (
        ("growth.trainings_agree", alike),
        ("growth.trainings_turn", turns),
        ("growth.trainings_apart_mm", apart),
    ):
        table = pd.DataFrame(lines, columns=["who", "value"])
        counted = mean_of(table["value"], table["who"])
        if counted is not None:
            found.append(
                stamp.figure(name, counted[0], n=counted[1], unit_of_n="node", data="test")
            )
    return found


def write_told(run: Run, told: Told, *, stamp: Stamp) -> list[Figure]:
    """Write `RUN/added/growth_trainings/` whole, and make the run's `metrics.json` again."""
    with adding(run, FOLDER) as draft:
        figures = agreement_figures(told, stamp)
        write_metrics(draft, figures, weights_sha256=run.manifest.weights_sha256)
        said = {
            "format": FORMAT,
            "walked": asdict(told.walked),
            "passed_over": told.passed_over,
            "trainings": [asdict(one) for one in told.trainings],
        }
        write_text(draft / "trainings.json", json.dumps(said, indent=1) + "\n")
        told.pictures.to_parquet(
            draft / "opinions.parquet", index=False, compression="zstd", compression_level=19
        )
    return figures
