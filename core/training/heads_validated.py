"""Every kind of head fitted on a run's training patients and asked of its validation patients."""

from dataclasses import replace

import numpy as np
import torch

from core.evaluation.classification import auc_interval
from core.evaluation.heads import ALONE, KINDS, HeadRow, title_of
from core.model import Model
from core.networks.network import Network
from core.progress import Progress, silent
from core.run import Run
from core.settings import HeadSettings, Settings
from core.training.answers import patients_in
from core.training.calibrate import fit_calibration, probabilities, raw_logit
from core.training.fit_head import copied_codes, fit_on_codes
from core.training.inside import material_of
from core.training.logistic_bag import log_loss
from core.training.road import fit_scalers

LOGISTIC = "logistic"


def validated_heads(
    run: Run, *, device: str = "auto", progress: Progress = silent
) -> list[HeadRow]:
    """Kinds of head beside each other, on codes of the run's autoencoder.

    All see the same augmented copies, clinical facts and seed. Only the logistic head can read
    measures off the outline; where the run's settings let it, it is asked without them too, so
    that the pooling is compared on what all read. The epochs of small networks are
    chosen by the same validation patients, so those kinds are a little flattered. The log loss is
    taken after a calibration line on these patients.

    Args:
        run: Finished.
        device: Where the heads are fitted.
        progress: Told the kinds done.

    Returns:
        The highest AUC first; nothing where validation patients lack an outcome.
    """
    splits = run.rows.drop_duplicates("patient_id")["split"].to_numpy().astype(str)
    labels = run.rows.drop_duplicates("patient_id")["label"].to_numpy().astype(np.int64)
    watched = np.flatnonzero(splits == "validation")
    if min((labels[watched] == 0).sum(), (labels[watched] == 1).sum()) < 2:
        return []
    model = Model.open(run, device=device)
    scalers = replace(fit_scalers(run.rows, run.settings), attributes=model.kit.attributes)
    place = torch.device(model.device)
    plain = run.settings
    data = material_of(run.patches, run.masks, run.rows, scalers, plain, device=place)
    means, stds = copied_codes(model.network, data, plain)
    found = []
    measured = _with_head(plain, LOGISTIC).reads_measures and run.manifest.has_masks
    kinds = [kind for kind in KINDS if kind != ALONE or measured]
    for done, kind in enumerate(kinds):
        settings = _with_head(plain, kind)
        patients = patients_in(run.rows, scalers, settings)
        network = Network(settings, features=patients.features.shape[1]).to(place).eval()
        fit_on_codes(network, means, stds, patients, settings, progress=silent)
        network.eval()
        with torch.no_grad():
            score = network.terms(patients.bag(means[0], watched)).score.cpu().numpy()
        logits, truth = raw_logit(score, network.scale), labels[watched]
        line = fit_calibration(logits, truth, prevalence=float(truth.mean()))
        chance = np.clip(probabilities(logits, line), 1e-9, 1 - 1e-9)
        miss = log_loss(np.log(chance / (1 - chance)), truth)
        auc, own = auc_interval(truth, logits), kind == plain.head.kind
        found.append(HeadRow(kind, title_of(kind, measured=measured), auc, miss, own))
        progress("heads on validation patients", done + 1, len(kinds))
    return sorted(found, key=lambda each: -each.auc.value)


def _with_head(settings: Settings, kind: str) -> Settings:
    recipe = Settings.preset("paper").head if kind == "paper" else settings.head
    asked = {"kind": kind, "clinical": settings.head.clinical, "copies": settings.head.copies}
    if kind != "paper":
        asked["slices"] = settings.head.slices
    if kind == ALONE:
        asked |= {"kind": LOGISTIC, "measured": False}
    elif kind != LOGISTIC:
        asked |= {"outcome": "binary", "distance": False}  # theirs alone can do otherwise
    if kind == "paper":
        asked["epochs"] = min(recipe.epochs, settings.head.epochs)
    head = HeadSettings.model_validate({**recipe.model_dump(), **asked})
    return settings.model_copy(update={"head": head})
