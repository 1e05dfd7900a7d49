"""Heads fitted again on labels dealt out by chance: what a map shows when nothing was learned.

The randomisation test of data (Adebayo et al. 2018), for the part of the network that saw labels:
the autoencoder never did, so it stays as it is, and only the heads are fitted anew.
"""

from copy import deepcopy
from dataclasses import replace

import numpy as np
import torch

from core.model import Model
from core.progress import silent
from core.run import Run
from core.training.answers import patients_in
from core.training.bags import Patients
from core.training.fit_head import fit_on_codes
from core.training.road import fit_scalers


def on_shuffled_labels(run: Run, model: Model, *, seed: int) -> Model:
    """Fit a run's heads again, by its own recipe, with the patients' labels shuffled.

    Labels are shuffled within training and within validation patients, so that each split keeps
    its share of either outcome. Codes are those of the rows as they are, without augmented
    copies: that takes a second where training takes minutes.

    Args:
        run: Its patients and settings.
        model: The run's; stays as it is.
        seed: Of the shuffle and of the heads' weights.

    Returns:
        The run's autoencoder with those heads; calibration and thresholds are still the run's.
    """
    kit = model.kit
    scalers = replace(fit_scalers(run.rows, run.settings), attributes=kit.attributes)
    patients = patients_in(run.rows, scalers, run.settings)
    rng, dealt = np.random.default_rng(seed), np.arange(len(patients.labels))
    for split in ("train", "validation"):
        members = np.flatnonzero(patients.splits == split)
        dealt[members] = rng.permutation(members)
    network = deepcopy(model.network)
    network.heads.requires_grad_(True)
    means = torch.from_numpy(np.array(run.codes, np.float32))[None].to(model.device)
    # training draws from the global generator, which is given back as it was
    with torch.random.fork_rng(devices=[]), torch.inference_mode(mode=False), torch.enable_grad():
        fit_on_codes(
            network,
            means,
            torch.zeros_like(means),
            replace(patients, labels=patients.labels[dealt], stages=_dealt(patients, dealt)),
            run.settings.model_copy(update={"seed": seed}),
            progress=silent,
        )
    return Model.of(network, model.kit, model.settings, model.training_codes)


def _dealt(patients: Patients, dealt: np.ndarray) -> np.ndarray | None:
    return None if patients.stages is None else patients.stages[dealt]
