"""The table of the trial, the figures that it gives, and the way that it recommends.

Which latent way is best is decided on validation patients, by likeness (PSNR) to the truth at
+3 mm, a refused request counting as the scan unchanged. Every figure is then read on test
patients, with intervals by patient. What was decided lies in `RUN/added/growth/table.csv` and is
what the dashboard walks with.
"""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.arrays import Labels, Values
from core.errors import LatentError
from core.evaluation.figures import Figure, Stamp, rebuild_metrics, write_metrics
from core.evaluation.intervals import (
    Interval,
    mean_interval,
    patient_draws,
    patient_numbers,
    percentiles,
    sums_by_patient,
)
from core.growth import trial
from core.growth.delivery import KEEPS, Decode, Keep
from core.growth.flips import flip_figures, spread_of
from core.growth.sized import spacing_of
from core.growth.specimen import entered_of
from core.latent.direction import WAYS, Way
from core.latent.space import LatentSpace
from core.run import Run, write_text

FOLDER = "growth"
UPWARDS = (1.0, 2.0, 3.0, 4.0)
Say = Callable[[str], None]


@dataclass(frozen=True)
class Preferred:
    """The way that the trial recommends for a run."""

    way: Way | None
    keep: Keep


@dataclass(frozen=True, eq=False)
class Comparison:
    """What the trial found.

    Attributes:
        table: One line a way, test patients; `chosen` marks the best on validation patients.
        cases: One line a way, lesion and request, test patients.
        preferred: The best on validation patients.
        spread: Standard deviation of every watched attribute over training lesions.
        reversed: Mean absolute error of +3 mm and back, by way, with its interval.
    """

    table: pd.DataFrame
    cases: pd.DataFrame
    preferred: Preferred
    spread: dict[str, float]
    reversed: dict[str, Interval]


def compare_ways(
    run: Run,
    *,
    decode: Decode,
    encode: trial.Encode,
    most: int | None = None,
    say: Say = print,
) -> Comparison:
    """Try every way on validation patients, choose, and measure all of them on test patients.

    Args:
        run: On a synthetic cohort that can be drawn again.
        decode: Usually `model.decode`.
        encode: Usually `model.encode`.
        most: How many lesions of either split take part; None takes all.
        say: Told what is being done.

    Raises:
        LatentError: The cohort cannot be drawn again, or no latent way can be found.
    """
    space, spacing = LatentSpace.open(run), spacing_of(run)
    entered = trial.contestants(space, decode=decode, spacing_mm=spacing)
    latent = [one for one in entered if one.way is not None]
    if not latent:
        raise LatentError(f"Run {run.name!r} has no direction of size, so nothing can grow.")
    chosen_on, _ = entered_of(run, "validation", most, say)
    still = judged(trial.cases(chosen_on, entered[0], spacing_mm=spacing))["psnr"].to_numpy()
    likeness = {}
    for one in latent:
        found = judged(trial.cases(chosen_on, one, spacing_mm=spacing))
        # who is refused is left with the scan as it is
        delivered = np.where(found["refused"], still, found["psnr"])
        likeness[one.name] = float(np.nanmean(delivered))
        say(f"validation: {one.name}: {likeness[one.name]:.2f} dB")
    best = max(latent, key=lambda one: likeness[one.name])
    tried, left_out = entered_of(run, "test", most, say)
    cases = []
    for one in entered:
        cases.append(trial.cases(tried, one, spacing_mm=spacing))
        say(f"test: {one.name}")
    spread = spread_of(run)
    bare = next(each for each in latent if (each.way, each.keep) == (best.way, "nothing"))
    reversed_ = trial.reversed_of(
        tried, (best, bare), space=space, decode=decode, encode=encode, spacing_mm=spacing
    )
    together = pd.concat(cases, ignore_index=True)
    return Comparison(
        table=_with_reversed(summary(together, spread, chosen=best.name), reversed_).assign(
            left_out=left_out
        ),
        cases=together,
        preferred=Preferred(best.way, best.keep or "nothing"),
        spread=spread,
        reversed=reversed_,
    )


def _with_reversed(table: pd.DataFrame, found: dict[str, Interval]) -> pd.DataFrame:
    """The table with +3 mm and back, of the ways in which it was measured."""
    for name, part in (("", "value"), ("_low", "low"), ("_high", "high")):
        read_of = {way: float(getattr(one, part)) for way, one in found.items()}
        table[f"reversed{name}"] = table["way"].map(read_of).astype(float)
    return table


def judged(cases: pd.DataFrame) -> pd.DataFrame:
    """The cases at +3 mm whose truly grown lesion fits the patch."""
    return cases[(cases["request_mm"] == trial.JUDGED_MM) & cases["fits"]]


def summary(cases: pd.DataFrame, spread: dict[str, float], *, chosen: str) -> pd.DataFrame:
    """One line a way: likeness at +3 mm, asked against measured, leakage, refusals."""
    floor = judged(cases[cases["way"] == trial.TRUTH]).set_index("row")
    lines = []
    for way, own in cases.groupby("way", sort=False):
        at, up = judged(own).set_index("row"), _upwards(own)
        line: dict[str, object] = {"way": way, "chosen": way == chosen, "n": len(at)}
        for name in ("psnr", "ssim", "dice"):
            line[name] = float(at[name].mean())
        line["slope"] = slope(up["request_mm"].to_numpy(), up["gained_mm"].to_numpy())
        for request in UPWARDS:
            some = up[up["request_mm"] == request]
            line[f"mae_{request:g}mm"] = float((some["gained_mm"] - request).abs().mean())
        line["closed_mae"] = float(_closed_error(own).mean())
        line["closed_median"] = float(_closed_error(own).median())
        for name in trial.WATCHED:
            line[f"leak_{name}"] = float(((at[name] - floor[name]) / spread[name]).mean())
        line["background"] = float(at["background"].mean())
        line["refused"] = float(own.loc[own["fits"], "refused"].mean())
        lines.append(line)
    return pd.DataFrame(lines)


def slope(asked: Values, gained: Values) -> float:
    """Of gained on asked millimetres, by least squares."""
    centred = asked - asked.mean()
    return float(centred @ gained / (centred @ centred))


def _upwards(cases: pd.DataFrame) -> pd.DataFrame:
    kept = cases["request_mm"].isin(UPWARDS) & cases["fits"] & cases["gained_mm"].notna()
    return cases[kept]


def _closed_error(cases: pd.DataFrame) -> "pd.Series[float]":
    kept = cases[cases["fits"] & cases["closed_gained_mm"].notna()]
    return (kept["closed_gained_mm"] - kept["request_mm"]).abs()


def figures_of(found: Comparison, *, stamp: Stamp) -> list[Figure]:
    """The growth figures of the chosen way, on test patients, with intervals by patient."""
    chosen = str(found.table.loc[found.table["chosen"], "way"].iloc[0])
    own = found.cases[found.cases["way"] == chosen]
    values: dict[str, tuple[Interval, int] | None] = {}
    up = _upwards(own)
    if up["request_mm"].nunique() > 1:
        values["growth.slope"] = (_slope_interval(up), up["row"].nunique())
    for name, request in (("growth.mae_2mm", 2.0), ("growth.mae_4mm", 4.0)):
        some = up[up["request_mm"] == request]
        values[name] = _mean((some["gained_mm"] - request).abs(), some["patient_id"])
    wrong = _closed_error(own)
    values["growth.closed_loop_mae"] = _mean(wrong, own.loc[wrong.index, "patient_id"])
    at = judged(own).set_index("row")
    warp, truth = (
        judged(found.cases[found.cases["way"] == way]).set_index("row")
        for way in (trial.WARP, trial.TRUTH)
    )
    for name in ("psnr", "ssim", "dice"):
        values[f"growth.{name}_minus_warp"] = _mean(at[name] - warp[name], at["patient_id"])
    for name in trial.WATCHED:
        beyond = (at[name] - truth[name]) / found.spread[name]
        values[f"growth.leak_{name}"] = _mean(beyond, at["patient_id"])
    values["growth.background"] = _mean(at["background"], at["patient_id"])
    fitting = own[own["fits"]]
    values["growth.refused"] = _mean(fitting["refused"].astype(float), fitting["patient_id"])
    return [
        stamp.figure(name, found_here[0], n=found_here[1], unit_of_n="node", data="test")
        for name, found_here in values.items()
        if found_here is not None
    ]


def _mean(values: "pd.Series[float]", who: "pd.Series[str]") -> tuple[Interval, int] | None:
    """The mean with its interval and n; None where nothing could be read."""
    known = values.notna().to_numpy()
    if not known.any():
        return None
    kept = values.to_numpy(dtype=np.float64)[known]
    return mean_interval(kept, who.to_numpy()[known]), int(known.sum())


def _slope_interval(cases: pd.DataFrame) -> Interval:
    x, y = cases["request_mm"].to_numpy(), cases["gained_mm"].to_numpy()
    numbers, patients = patient_numbers(cases["patient_id"].to_numpy())
    table = np.stack([np.ones(len(x)), x, y, x * y, x * x], axis=1)
    sums = sums_by_patient(table, numbers, patients)
    drawn: list[Labels] = []
    for draws in patient_draws(patients):
        n, sx, sy, sxy, sxx = (draws @ sums).T
        drawn.append((sxy - sx * sy / n) / (sxx - sx * sx / n))
    return percentiles(slope(x, y), np.concatenate(drawn))


def write_comparison(
    run: Run, found: Comparison, turned: pd.DataFrame, *, stamp: Stamp
) -> list[Figure]:
    """Write `RUN/added/growth/` whole, and make the run's `metrics.json` again.

    Args:
        run: Whose folder is added to.
        found: The trial of all ways.
        turned: Minimal flips of test patients' lesions, from `core.growth.flips`.
        stamp: The command, its seeds and when.
    """
    target = run.folder / "added" / FOLDER
    draft = target.with_name(f".{FOLDER}.{os.getpid()}.partial")
    draft.mkdir(parents=True)
    try:
        figures = figures_of(found, stamp=stamp) + flip_figures(turned, stamp=stamp)
        write_metrics(draft, figures, weights_sha256=run.manifest.weights_sha256)
        write_text(draft / "table.csv", found.table.to_csv(index=False, float_format="%.5g"))
        found.cases.to_parquet(draft / "cases.parquet", index=False)
        write_text(draft / "flips.csv", turned.to_csv(index=False, float_format="%.5g"))
        shutil.rmtree(target, ignore_errors=True)
        draft.rename(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    rebuild_metrics(run.folder)
    return figures


def preferred(run: Run) -> Preferred:
    """What the trial recommends for this run, or, untried, what it recommended elsewhere."""
    untried = Preferred("dimension" if run.settings.vae.attributes else None, "surroundings")
    path = run.folder / "added" / FOLDER / "table.csv"
    if not path.is_file():
        return untried
    try:
        table = pd.read_csv(path)
        name = str(table.loc[table["chosen"].astype(bool), "way"].iloc[0])
    except (ValueError, KeyError, IndexError):
        return untried
    for way in WAYS:
        for keep in KEEPS:
            if name == trial.latent_name(way, keep):
                return Preferred(way, keep)
    return untried


def in_words(found: Comparison) -> str:
    """The table as text, widest column first, with what its columns mean."""
    shown = found.table.copy()
    shown["way"] = np.where(shown.pop("chosen"), shown["way"] + " *", shown["way"])
    text = shown.to_string(index=False, float_format=lambda value: f"{value:.3f}")
    back = "".join(
        f"\n+3 mm and back, {name}: {one.value:.3f} from the start "
        f"({one.low:.3f} to {one.high:.3f})"
        for name, one in found.reversed.items()
    )
    return (
        f"{text}\n* best on validation patients (likeness at +3 mm). Test patients; PSNR, SSIM, "
        "Dice, leak_ (in population sd, minus the re-rendering's) and background at +3 mm; slope "
        "and mae_ open loop; closed_mae corrected in at most 9 pictures, all requests -1 to +4 mm; "
        "refused where the grown lesion fits the patch; left_out: lesions whose scan the ruler "
        f"reads more than a third off the outline or not at all (pages walk them by outline).{back}"
    )
