"""How good the run is, in one line that a stranger understands."""

from core.run import Run
from dashboard import words

TOO_FEW = 20  # events under which nothing is judged (GOALS.md)


def line(run: Run) -> str:
    """What patients it never saw say of the model, beside size alone; "" where not measured.

    Many patients drawn afterwards say more than the few that were held out.
    """
    figures = run.metrics
    drawn = "auc.fresh" in figures
    found = figures.get("auc.fresh" if drawn else "auc.test")
    if not found:
        return ""
    text = (
        f"On {words.counted(int(found['n']), 'patient')} it had never seen, it ranks a patient "
        f"{words.having(1, run.words)} above one {words.having(0, run.words)} "
        f"{share(found['value'])} of the time (AUC {found['value']:.2f}, "
        f"{found['low']:.2f} to {found['high']:.2f})."
    )
    alone = figures.get("auc.fresh_short_axis" if drawn else "auc.short_axis.test")
    return text + (f" Size alone: {share(alone['value'])}." if alone else "")


def caution(run: Run) -> str:
    """A warning where the patients that the line speaks of are too few; "" otherwise."""
    if "auc.fresh" in run.metrics:
        positives = run.metrics.get("sensitivity.fresh", {"n": 0})["n"]
        return "too few to judge" if positives < TOO_FEW else ""
    predictions = run.predictions
    held = predictions[predictions["split"] == "test"]
    fewest = min(int((held["label"] == 1).sum()), int((held["label"] == 0).sum()))
    return "too few to judge" if fewest < TOO_FEW else ""


def share(value: float) -> str:
    """A probability as people say it."""
    return f"{round(100 * value)}\N{NO-BREAK SPACE}%"
