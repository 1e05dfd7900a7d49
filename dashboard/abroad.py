"""What another scanner does to a run, in words and rows, from its `auc.external` figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from core.cohort.phantom.scanner import SCANNERS
from core.evaluation.contender import FACTS
from core.run import Run

NAMES = {
    "the model": ("auc.external_own", "auc.external", "auc.external_drop"),
    "small CNN, pictures alone": ("auc.cnn_fresh", "auc.cnn_external", "auc.cnn_external_drop"),
    "largest short axis alone": (
        "auc.external_short_axis_own",
        "auc.external_short_axis",
        "auc.external_short_axis_drop",
    ),
}
CALLS = {
    "sensitivity of the model, every patient called": "sensitivity",
    "specificity of the model, every patient called": "specificity",
}


@dataclass(frozen=True)
class Moved:
    """One score on both scanners.

    Attributes:
        name: Whose score, in words.
        own: AUC on the scanner the run was trained on: value, low, high.
        other: AUC on the other one.
        drop: First minus second, paired.
    """

    name: str
    own: tuple[float, float, float]
    other: tuple[float, float, float]
    drop: tuple[float, float, float]


def scanned(run: Run) -> list[Moved]:
    """Every score that was measured on both scanners; none where the command was not given."""
    return [
        Moved(name, *(_of(run.metrics[key]) for key in keys))
        for name, keys in NAMES.items()
        if all(key in run.metrics for key in keys)
    ]


def best(run: Run) -> float | None:
    """Best possible AUC of those patients; None where it was not measured."""
    found = run.metrics.get("auc.external_best")
    return float(found["value"]) if found else None


def how(run: Run) -> str:
    """Who was scanned, and on what."""
    own, other = SCANNERS["own"], SCANNERS["other"]
    n = int(run.metrics["auc.external"]["n"])
    return (
        f"{n:,} new synthetic patients with a patch on both scans, each scanned twice: "
        f"{own.field_t:g} T, pixels of {own.pixel_mm:g} mm, slices of {own.slice_mm:g} mm, as in "
        f"training; and {other.field_t:g} T, {other.pixel_mm:g} mm, {other.slice_mm:g} mm, with "
        f"{other.noise_sd / own.noise_sd:.1f} times the noise, harsher contrast and deeper "
        "shading. Outlines are drawn anew on each scan; both are brought to the scale of this "
        "run's training patients."
    )


def caution(run: Run) -> str:
    """What must be known before model and CNN are compared."""
    clinical = ", ".join(FACTS[name] for name in run.settings.head.clinical)
    knows = (
        f"{clinical} (which no scanner changes)" if clinical else "",
        "measures off outlines that were drawn on each scan" if run.settings.reads_measures else "",
    )
    said = " and ".join(each for each in knows if each)
    also = f"; the model is also told {said}" if said else ""
    return f"In brackets 95 % intervals. The CNN learned from pictures alone{also}."


def sentences(run: Run, moved: list[Moved]) -> list[str]:
    """What the step to the other scanner costs, and whether the CNN pays more."""
    said = []
    kept = [run.metrics.get(f"specificity.{end}") for end in ("external_own", "external")]
    if all(kept):
        here, there = (_wrongly(_of(each)) for each in kept if each)
        said.append(
            f"At the threshold chosen in training the model wrongly flags {there} of 100 without "
            f"{run.words.outcome} there, {here} on its own scanner."
        )
    named = ("the model", "small CNN, pictures alone")
    said += [_cost(each) for each in moved if each.name in named]
    extra = run.metrics.get("auc.cnn_extra_drop")
    if extra:
        value, low, high = _of(extra)
        spelt = f"({low:+.3f} to {high:+.3f})"
        if low > 0:
            said.append(f"The CNN loses {value:.3f} more than the model {spelt}: less robust here.")
        elif high < 0:
            said.append(
                f"The CNN loses {-value:.3f} less than the model {spelt}: more robust here."
            )
        else:
            said.append(
                f"The CNN's loss is {value:+.3f} {spelt} beside the model's: neither can be called "
                "more robust."
            )
    return said


def table(run: Run, moved: list[Moved]) -> pd.DataFrame:
    """The same for reading and saving: AUCs, then calls at the run's threshold."""
    rows = [
        {
            "measured": f"AUC, {each.name}",
            "own scanner": _spelt(each.own),
            "other scanner": _spelt(each.other),
            "own minus other, paired": _spelt(each.drop, sign=True),
        }
        for each in moved
    ]
    for name, figure in CALLS.items():
        pair = [run.metrics.get(f"{figure}.{end}") for end in ("external_own", "external")]
        if all(pair):
            own, other = (_spelt(_of(each)) for each in pair if each)
            last = {"own minus other, paired": "not paired"}
            rows.append({"measured": name, "own scanner": own, "other scanner": other} | last)
    return pd.DataFrame(rows).fillna("")


def _cost(moved: Moved) -> str:
    value, low, high = moved.drop
    spelt = f"({low:+.3f} to {high:+.3f})"
    who = "The model" if moved.name == "the model" else "The small CNN"
    if low > 0:
        return f"{who} ranks worse there: it loses {value:.3f} of its AUC {spelt}."
    if high < 0:
        return f"{who} gains {-value:.3f} of AUC there {spelt} own minus other."
    return (
        f"{who} ranks patients as well there, as far as chance lets one see: AUC {value:+.3f} "
        f"{spelt}, own minus other."
    )


def _wrongly(specificity: tuple[float, float, float]) -> str:
    value, low, high = (100 * (1 - each) for each in specificity)
    return f"{value:.0f} ({high:.0f} to {low:.0f})"


def _of(figure: Mapping[str, Any]) -> tuple[float, float, float]:
    return float(figure["value"]), float(figure["low"]), float(figure["high"])


def _spelt(interval: tuple[float, float, float], *, sign: bool = False) -> str:
    value, low, high = interval
    if sign:
        return f"{value:+.3f} ({low:+.3f} to {high:+.3f})"
    return f"{value:.2f} ({low:.2f} to {high:.2f})"
