"""Goals of what another scanner does to a run. See `core.evaluation.goals`."""

from core.evaluation.goal import Goal

_OTHER = "the same fresh patients on another scanner, brought to the run's own scale"
_OWN = "the same fresh patients on the scanner the run was trained on"
_DROP = "AUC on the run's own scanner minus that on another, same fresh patients, paired"
_CNN = (
    "small CNN from scratch, mean of 3 trainings on the run's training patients' patches and "
    "outcomes, epoch and pool chosen on validation patients, no T stage"
)
_CALLS = "threshold of the run, chosen on patients held out for sensitivity 0.85"

ELSEWHERE: dict[str, Goal] = {
    "auc.external_own": Goal("", f"AUC, patient's probability against the outcome, {_OWN}"),
    "auc.external": Goal("", f"AUC, patient's probability against the outcome, {_OTHER}"),
    "auc.external_drop": Goal("", f"model: {_DROP}"),
    "auc.external_best": Goal("", "best possible AUC of those patients, whatever the scanner"),
    "auc.external_short_axis_own": Goal("", f"AUC of the largest measured short axis, {_OWN}"),
    "auc.external_short_axis": Goal("", f"AUC of the largest measured short axis, {_OTHER}"),
    "auc.external_short_axis_drop": Goal("", f"largest measured short axis: {_DROP}"),
    "sensitivity.external_own": Goal("", f"positives called, Wilson, {_OWN}; {_CALLS}"),
    "sensitivity.external": Goal("", f"positives called, Wilson, {_OTHER}; {_CALLS}"),
    "specificity.external_own": Goal("", f"negatives not called, Wilson, {_OWN}; {_CALLS}"),
    "specificity.external": Goal("", f"negatives not called, Wilson, {_OTHER}; {_CALLS}"),
    "auc.cnn_fresh": Goal("", f"AUC, {_OWN}; {_CNN}"),
    "auc.cnn_external": Goal("", f"AUC, {_OTHER}; {_CNN}"),
    "auc.cnn_external_drop": Goal("", f"{_DROP}; {_CNN}"),
    "auc.cnn_extra_drop": Goal("", f"the CNN's drop minus the model's, same patients; {_CNN}"),
}
