"""The whole road from a cohort to a finished run, top to bottom.

Patients are split first; everything that is fitted is fitted on training patients, everything
that is chosen is chosen on patients who were not fitted on, and test patients are only measured.
"""

import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from core.cohort.cohort import Cohort
from core.cohort.node import FEATURES
from core.cohort.patch import PatchTable, cut_patches
from core.cohort.split import split_patients
from core.evaluation.figures import Stamp, write_metrics
from core.evaluation.measure import Measured, measure_run
from core.latent.projection import fit_map
from core.networks.network import Network
from core.progress import Progress, silent
from core.run import Manifest, Run, finish, sha256, write_bytes, write_text
from core.settings import Settings
from core.slices import write_slices
from core.training.answers import Scalers, patients_in, predictions, served
from core.training.beside import DISTANCE, beside_names
from core.training.checkpoint import plain
from core.training.device import computing, pick_device, seed_for
from core.training.draft import drafting
from core.training.fit import fit_vae
from core.training.fit_head import fit_heads
from core.training.history import history_table
from core.training.lesions import once_a_lesion
from core.training.material import Material, material
from core.training.record import commit, now, versions, write_array, write_table
from core.training.scaler import Scaler, columns
from core.training.snapshots import MOST_ROWS, SHOWN, Snapshots, moments
from core.training.weights import WEIGHTS

Report = Callable[[str], None]


def train(
    settings: Settings,
    cohort: Cohort,
    *,
    out: Path,
    name: str,
    preset: str,
    device: str = "auto",
    progress: Progress = silent,
    report: Report = lambda sentence: None,
) -> Run:
    """From a cohort to a finished run.

    An unfinished run of that name is gone on with, if it was asked for the same.

    Args:
        settings: Everything that is asked for.
        cohort: Whose patches.
        out: Folder of the finished runs; made when missing.
        name: The run's name in it.
        preset: What the settings are called: a preset, or the name of a settings file.
        device: auto, cpu, cuda or mps.
        progress: Told how far each long step is.
        report: Told, in a sentence, what a person should know at once.

    Raises:
        RunError: A run of that name is there and differs, or is being written.
        CohortError: The cohort cannot be used as it is.
        SettingsError: The device is not there.
    """
    started, where = time.perf_counter(), pick_device(device)
    with (
        drafting(settings, cohort, out=out, name=name) as draft,
        computing(where, threads=settings.training.threads),
    ):
        if draft.finished is not None:
            report(f"Run {name} is finished already; nothing was done.")
            return draft.finished
        splits = split_patients(cohort, settings.split, seed=settings.seed)
        table = cut_patches(cohort, splits, settings=settings.patch, progress=progress)
        return _from_table(
            settings,
            cohort,
            table,
            folder=draft.folder,
            out=out,
            name=name,
            preset=preset,
            device=where,
            progress=progress,
            report=report,
            started=started,
        )


def _from_table(
    settings: Settings,
    cohort: Cohort,
    table: PatchTable,
    *,
    folder: Path,
    out: Path,
    name: str,
    preset: str,
    device: torch.device,
    progress: Progress,
    report: Report,
    started: float,
) -> Run:
    splits = table.rows["split"].to_numpy().astype(str)
    scalers = fit_scalers(table.rows, settings)
    attributes = scalers.attributes.apply(columns(table.rows, settings.vae.attributes))
    data = material(
        table.patches,
        table.masks,
        attributes=attributes,
        scaler=scalers.attributes,
        splits=splits,
        device=device,
    )
    patients = patients_in(table.rows, scalers, settings)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed_for(settings.seed, "weights"))
        network = Network(settings, features=len(beside_names(settings))).to(device)
    fitted = fit_vae(
        network.vae,
        data,
        settings,
        checkpoint=folder / "checkpoint" / "autoencoder",
        snapshots=planned(folder, table, data, settings),
        progress=progress,
        report=report,
    )
    head_history = fit_heads(network, data, patients, settings, progress=progress)
    write_bytes(folder / WEIGHTS, _weights(network))
    progress("measuring", 0, 4)
    model, kit = served(network, settings, table, patients, scalers)
    write_text(folder / "preprocessing.json", kit.to_json())
    codes, std = model.posterior(table.patches)
    told = (codes, model.beside(table.rows, codes))
    if patients.lesion is not None:
        told = once_a_lesion(*told, patients.lesion, settings)
    rows = table.rows.assign(node_score=model.node_score(*told).astype(np.float32))
    predicted = predictions(model, rows, codes, patients)
    progress("measuring", 1, 4)
    named = len(settings.vae.attributes) if cohort.has_masks else 0
    dims = named if named >= 2 else 0
    places = fit_map(
        codes, train=splits == "train", settings=settings.map, seed=settings.seed, named_dims=dims
    )
    progress("measuring", 2, 4)
    stamp = Stamp.now(settings.as_command(preset), seeds=(settings.seed,), commit=commit())
    measured = Measured(
        rows=rows,
        predictions=predicted,
        patches=table.patches,
        reconstructions=model.decode(codes),
        codes=codes,
        kl=0.5 * (codes**2 + std**2 - 1 - 2 * np.log(std)).sum(1),
        places=places,
        clustered=codes[:, : dims or codes.shape[1]],
        threshold=kit.threshold,
        rule=kit.conformal,
        spacing_mm=settings.patch.spacing_mm[:2] if cohort.has_masks else None,
    )
    write_metrics(folder, measure_run(measured, stamp=stamp))
    progress("measuring", 3, 4)
    write_table(folder / "rows.parquet", rows)
    write_table(folder / "grid.parquet", table.grid)
    write_table(folder / "map.parquet", places)
    write_table(folder / "history.csv", history_table((*fitted.history, *head_history)))
    write_table(folder / "predictions.csv", predicted)
    write_array(folder / "patches.npy", table.patches)
    write_array(folder / "masks.npy", table.masks)
    write_array(folder / "codes.npy", codes)
    write_text(folder / "settings.toml", settings.to_toml())
    write_text(folder / "local.json", json.dumps({"cohort": str(cohort.place.resolve())}) + "\n")
    write_slices(table.slices, folder / "slices", progress=progress)
    manifest = Manifest(
        name=name,
        finished=now(),
        preset=preset,
        seed=settings.seed,
        device=device.type,
        seconds=round(fitted.seconds_before + time.perf_counter() - started, 1),
        commit=commit(),
        versions=versions(),
        weights_sha256=sha256(folder / WEIGHTS),
        cohort=cohort.name,
        fingerprint=cohort.fingerprint(),
        patients=len(patients.patient_ids),
        excluded=table.excluded,
        words=cohort.words,
        synthetic=cohort.synthetic,
        has_masks=cohort.has_masks,
        t_stage_is=cohort.t_stage_is,
        warnings=fitted.warnings,
    )
    run = finish(folder, out, manifest, settings)
    progress("measuring", 4, 4)
    return run


def fit_scalers(rows: pd.DataFrame, settings: Settings) -> Scalers:
    """Scalers of attributes, node features, clinical features and the distance to the tumour,
    from training patients."""
    train = rows[rows["split"] == "train"]
    people = train.drop_duplicates("patient_id")
    wanted = settings.vae.attributes, FEATURES, settings.head.clinical, (DISTANCE,)
    tables = train, train, people, train
    fitted = [
        Scaler.fit(columns(table, names), names)
        for table, names in zip(tables, wanted, strict=True)
    ]
    return Scalers(*fitted)


def planned(folder: Path, table: PatchTable, data: Material, settings: Settings) -> Snapshots:
    """Which moments are kept, of which rows: the key slices, and a few reconstructions."""
    keys = np.flatnonzero(table.rows["key_slice"].to_numpy().astype(bool))[:MOST_ROWS]
    watched = np.flatnonzero((table.rows["split"] == "validation").to_numpy())
    pool = watched if watched.size else keys
    shown = pool[np.linspace(0, len(pool) - 1, min(SHOWN, len(pool))).round().astype(int)]
    return Snapshots(
        folder=folder / "snapshots",
        pictures=data.pictures,
        rows=tuple(keys.tolist()),
        shown=tuple(shown.tolist()),
        epochs=moments(settings.training.epochs, settings.training.snapshots),
    )


def _weights(network: Network) -> bytes:
    from safetensors.torch import save

    return save(plain(network.state_dict()))
