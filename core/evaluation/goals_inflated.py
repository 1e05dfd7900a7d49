"""Goals of inflated results: what every faulty protocol adds, by either design of SCIENCE.md 4.6.

See `core.evaluation.goals`. Nothing but the honest protocol's own truth was set to be reached: the
gaps are measured, whatever they are.
"""

from core.evaluation.goal import Goal

_COHORTS = (
    "mean over cohorts of 168 drawn from one pool of fresh patients, {}; interval widened for the "
    "patients they share"
)
_DESIGNS = {
    "": _COHORTS.format("one frozen autoencoder"),
    "_inside": _COHORTS.format("autoencoder trained anew in every fold, 30 epochs, few cohorts"),
}


def _of(cohorts: str) -> dict[str, Goal]:
    than_honest = f"minus the honest protocol's, same cohorts; {cohorts}"
    chosen = "chosen on the test fold"
    return {
        "optimism.auc": Goal(
            "measured", f"AUC with epoch and configuration {chosen} {than_honest}"
        ),
        "optimism.epoch": Goal("", f"AUC with the epoch {chosen} {than_honest}"),
        "optimism.configuration": Goal("", f"AUC with the configuration {chosen} {than_honest}"),
        "optimism.threshold": Goal("", f"AUC of calls, threshold {chosen} minus inside; {cohorts}"),
        "optimism.calls": Goal("", f"AUC computed from calls {than_honest}"),
        "optimism.scaling": Goal(
            "", f"AUC with landmarks, scaling and components fitted on all {than_honest}"
        ),
        "optimism.t_stage": Goal(
            "",
            "AUC with the pathologist's T stage minus that with one misread by one in 30 %, same "
            f"cohorts; {cohorts}",
        ),
        "optimism.all_but_calls": Goal(
            "", f"AUC with every fault but calls for scores {than_honest}"
        ),
        "auc.honest": Goal("", f"AUC that the honest protocol reports, mean over folds; {cohorts}"),
        "auc.true": Goal(
            "", f"AUC of the honest protocol's models outside their cohort; {cohorts}"
        ),
        "optimism.honest": Goal("about 0", f"the honest AUC minus the true one; {cohorts}"),
        "auc.shuffled": Goal(
            "0.5", f"AUC that the honest protocol reports of outcomes dealt out anew; {cohorts}"
        ),
        "auc.shuffled_chosen": Goal(
            "", f"the same with epoch and configuration {chosen}; {cohorts}"
        ),
    }


INFLATED: dict[str, Goal] = {
    f"{name}{suffix}": goal
    for suffix, cohorts in _DESIGNS.items()
    for name, goal in _of(cohorts).items()
}
