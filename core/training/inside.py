"""A training anew inside one outer fold: landmarks, scalers, autoencoder, head, calibration.

The outer training patients fall into those fitted on and, one inner fold, those that everything
is chosen on, as in a run of its own; the test patients of the fold are only predicted. Nothing
is kept but their predictions, and a checkpoint while the autoencoder is fitted.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from core.arrays import Masks, Patches
from core.cohort.cohort import Cohort
from core.cohort.patch import cut_patches
from core.cohort.patient import Split
from core.evaluation.folds import OuterFold
from core.networks.network import Network
from core.progress import Progress
from core.settings import Settings
from core.training.answers import Scalers, patients_in, predictions, served
from core.training.beside import beside_names
from core.training.device import computing, pick_device, seed_for
from core.training.fit import fit_vae
from core.training.fit_head import fit_heads
from core.training.material import Material, material
from core.training.road import fit_scalers
from core.training.scaler import columns
from core.training.snapshots import Snapshots


def material_of(
    patches: Patches,
    masks: Masks,
    rows: pd.DataFrame,
    scalers: Scalers,
    settings: Settings,
    *,
    device: torch.device,
) -> Material:
    """Patches of a table on the device, split as its rows say."""
    return material(
        patches,
        masks,
        attributes=scalers.attributes.apply(columns(rows, settings.vae.attributes)),
        scaler=scalers.attributes,
        splits=rows["split"].to_numpy().astype(str),
        device=device,
    )


def train_inside(
    settings: Settings,
    cohort: Cohort,
    patient_ids: tuple[str, ...],
    fold: OuterFold,
    *,
    folder: Path,
    device: str,
    progress: Progress,
    report: Callable[[str], None],
) -> pd.DataFrame:
    """Train on an outer fold's training patients and predict its test patients.

    Args:
        settings: The run's.
        cohort: Its patients' volumes or pictures.
        patient_ids: Whom the fold's numbers mean.
        fold: Who trains and who is tested.
        folder: For the checkpoint; removed when the fold is done.
        device: auto, cpu, cuda or mps.
        progress: Told how far each step is.
        report: Told, in a sentence, what a person should know at once.

    Returns:
        As `core.evaluation.nested.judge_fold`; the p-values are 1 where the run's conformal rule
        leaves an outcome possible and 0 where not.
    """
    asked = settings.model_copy(update={"seed": fold.seed})
    where = pick_device(device)
    with computing(where, threads=asked.training.threads):
        splits = _splits(cohort, patient_ids, fold)
        table = cut_patches(cohort, splits, settings=asked.patch, progress=progress)
        scalers = fit_scalers(table.rows, asked)
        data = material_of(table.patches, table.masks, table.rows, scalers, asked, device=where)
        patients = patients_in(table.rows, scalers, asked)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed_for(asked.seed, "weights"))
            network = Network(asked, features=len(beside_names(asked))).to(where)
        folder.mkdir(parents=True, exist_ok=True)
        fit_vae(
            network.vae,
            data,
            asked,
            checkpoint=folder / "autoencoder",
            snapshots=Snapshots(folder / "snapshots", data.pictures, rows=(0,), shown=(0,)),
            progress=progress,
            report=report,
        )
        fit_heads(network, data, patients, asked, progress=progress)
        model, kit = served(network, asked, table, patients, scalers)
        codes = model.encode(table.patches)
        told = predictions(model, table.rows, codes, patients)
    shutil.rmtree(folder, ignore_errors=True)
    tested = told[told["split"] == "test"].reset_index(drop=True)
    chance = tested["probability"].to_numpy().astype(np.float64)
    inside = np.clip(chance, 1e-9, 1 - 1e-9)
    return pd.DataFrame(
        {
            "patient_id": tested["patient_id"].astype(str),
            "repeat": fold.repeat,
            "fold": fold.fold,
            "label": tested["label"],
            "score": np.log(inside / (1 - inside)),
            "probability": chance,
            "called": (chance >= kit.threshold).astype(np.int64),
            "p_positive": kit.conformal.holds_positive(chance).astype(np.float64),
            "p_negative": kit.conformal.holds_negative(chance).astype(np.float64),
            "threshold": kit.threshold,
            "option": "",
        }
    )


def _splits(cohort: Cohort, patient_ids: tuple[str, ...], fold: OuterFold) -> dict[str, Split]:
    fitted, watched = fold.parts()[0]
    # whoever has no patch in the run has none here either, and is never judged
    splits: dict[str, Split] = {patient.patient_id: "test" for patient in cohort.patients}
    splits |= dict.fromkeys((patient_ids[number] for number in fitted), "train")
    splits |= dict.fromkeys((patient_ids[number] for number in watched), "validation")
    return splits
