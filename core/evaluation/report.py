"""A verdict as text: the table of models, and the sentences that must stand beside it."""

from core.evaluation.crossed import Standing
from core.evaluation.intervals import Interval
from core.evaluation.net_benefit import ACT_FROM
from core.evaluation.verdict import Verdict

# rows of the group "both" that are told what was measured off outlines, and no code
CODELESS = ("measures", "boosting")


def how_it_was_made(verdict: Verdict) -> str:
    """In which folds, and what the autoencoder had seen; stands beside every such figure."""
    asked = (
        f"{verdict.patients} patients, {verdict.positives} with the outcome; {verdict.folds} "
        f"folds, {verdict.model.repeats} repeat{'s' * (verdict.model.repeats != 1)}"
    )
    if verdict.mode == "inside":
        return (
            f"{asked}; everything chosen inside the training folds. Landmarks, autoencoder and "
            "head were trained anew in every fold."
        )
    beside = (
        " One row has another run's codes; that autoencoder saw that run's training patients."
        if "beside" in verdict.by_key
        else ""
    )
    # an evaluation of before kept the run's scaler too; it has no table of heads
    anew = "Heads, scalers and choices" if verdict.heads else "Heads and choices"
    return (
        f"{asked}. Kept from the run are its autoencoder and the landmarks that bring intensities "
        f"to scale: they saw the pictures of {verdict.seen} of these patients, never an outcome. "
        f"{anew} were made anew inside the training folds, for the kind of head that the run "
        f"has.{beside}"
    )


def who_wins(verdict: Verdict) -> str:
    """Whether another row does as well or better, in one sentence.

    "Better" is said only where the interval of the difference leaves out 0; a row without a code,
    which is the simpler one, is named before others.
    """
    above = [each for each in verdict.better if each.against]
    surely = [each for each in above if each.against and each.against.difference.high < 0]
    for found, simpler, other in (
        (surely, "A simpler model does better", "Another model does better"),
        (above, "No better than a simpler model", "No better than another model"),
    ):
        if found:
            simple = [each for each in found if _is_simple(each)]
            best = simple[0] if simple else found[0]
            return (
                f"{simpler if simple else other}: {best.title}, AUC {_value(best.auc)}, against "
                f"{_value(verdict.model.auc)} of this run's model{_apart(best)}."
            )
    rivals = [each for each in verdict.standings if each.against]
    if not rivals:
        return "There is nothing to compare it with."
    sure = all(each.against and each.against.difference.low > 0 for each in rivals)
    end = "each difference's interval lies above 0" if sure else "not every difference is sure"
    return f"No model of the table does better than this run's model; {end}."


def against_rules(verdict: Verdict) -> list[str]:
    """What the model is worth beyond each rule, one sentence each; rules have no AUC."""
    said = []
    for each in verdict.standings:
        if each.benefit is None:
            continue
        gap = each.benefit
        sure = "" if gap.low > 0 or gap.high < 0 else ", which chance can explain"
        said.append(
            f"{each.title}: acting from a probability of {ACT_FROM:.0%}, the model's net benefit "
            f"is {100 * gap.value:+.1f} ({100 * gap.low:+.1f} to {100 * gap.high:+.1f}) patients "
            f"in 100 against the rule's{sure}."
        )
    return said


def what_changed(verdict: Verdict) -> list[str]:
    """What each variation of a row changed, one sentence each."""
    said = []
    for each in verdict.standings:
        if each.change is None or each.varies not in verdict.by_key:
            continue
        gap, plain = each.change.difference, verdict.by_key[each.varies].title
        sure = "" if gap.low > 0 or gap.high < 0 else ", which chance can explain"
        said.append(
            f"{each.title}: AUC {gap.value:+.3f} ({gap.low:+.3f} to {gap.high:+.3f}) against "
            f"“{plain}”{sure}."
        )
    return said


def table_text(verdict: Verdict) -> str:
    """The table of models for a terminal."""
    wide = max(len(each.title) for each in verdict.standings)
    head = (
        f"{'':{wide}s} {'AUC':>19s} {'in folds':>8s} {'sens':>5s} {'spec':>5s}  "
        f"{'model minus this':>24s} repeats"
    )
    lines = [head]
    for each in verdict.standings:
        apart = each.against.difference if each.against else None
        gap = f"{apart.value:+.3f} ({apart.low:+.3f} to {apart.high:+.3f})" if apart else ""
        sens, spec = (_value(rate, 2) for rate in (each.sensitivity, each.specificity))
        folds = "–" if each.auc_fold_mean is None else f"{each.auc_fold_mean:.3f}"
        lines.append(
            f"{each.title:{wide}s} {spelt(each.auc):>19s} {folds:>8s} {sens:>5s} {spec:>5s}"
            f"  {gap:>24s} {each.repeats:>7d}"
        )
    told = [who_wins(verdict), *against_rules(verdict), *what_changed(verdict)]
    told.append(how_it_was_made(verdict))
    return "\n".join([*lines, *told])


def spelt(interval: Interval | None, digits: int = 3) -> str:
    """A value with its interval, or a dash."""
    if interval is None:
        return "–"
    return f"{interval.value:.{digits}f} ({interval.low:.2f}, {interval.high:.2f})"


def _value(interval: Interval | None, digits: int = 3) -> str:
    return "–" if interval is None else f"{interval.value:.{digits}f}"


def _is_simple(row: Standing) -> bool:
    """Whether a row knows nothing of the picture's code."""
    return row.group in ("clinical", "rule") or row.key in CODELESS


def _apart(other: Standing) -> str:
    if other.against is None:
        return ""
    gap = other.against.difference
    sure = "" if gap.high < 0 else ", which chance can explain"
    return f" (model minus it {gap.value:+.3f}, {gap.low:+.3f} to {gap.high:+.3f}{sure})"
