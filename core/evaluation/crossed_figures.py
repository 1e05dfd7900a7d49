"""The figures that a cross-validation adds to `metrics.json`."""

from collections.abc import Iterator

from core.evaluation.figures import Figure, Stamp
from core.evaluation.intervals import Interval
from core.evaluation.ordinal import ORDINAL
from core.evaluation.verdict import Verdict

AREAS = {
    "image": "auc.image",
    "clinical": "auc.clinical",
    "both": "auc.both",
    "size_shape": "auc.size_shape",
    "t_stage": "auc.t_stage",
    "short_axis": "auc.short_axis",
    "boosting": "auc.boosting",
    "logistic": "auc.logistic",
    "ordinal": "auc.ordinal",
    "distance": "auc.distance",
    "measures": "auc.measures",
}
GAINS = {
    "short_axis": "gain.over_size",
    "clinical": "gain.over_clinical",
    "measures": "gain.over_measures",
}
CHANGES = {"ordinal": "gain.ordinal", "distance": "gain.distance"}
# suffixes of what is told of how rows order the stages; a further row is the one not taught so
ORDERS = {ORDINAL: "", "model": "_model", "short_axis": "_size"}


def crossed_figures(verdict: Verdict, stamp: Stamp) -> Iterator[Figure]:
    """Every figure of the model, and the AUCs of the rows that figure IDs name."""
    n, positives = verdict.patients, verdict.positives

    def made(name: str, value: Interval | float | None, count: int = n) -> Iterator[Figure]:
        if value is not None and count:
            yield stamp.figure(name, value, n=count, unit_of_n="patient", data="cross-validated")

    own, sets = verdict.model, verdict.sets
    if verdict.mode == "inside":
        yield from made("auc.cv_inside", own.auc)
        for key, name in GAINS.items():
            row = verdict.by_key.get(key)
            if row and row.against:
                yield from made(f"{name}_inside", row.against.difference)
        return
    yield from made("auc.cv", own.auc)
    yield from made("auc.cv_pooled", own.auc_pooled)
    yield from made("auc.cv_fold_mean", own.auc_fold_mean)
    yield from made("auc.cv_p", own.p_chance)
    for key, name in AREAS.items():
        if key in verdict.by_key:
            yield from made(name, verdict.by_key[key].auc)
    for key, name in GAINS.items():
        row = verdict.by_key.get(key)
        if row and row.against:
            yield from made(name, row.against.difference)
    for key, name in CHANGES.items():
        row = verdict.by_key.get(key)
        if row and row.change:
            yield from made(name, row.change.difference)
    for order in verdict.orders:
        suffix = ORDERS.get(order.key, "_binary")
        yield from made(f"ordinal.c_index{suffix}", order.c_index)
        yield from made(f"ordinal.auc_n2{suffix}", order.top, positives)
        if suffix == "_binary":
            yield from made("ordinal.c_index_gain", order.gain)
    yield from made("sensitivity.cv", own.sensitivity, positives)
    yield from made("specificity.cv", own.specificity, n - positives)
    yield from made("ppv.cv", own.ppv, own.flagged)
    yield from made("npv.cv", own.npv, n - own.flagged)
    yield from made("brier.cv", own.brier)
    yield from made("calib.slope.cv", own.slope)
    yield from made("calib.intercept.cv", own.intercept)
    yield from made("calib.ici.cv", own.ici)
    yield from made("conformal.coverage_positive.cv", sets.covered_positive, positives)
    yield from made("conformal.coverage_negative.cv", sets.covered_negative, n - positives)
    yield from made("conformal.referred.cv", sets.silent)
    yield from made("conformal.ppv.cv", sets.ppv, round(sets.told_positive))
    yield from made("conformal.npv.cv", sets.npv, round(sets.told_negative))
