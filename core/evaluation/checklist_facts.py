"""What a run knows of itself, in the sentences that a reporting checklist asks for."""

from typing import Literal

import numpy as np

from core.evaluation.chosen_on import chosen_on
from core.evaluation.classification import FEWEST_EVENTS
from core.evaluation.report import how_it_was_made
from core.evaluation.verdict import Verdict, read_verdict
from core.run import Run

Fact = Literal[
    "study", "purpose", "source", "excluded", "preparation", "outcome", "predictors", "t_stage",
    "size", "missing", "partition", "model", "validation", "measures", "output", "imbalance",
    "threshold", "data", "code", "counts", "characteristics", "weights", "performance",
    "calibration", "bands", "limits", "silence", "privacy", "acquisition", "disjoint", "software",
    "start", "training", "selection", "ensemble", "robustness", "explanation", "external",
    "annotation", "agreement",
]  # fmt: skip


def facts_of(run: Run) -> dict[Fact, str]:
    """Every fact as a sentence or two; "" where this run does not know."""
    verdict = read_verdict(run)
    return {**_people(run), **_method(run), **_found(run, verdict)}


def _people(run: Run) -> dict[Fact, str]:
    told, words = run.manifest, run.words
    people = run.rows.drop_duplicates("patient_id")
    outcome, none = words.outcome, words.no_outcome
    counts = [
        f"{split}: {len(own)} patients, {int(own['label'].sum())} with {outcome}"
        for split, own in people.groupby("split", sort=False)
    ]
    ages = people["age"].dropna()
    sexes = people["sex"].dropna().value_counts()
    known = [f"age {ages.mean():.1f} (sd {ages.std():.1f})"] if len(ages) > 1 else []
    known += [f"{int(count)} {sex}" for sex, count in sexes.items()]
    stages = people["t_stage"].dropna().astype(int).value_counts().sort_index()
    known += [f"T{stage} {int(count)}" for stage, count in stages.items()]
    missing = [
        f"{name} of {int(people[name].isna().sum())}"
        for name in ("t_stage", "age", "sex")
        if people[name].isna().any()
    ]
    reasons = "; ".join(f"{who}: {why}" for who, why in told.excluded[:10])
    origin = (
        "A synthetic cohort, drawn from known densities; no patient was scanned."
        if told.synthetic
        else "Where the patients come from the run does not say."
    )
    return {
        "study": f"Development and internal evaluation of a model that gives the probability of "
        f"{outcome} from {words.modality} of outlined {words.lesions}.",
        "purpose": "Research and teaching only; not a medical device, not for diagnosis. Somebody "
        f"has to outline the {words.lesions} first.",
        "source": f"{told.cohort}: {told.patients} patients. {origin}",
        "excluded": f"Left out: {len(told.excluded)}. {reasons}".strip(),
        "outcome": f"{outcome} against {none}, as the cohort labels its patients; single "
        f"{words.lesions} carry no label in training.",
        "size": "No calculation of size was made; the cohort is what was there. Fewer than "
        f"{FEWEST_EVENTS} patients with an outcome are marked as too few to judge.",
        "missing": "Unknown values take the training mean"
        + (f"; not known: {', '.join(missing)} patients." if missing else "; none are missing."),
        "counts": f"{'; '.join(counts)}.",
        "characteristics": f"{', '.join(known)}." if known else "",
        "t_stage": f"The T stage is {told.t_stage_is}." if told.t_stage_is != "unknown" else "",
        "annotation": "The program drew outlines and outcomes from its own rules, for training and "
        "test patients alike; nobody annotated."
        if told.synthetic
        else "",
        "agreement": "Does not apply: outlines were drawn once by the program, not by readers."
        if told.synthetic
        else "",
        "privacy": "The run keeps study pseudonyms, patches and outlined slices; no header text "
        "and no folder names.",
        "data": "Synthetic; drawn again from its seed."
        if told.synthetic
        else "Not part of the run but for its patches.",
    }


def _method(run: Run) -> dict[Fact, str]:
    told, asked = run.manifest, run.settings
    patch, head = asked.patch, asked.head
    clinical = ", ".join(head.clinical) or "none"
    attributes = ", ".join(asked.vae.attributes) or "none"
    held = f"{asked.split.train:.0%} / {asked.split.validation:.0%} / the rest"
    across = " x ".join(f"{side:g}" for side in patch.spacing_mm)
    return {
        "preparation": f"Resampled to {across} mm, intensities mapped by landmarks of the training "
        f"patients, {patch.size_px} x {patch.size_px} patches around each outline, at most "
        f"{patch.slices_per_node} slices each and {patch.patches_per_patient} a patient; scalers "
        "from training patients.",
        "predictors": f"Codes of the patches (named dimensions: {attributes}){_measures(run)} and "
        f"clinical facts: {clinical}.",
        "partition": f"By patient, stratified by outcome: train, validation, test {held}. "
        "Landmarks and scalers were fitted on training patients; thresholds, calibration and "
        f"conformal sets come from {chosen_on(run)}.",
        "disjoint": "Patients: no patient is in two parts.",
        "model": f"A variational autoencoder ({asked.vae.architecture}, {asked.vae.latent} "
        f"dimensions) and a {head.kind} head over a patient's patches (multiple instance "
        "learning).",
        "imbalance": "Both outcomes weigh the same in the head's loss; probabilities are then "
        f"calibrated on {chosen_on(run)}.",
        "output": "A calibrated probability, a call at one threshold, and a conformal set that may "
        "give no answer.",
        "threshold": f"{float(run.preprocessing['threshold']):.3f}, chosen for sensitivity 0.85 "
        f"on {chosen_on(run)}.",
        "silence": "The model gives no answer where both outcomes or neither fit what was seen of "
        "such scores (class-conditional conformal sets, alpha 0.10).",
        "software": f"{', '.join(f'{name} {number}' for name, number in told.versions.items())}; "
        f"trained on {told.device}.",
        "start": f"All weights from seed {told.seed}; nothing was trained before.",
        "training": f"{asked.training.epochs} epochs at most, batches of {asked.training.batch}, "
        f"Adam to {asked.training.learning_rate:g}; every setting in settings.toml. "
        f"{told.seconds:.0f} s.",
        "selection": "Penalties and epochs by validation patients or by cross-validation inside "
        "the training patients; test patients chose nothing.",
        "ensemble": f"{head.members} heads averaged." if head.kind != "logistic" else "None.",
        "code": f"Commit {told.commit[:12] or 'unknown'} of this program; settings.toml trains it "
        "again.",
        "weights": f"network.safetensors, SHA-256 {told.weights_sha256[:12]}….",
        "acquisition": f"{run.words.modality}, resampled as said; scanner and sequence are not "
        "kept in the run.",
    }


def _measures(run: Run) -> str:
    """What the head reads beside the codes, as a piece of a sentence."""
    asked = run.settings
    read_off = ", the same attributes as measured off every outline" * asked.reads_measures
    return read_off + ", each one's distance to the tumour" * asked.head.distance


def _found(run: Run, verdict: Verdict | None) -> dict[Fact, str]:
    crossed = how_it_was_made(verdict) if verdict else ""
    names = {
        "auc.cv": "AUC, cross-validated",
        "auc.test": "AUC, test patients",
        "auc.fresh": "AUC, fresh synthetic patients",
        "sensitivity.cv": "sensitivity",
        "specificity.cv": "specificity",
        "ppv.cv": "PPV",
        "npv.cv": "NPV",
    }
    bands = [
        f"{each.name}: {each.counts.true_positive} of {each.counts.positives} found, "
        f"{each.counts.false_positive} of {each.counts.negatives} wrongly flagged"
        for each in (verdict.bands if verdict else ())
        if each.by == "size"
    ]
    explained = _listed(
        run,
        {
            "explain.pointing": "pointing game",
            "explain.pointing_blob": "a spot's in the middle",
            "explain.mass": "mass inside",
            "explain.mass_blob": "a spot's in the middle",
            "explain.node_area": "the outline's share of the picture",
        },
    )
    calibrated = {
        "calib.slope.cv": "calibration slope",
        "calib.intercept.cv": "intercept",
        "calib.ici.cv": "integrated calibration index",
        "calib.ece": "expected error, fresh",
        "brier.cv": "Brier score",
    }
    abroad = _listed(
        run, {"auc.external": "AUC there", "auc.external_drop": "AUC lost against the own scanner"}
    )
    robust = _listed(
        run,
        {
            "auc.external_drop": "AUC lost on a simulated other scanner",
            "explain.sensitivity_p95": "change of a heat map when the patch changes a little (p95)",
        },
    )
    synthetic = "The patients are synthetic: nothing here is about people. "
    few = int(run.rows.drop_duplicates("patient_id")["label"].sum())
    return {
        "validation": crossed
        or "One split into training, validation and test patients; not cross-validated.",
        "measures": "AUC from probabilities with bootstrap of patients, paired differences with "
        "DeLong's and permutation p; sensitivity, specificity, PPV and NPV with Wilson's "
        "intervals; calibration line and curve, Brier score, net benefit.",
        "performance": _listed(run, names),
        "calibration": _listed(run, calibrated),
        "bands": f"By size of the largest: {'; '.join(bands)}." if bands else "",
        "robustness": robust,
        "explanation": explained,
        "external": f"A simulated other scanner, same synthetic patients: {abroad}"
        if abroad
        else "None: no other scanner or centre was tested.",
        "limits": f"{synthetic if run.manifest.synthetic else ''}{few} patients with the outcome; "
        "one cohort; outlines are given, not found."
        + (" " + " ".join(run.manifest.warnings) if run.manifest.warnings else ""),
    }


def _listed(run: Run, names: dict[str, str]) -> str:
    """Figures of the run in words, with their intervals; "" where none was measured."""
    said = []
    for key, name in names.items():
        figure = run.metrics.get(key)
        if figure is None or not np.isfinite(figure["value"]):
            continue
        low, high = figure.get("low"), figure.get("high")
        span = "" if low is None or high is None else f" ({low:.2f} to {high:.2f})"
        said.append(f"{name} {figure['value']:.2f}{span}, n {figure['n']}")
    return f"{'; '.join(said)}." if said else ""
