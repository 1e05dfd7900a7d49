"""What `knowing_limits` says of questions beyond the code itself: scanners and wrong protocols."""

from core.evaluation.gaps import gap
from core.evaluation.verdict import read_verdict

REGRET = {"168": 0.05, "458": 0.03, "2000": 0.015}
ALONE = ("epoch", "configuration", "threshold", "calls", "scaling", "t_stage")


def spelt(figure, digits=3):
    """A figure with its interval, where it has one."""
    if figure is None:
        return "not measured"
    said = f"{figure['value']:.{digits}f}"
    if figure.get("low") is None:
        return said
    return f"{said} ({figure['low']:.{digits}f} to {figure['high']:.{digits}f})"


SLICES = {
    "slices_pooled": "`head.slices mean`, a lesion speaks once, by the mean code of its slices",
    "key_slices": "`patch.slices_per_node 1`, key slices alone",
}


def own_head(figures):
    """The regret of the run's own kind of head on more patients."""
    known = [number for number in REGRET if f"regret.{number}_own" in figures]
    if not known:
        return "The run's own kind of head on more patients was not measured."
    said = ", ".join(f"{figures[f'regret.{n}_own']['value']:.3f} with {n}" for n in known)
    return f"The run's own kind of head: {said}. {code_adds(figures)}".strip()


def code_adds(figures):
    """What the learned code adds to every lesion's measures, heads of both taught alike."""
    known = [number for number in REGRET if f"gain.over_measures_{number}" in figures]
    if not known:
        return ""
    said = ", ".join(
        f"{spelt(figures[f'gain.over_measures_{n}'])} taught by {int(n):,}" for n in known
    )
    return (
        f"No evidence that the code adds to every lesion's measures on new patients: AUC {said}."
        if all(figures[f"gain.over_measures_{n}"]["low"] <= 0 for n in known)
        else f"What the code adds to every lesion's measures on new patients: AUC {said}."
    )


def image(figures):
    """What the picture adds to clinical facts, and they to it, by one kind of head."""
    named = ("gain.image_over_clinical", "gain.clinical_over_image")
    if not set(named) <= set(figures):
        return
    first, second = (spelt(figures[name]) for name in named)
    yield (
        "**Image beside clinical facts** (size and shape of the largest, T stage), one kind of "
        f"head for all: both minus clinical facts {first}, both minus the codes {second}. The "
        "run's own head gains more over clinical facts because it also reads every lesion's "
        "measures."
    )


def slices(run):
    """What 2.5-D and key slices alone changed, in the same folds as every other row."""
    verdict = read_verdict(run)
    if verdict is None or not set(SLICES) <= set(verdict.by_key):
        return
    told = []
    for key, title in SLICES.items():
        own = verdict.by_key[key].auc
        apart = gap(run, verdict, "logistic", key).difference
        told.append(
            f"{title}: AUC {own.value:.3f}, every slice minus it {apart.value:+.3f} "
            f"({apart.low:+.3f} to {apart.high:+.3f})"
        )
    yield f"**Slices**, the logistic head on codes: {'; '.join(told)}."


def _robust(apart):
    """Which loses more, from how much more the CNN loses than the run."""
    if apart["low"] <= 0 <= apart["high"]:
        verdict = "neither is shown to be the more robust"
    else:
        verdict = f"the {'run' if apart['low'] > 0 else 'CNN'} is the more robust"
    return f"{spelt(apart)} more, so {verdict}"


def beyond(figures):
    """Another scanner and wrong protocols: what each came to, where it was measured."""
    if "auc.external_drop" in figures:
        names = {"own": "specificity.external_own", "other": "specificity.external"}
        there = {scanner: figures[name]["value"] for scanner, name in names.items()}
        yield (
            "**Another scanner** (other field, noise, voxels and contrast, the same people): the "
            f"run loses {spelt(figures['auc.external_drop'])} of its AUC, a small CNN "
            f"{spelt(figures['auc.cnn_external_drop'])}; {_robust(figures['auc.cnn_extra_drop'])}. "
            f"Its threshold does not travel: specificity {there['own']:.2f} becomes "
            f"{there['other']:.2f}."
        )
    if "optimism.auc" in figures:
        alone = ", ".join(
            f"{name.replace('_', ' ')} {figures[f'optimism.{name}']['value']:+.3f}"
            for name in ALONE
        )
        inside = figures.get("optimism.auc_inside")
        anew = "was not measured" if inside is None else f"{spelt(inside)}, few cohorts"
        yield (
            "**Choosing on the test fold** adds "
            f"{spelt(figures['optimism.auc'])} to the AUC with one frozen autoencoder; with it "
            f"trained anew in every fold too: {anew}. Each fault alone: {alone}. The honest "
            f"protocol minus the truth: {spelt(figures['optimism.honest'])}; outcomes dealt out "
            f"anew give {spelt(figures['auc.shuffled'])} honestly."
        )
