"""What each figure means and what we want it to reach; the one place where either is worded.

The figures were set before anything was measured. A figure that has no entry here (or in
`goals_elsewhere`, `goals_inflated`, `goals_open` or `goals_pictures`, which this takes in) cannot
be written, so no page can show a number that nobody defined.
"""

from core.evaluation.goal import Goal
from core.evaluation.goals_elsewhere import ELSEWHERE
from core.evaluation.goals_heat import HEAT
from core.evaluation.goals_inflated import INFLATED
from core.evaluation.goals_open import OPEN
from core.evaluation.goals_pictures import PICTURES
from core.evaluation.goals_scale import SCALE

_PER_IMAGE = "posterior mean decoded, per image, mean over patches, interval by patient"
_PAPER = "above the paper preset's"
_OUTCOME = "patient's probability against the outcome"
_CHOSEN = "threshold chosen on patients held out for sensitivity 0.85"
_CROSSED = "nested cross-validation by patient, everything chosen inside, interval by bootstrap"
_FROZEN = (
    f"{_CROSSED}; codes of the run's own autoencoder, which saw its training patients' pictures "
    "and never an outcome"
)
_INSIDE = f"{_CROSSED}; landmarks, autoencoder and head trained anew in every fold"
_GAIN = f"paired; {_FROZEN}"
_CHOSEN_IN = "threshold chosen inside for sensitivity 0.85, cross-validated"
_SETS = "class-conditional cross-conformal sets, alpha 0.10, interval by bootstrap"
_PROBE = "R² of the true factor by a ridge probe on the codes, fresh patients"
_FACTORS = {"short_axis": 0.95, "elongation": 0.95, "signal": 0.95, "texture": 0.85, "border": 0.85}
_RULER = "R² of the true factor from the measured {} alone, same lesions as the probe"
_TRUE = "of the true factors (not the measured attributes), test patients' largest sections"
_REGRET = (
    "best possible AUC minus that of a logistic head that reads codes and T stage alone, fitted on "
    "{} fresh patients; codes of the run's own autoencoder, which saw none of them; read on other "
    "fresh patients, paired"
)
_OWN_REGRET = (
    "best possible AUC minus that of the run's own kind of head, with all that it reads beside the "
    "code, fitted on {} fresh patients; codes of the run's own autoencoder, which saw none of "
    "them; read on other fresh patients, paired"
)
_MEASURES_REGRET = (
    "best possible AUC minus that of a logistic head that reads every lesion's measures, off "
    "outline and greys, and T stage, no code, fitted on {} fresh patients; read on other fresh "
    "patients, paired"
)
_CODE_ADDS = (
    "AUC of the run's own kind of head minus that of every lesion's measures and T stage, no code; "
    "both fitted on the same {} fresh patients, read on other fresh patients, paired"
)
_TWENTY = (
    "alpha 0.10, the run's codes, head and sets fitted on each of 20 cohorts of 168 fresh "
    "patients, asked of all others; interval over cohorts, which share patients"
)
_CEILING = (
    "R² of the true factor by the better of two readers of pixels: a small network trained on the "
    "true factors and pixels of the run's training patients, at most 120 s, stopped on its "
    "validation patients; and the ruler that finds the outline in the picture, brought to the true "
    "factors by a line on the same patients; fresh patients"
)
SECONDARY = {
    "mig": "largest minus second largest mutual information over the attribute's entropy, mean",
    "dci_disentanglement": "DCI by boosted trees: how far dimensions serve one attribute each",
    "dci_completeness": "DCI by boosted trees: how far attributes need one dimension each",
    "dci_informativeness": "DCI: R² of the attributes by boosted trees on patients not seen, mean",
}

GOALS: dict[str, Goal] = {
    "recon.ssim_of_ceiling": Goal(
        "0.95",
        "mean SSIM of the reconstructions over that of the noise-free patches, both with the raw "
        "patch; test patches, interval by bootstrap of patients",
    ),
    "recon.ssim_ceiling": Goal(
        "", "SSIM of the noise-free patch, in the same greys, with the raw one, test patches"
    ),
    "recon.ssim_noise_free": Goal(
        "", f"SSIM of the reconstruction with the noise-free patch; {_PER_IMAGE}"
    ),
    "recon.psnr_noise_free": Goal(
        "", f"PSNR in dB of the reconstruction against the noise-free patch; {_PER_IMAGE}"
    ),
    "recon.size_median_mm": Goal(
        "0.20", "median gap of the short axes read on a patch and on its reconstruction, mm"
    ),
    "recon.size_bias_mm": Goal(
        "within 0.10", "mean of the short axis read on the reconstruction minus the patch's, mm"
    ),
    "recon.ssim": Goal(_PAPER, f"SSIM, uniform window 11, range 1; {_PER_IMAGE}"),
    "recon.psnr": Goal(_PAPER, f"PSNR in dB, range 1; {_PER_IMAGE}"),
    "recon.mae": Goal("below the paper preset's", f"mean absolute error; {_PER_IMAGE}"),
    **{
        f"r2.{name}": Goal(f"{share} of the pixels' ceiling", _PROBE)
        for name, share in _FACTORS.items()
    },
    "interp.score": Goal(
        "0.90", "mean R² of an attribute on its most informative dimension, test patients"
    ),
    "interp.sap": Goal("0.80", "largest minus second largest squared correlation, mean"),
    "interp.scc": Goal("0.94", "largest absolute Spearman correlation, mean"),
    "interp.modularity": Goal("0.90", "how far an active dimension informs of one attribute only"),
    **{
        f"interp.{name}_true": Goal(reach, f"{said}, {_TRUE}")
        for name, reach, said in (
            ("score", "0.90", "mean R² on the most informative dimension"),
            ("sap", "0.80", "largest minus second largest squared correlation, mean"),
            ("scc", "0.94", "largest absolute Spearman correlation, mean"),
            ("modularity", "0.90", "how far an active dimension informs of one factor only"),
        )
    },
    **{
        f"interp.{name}{suffix}": Goal("", f"{said}{of}")
        for suffix, of in (("", ", test patients"), ("_true", f", {_TRUE}"))
        for name, said in SECONDARY.items()
    },
    "auc.cv_best": Goal(
        "", "best possible AUC on the run's own patients: all lesions' true factors, T stage known"
    ),
    "latent.active_units": Goal(
        "half of the dimensions or more", "dimensions whose posterior mean varies by more than 0.01"
    ),
    "latent.kl": Goal("no collapse", "KL(q(z|x) || N(0, I)) in nats, mean over patches"),
    "auc.node_truth": Goal(
        "0.90 of the best possible",
        "node score against the hidden truth, trained on patients' labels alone",
    ),
    "auc.test": Goal("", f"AUC, {_OUTCOME}, interval by bootstrap of patients"),
    "auc.validation": Goal("", f"AUC, {_OUTCOME}, interval by bootstrap; choices were made here"),
    "auc.short_axis.test": Goal(
        "", "AUC of the largest measured short axis alone, the rule of thumb to beat"
    ),
    "r2.short_axis_ruler": Goal("", _RULER.format("short axis")),
    "r2.elongation_ruler": Goal("", _RULER.format("elongation")),
    "r2.signal_ruler": Goal("", _RULER.format("contrast")),
    "r2.texture_ruler": Goal("", _RULER.format("heterogeneity")),
    "r2.border_ruler": Goal("", _RULER.format("irregularity")),
    **{f"r2.{name}_ceiling": Goal("", _CEILING) for name in _FACTORS},
    **{f"r2.{name}_pixels": Goal("", f"{_CEILING}; the code knows more") for name in _FACTORS},
    "auc.node_truth_size": Goal("", "short axis alone against what each lesion is, same lesions"),
    "auc.node_truth_best": Goal("", "best possible node AUC on this synthetic cohort"),
    "auc.fresh_best": Goal("", "best possible AUC: all lesions' true factors, T stage known"),
    "auc.fresh_short_axis": Goal("", "AUC of the largest measured short axis, fresh patients"),
    "sensitivity.fresh": Goal("", f"positives called positive, Wilson; {_CHOSEN}"),
    "specificity.fresh": Goal("", f"negatives called negative, Wilson; {_CHOSEN}"),
    "brier.fresh": Goal("", "mean squared difference of probability and outcome"),
    "conformal.referred.fresh": Goal("", "patients who get no answer, Wilson, alpha 0.10"),
    "conformal.coverage_positive.fresh": Goal(
        "", "positives whose conformal set holds the outcome, Wilson, alpha 0.10"
    ),
    "conformal.coverage_negative.fresh": Goal(
        "", "negatives whose conformal set holds the outcome, Wilson, alpha 0.10"
    ),
    "auc.fresh": Goal(
        "0.05 below the best possible, or less", f"AUC, {_OUTCOME}, patients never trained on"
    ),
    "regret.168": Goal(
        "0.05", "best possible AUC minus ours as it is served, fresh patients; 168 in its cohort"
    ),
    **{
        f"regret.{number}_served": Goal(
            "",
            f"best possible AUC minus ours as it is served, fresh patients; {number} in its cohort",
        )
        for number in ("458", "2000")
    },
    "regret.168_head": Goal("", _REGRET.format("168")),
    "regret.458": Goal("0.03", _REGRET.format("458")),
    "regret.2000": Goal("0.015", _REGRET.format("2,000")),
    "regret.168_own": Goal("0.05", _OWN_REGRET.format("168")),
    "regret.458_own": Goal("0.03", _OWN_REGRET.format("458")),
    "regret.2000_own": Goal("0.015", _OWN_REGRET.format("2,000")),
    **{
        name.format(number): Goal("", words.format(f"{number:,}"))
        for name, words in (
            ("regret.{}_measures", _MEASURES_REGRET),
            ("gain.over_measures_{}", _CODE_ADDS),
        )
        for number in (168, 458, 2000)
    },
    "auc.cv": Goal("", f"AUC of repeat-averaged out-of-fold probabilities; {_FROZEN}"),
    "auc.cv_pooled": Goal("", f"mean over repeats of the AUC of all patients; {_FROZEN}"),
    "auc.cv_fold_mean": Goal("", f"mean over repeats and folds of a fold's AUC; {_FROZEN}"),
    "auc.cv_p": Goal("", f"p of an AUC above 0.5, outcomes dealt out anew; {_FROZEN}"),
    "auc.cv_inside": Goal("", f"AUC of repeat-averaged out-of-fold probabilities; {_INSIDE}"),
    "auc.image": Goal("", f"AUC of a penalised logistic head on codes only; {_FROZEN}"),
    "auc.clinical": Goal("", f"AUC of size and shape of the largest and T stage; {_CROSSED}"),
    "auc.both": Goal("", f"AUC of codes, size, shape and T stage together; {_FROZEN}"),
    "auc.size_shape": Goal("", f"AUC of size and shape of the largest; {_CROSSED}"),
    "auc.t_stage": Goal("", f"AUC of T stage alone; {_CROSSED}"),
    "auc.short_axis": Goal("", f"AUC of the largest short axis as a score; {_CROSSED}"),
    "auc.boosting": Goal("", f"AUC of gradient boosting on measured features; {_CROSSED}"),
    "auc.logistic": Goal("", f"AUC of the penalised logistic head with T stage; {_FROZEN}"),
    "gain.over_size": Goal("above 0", f"AUC minus that of the largest short axis, {_GAIN}"),
    "gain.over_clinical": Goal("above 0", f"AUC minus that of the clinical features, {_GAIN}"),
    "gain.image_over_clinical": Goal(
        "above 0", f"AUC of codes and clinical features minus that of the latter alone, {_GAIN}"
    ),
    "gain.clinical_over_image": Goal(
        "", f"AUC of codes and clinical features minus that of the codes alone, {_GAIN}"
    ),
    "auc.measures": Goal(
        "",
        "AUC of every lesion's measures, off outline and greys, and T stage, without a code; "
        f"{_CROSSED}",
    ),
    "gain.over_measures": Goal(
        "above 0",
        "AUC minus that of every lesion's measures, off outline and greys, and T stage, no code, "
        f"{_GAIN}",
    ),
    "gain.over_size_inside": Goal(
        "above 0", f"AUC minus that of the largest short axis, paired; {_INSIDE}"
    ),
    "gain.over_measures_inside": Goal(
        "above 0", f"AUC minus that of every lesion's measures and T stage, paired; {_INSIDE}"
    ),
    "gain.over_clinical_inside": Goal(
        "above 0", f"AUC minus that of the clinical features, paired; {_INSIDE}"
    ),
    "sensitivity.cv": Goal(
        "", f"positives called in at least half of the repeats, Wilson; {_CHOSEN_IN}"
    ),
    "specificity.cv": Goal(
        "", f"negatives called in fewer than half of the repeats, Wilson; {_CHOSEN_IN}"
    ),
    "ppv.cv": Goal("", f"positives among those called, Wilson; {_CHOSEN_IN}"),
    "npv.cv": Goal("", f"negatives among those not called, Wilson; {_CHOSEN_IN}"),
    "brier.cv": Goal("", f"mean squared gap of averaged probability and outcome; {_FROZEN}"),
    "calib.slope.cv": Goal(
        "", "slope of the outcome's logit on the told one, mean over repeats; 1 is ideal"
    ),
    "calib.intercept.cv": Goal("", "intercept of that line, mean over repeats; 0 is ideal"),
    "calib.ici.cv": Goal(
        "", "integrated calibration index: mean gap of averaged probabilities and smooth observed"
    ),
    "conformal.coverage_positive.cv": Goal(
        "", f"positives whose set holds the outcome, mean over repeats; {_SETS}"
    ),
    "conformal.coverage_negative.cv": Goal(
        "", f"negatives whose set holds the outcome, mean over repeats; {_SETS}"
    ),
    "conformal.referred.cv": Goal("", f"patients without an answer, mean over repeats; {_SETS}"),
    "conformal.ppv.cv": Goal("", f"positives among those told so; {_SETS}"),
    "conformal.npv.cv": Goal("", f"negatives among those told so; {_SETS}"),
    "sensitivity.test": Goal("", f"positives called positive, Wilson; {_CHOSEN}"),
    "specificity.test": Goal("", f"negatives called negative, Wilson; {_CHOSEN}"),
    "ppv.test": Goal("", f"positives among those called positive, Wilson; {_CHOSEN}"),
    "npv.test": Goal("", f"negatives among those called negative, Wilson; {_CHOSEN}"),
    "brier.test": Goal("", "mean squared difference of probability and outcome"),
    "calib.ece.test": Goal("", "mean gap of predicted and observed share, equal-count bins"),
    "calib.slope.test": Goal("", "slope of the outcome's logit on the predicted logit; 1 is ideal"),
    "calib.ece": Goal("0.05", "mean gap of predicted and observed, 10 equal-count bins, fresh"),
    "conformal.coverage": Goal(
        "within 0.02 of 0.90", f"outcome inside the conformal set, mean of both classes; {_TWENTY}"
    ),
    "conformal.coverage_positive.cohorts": Goal(
        "within 0.02 of 0.90", f"positives whose conformal set holds the outcome; {_TWENTY}"
    ),
    "conformal.coverage_negative.cohorts": Goal(
        "within 0.02 of 0.90", f"negatives whose conformal set holds the outcome; {_TWENTY}"
    ),
    "conformal.coverage_positive.test": Goal(
        "", "positives whose conformal set holds the outcome, Wilson, alpha 0.10"
    ),
    "conformal.coverage_negative.test": Goal(
        "", "negatives whose conformal set holds the outcome, Wilson, alpha 0.10"
    ),
    "conformal.referred.test": Goal("", "patients who get no answer, Wilson, alpha 0.10"),
    **INFLATED,
    **OPEN,
    **ELSEWHERE,
    **PICTURES,
    **HEAT,
    **SCALE,
}

VALIDATION = ".validation"  # the same figure where choices were made; nothing is to be reached


def goal(figure_id: str) -> Goal:
    """What a figure means; `ID.validation` is the same on validation patients.

    Raises:
        ValueError: No such figure was defined.
    """
    if figure_id in GOALS:
        return GOALS[figure_id]
    base = figure_id.removesuffix(VALIDATION)
    if base != figure_id and base in GOALS:
        return Goal("", f"{GOALS[base].definition}; on validation patients")
    raise ValueError(f"figure {figure_id!r} is not defined in core/evaluation/goals.py")
