"""Codes of autoencoders that were trained inside each fold, for protocols with nothing left out.

The honest protocol fits landmarks and autoencoder on the patients that the heads of a fold are
fitted on and watches its validation patients; the faulty one fits both on everybody, test
patients' pictures (never their outcomes) among them. Attributes keep the run's own measure of
contrast, which no patient of these cohorts had a part in.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from core.arrays import Features, Masks, Patches
from core.cohort.standardise import Landmarks, between, refitted
from core.evaluation.folds import OuterFold
from core.networks.vae import build_vae
from core.progress import silent
from core.run import Run
from core.settings import Settings
from core.training.device import seed_for
from core.training.fit import fit_vae
from core.training.material import material
from core.training.scaler import Scaler
from core.training.snapshots import Snapshots

CPU = torch.device("cpu")
BATCH = 256


@dataclass(frozen=True, eq=False)
class Recipe:
    """What an autoencoder needs to be trained anew.

    Attributes:
        masks: Outlines of the lesions, (row, height, width).
        attributes: The columns that its first dimensions carry, NaN where not known.
        epochs: Passes over the patches.
    """

    masks: Masks
    attributes: Features
    epochs: int


def rescaled(
    patches: Patches, landmarks: Landmarks, histograms: list[tuple[float, ...]], own: np.ndarray
) -> np.ndarray:
    """Patches under landmarks of some patients.

    Args:
        patches: Under `landmarks`.
        landmarks: The run's.
        histograms: Of the patients that landmarks are fitted on.
        own: Which rows are theirs, bool with shape (row).
    """
    pixels = patches[own].ravel().astype(np.float64)
    there = refitted(landmarks, histograms, pixels)
    return between(landmarks, there).apply(patches)


def codes_inside(
    run: Run,
    recipe: Recipe,
    pictures: dict[int, np.ndarray],
    of_row: np.ndarray,
    folds: list[OuterFold],
    *,
    size: int,
    seed: int,
) -> dict[int, np.ndarray]:
    """Codes of all rows by the autoencoder of each fold; by one of everybody under -1.

    Args:
        run: Its settings are the recipe, but for the epochs.
        recipe: What else is needed.
        pictures: All rows under the landmarks of each fold's fitted patients, and of all under -1.
        of_row: Number of each row's patient.
        folds: Who is fitted on, and who is watched.
        size: So many patients are the cohort; further ones are only encoded.
        seed: Of the weights and of augmentation, with the fold's number.
    """
    found = {}
    for place, own in pictures.items():
        splits = np.full(len(of_row), "test", dtype="<U10")
        if place < 0:
            splits[of_row < size] = "train"
        else:
            fitted, watched = folds[place].parts()[0]
            splits[np.isin(of_row, fitted)] = "train"
            splits[np.isin(of_row, watched)] = "validation"
        training = run.settings.training.model_copy(update={"epochs": recipe.epochs, "threads": 1})
        asked = run.settings.model_copy(
            update={"seed": seed * 16 + place + 1, "training": training}
        )
        found[place] = _codes(asked, own, recipe, splits)
    return found


def _codes(
    settings: Settings, pictures: np.ndarray, recipe: Recipe, splits: np.ndarray
) -> np.ndarray:
    names = settings.vae.attributes
    scaler = Scaler.fit(recipe.attributes[splits == "train"], names)
    data = material(
        pictures,
        recipe.masks,
        attributes=scaler.apply(recipe.attributes),
        scaler=scaler,
        splits=splits,
        device=CPU,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed_for(settings.seed, "weights"))
        vae = build_vae(settings.vae, size_px=settings.patch.size_px)
    with tempfile.TemporaryDirectory() as folder:
        fit_vae(
            vae,
            data,
            settings,
            checkpoint=Path(folder) / "autoencoder",
            snapshots=Snapshots(Path(folder) / "snapshots", data.pictures, rows=(0,), shown=(0,)),
            progress=silent,
            report=lambda sentence: None,
        )
    with torch.inference_mode():
        parts = [vae.encode(part).mean for part in data.pictures.split(BATCH)]
    return torch.cat(parts).numpy()
