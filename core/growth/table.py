"""The trial's table: every way to grow against the re-rendered truth, and which is best.

Which latent way is walked is decided on validation patients, by likeness (PSNR) to the truth at
+3 mm, a refused request counting as the scan unchanged; so is the share of a blended picture that
the network draws (`core.growth.choosing`). Everything is then read on test patients, with intervals
by patient. What was decided lies in `RUN/added/growth/table.csv` and is what the dashboard walks
with.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.errors import LatentError
from core.evaluation.figures import Figure, Stamp, adding, write_metrics
from core.evaluation.intervals import Interval
from core.growth import trial
from core.growth.choosing import kept, likeness_of
from core.growth.delivery import Decode
from core.growth.flips import flip_figures, spread_of
from core.growth.growth_figures import growth_figures
from core.growth.likeness import Reader
from core.growth.preference import FOLDER, Preferred
from core.growth.realism import Pairs, Tell, pairs_of, realism
from core.growth.reversal import redrawn_of, reversed_of
from core.growth.sized import spacing_of
from core.growth.specimen import entered_of
from core.growth.summary import as_text, counted, summary, with_intervals
from core.latent.space import LatentSpace
from core.run import Run, write_text

Say = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Comparison:
    """What the trial found.

    Attributes:
        table: One line a way, test patients; `chosen` marks the way that validation patients chose.
        cases: One line a way, lesion and request, test patients; refusals count as failures.
        preferred: What validation patients chose.
        spread: Standard deviation of every watched attribute over training lesions.
        apart: AUC of telling grown from real, by way, with its interval.
        pairs: Grown lesions that this was asked of, by way.
    """

    table: pd.DataFrame
    cases: pd.DataFrame
    preferred: Preferred
    spread: dict[str, float]
    apart: dict[str, Interval]
    pairs: dict[str, int]


def compare_ways(
    run: Run,
    *,
    decode: Decode,
    reader: Reader,
    tell: Tell | None = None,
    most: int | None = None,
    say: Say = print,
) -> Comparison:
    """Try every way on validation patients, choose, and measure all of them on test patients.

    Args:
        run: On a synthetic cohort that can be drawn again.
        decode: Usually `model.decode`.
        reader: What the model says of a picture.
        tell: Tells two kinds of pictures apart, `core.training.telling_apart.told_apart`; None
            leaves realism out.
        most: How many lesions of either split take part; None takes all.
        say: Told what is being done.

    Raises:
        LatentError: The cohort cannot be drawn again, or no latent way can be found.
    """
    space, spacing = LatentSpace.open(run), spacing_of(run)
    ways = trial.contestants(space, decode=decode, spacing_mm=spacing)
    if not any(one.way for one in ways):
        raise LatentError(f"Run {run.name!r} has no direction of size, so nothing can grow.")
    chosen_on, _ = entered_of(run, "validation", most, say)
    likeness = [likeness_of(one, chosen_on, ways[0], spacing_mm=spacing) for one in ways]
    for one, decibels in zip(ways, likeness, strict=True):
        part = "" if one.share is None else f", {one.share:.0%} drawn"
        say(f"validation: {one.name}{part}: {decibels.mean():.2f} dB")
    ways, best, chosen_by = kept(ways, likeness)
    tried, left_out = entered_of(run, "test", most, say)
    cases, shown = [], {}
    for one in ways:
        brought = trial.delivered(tried, one)
        cases.append(trial.cases(brought, one, spacing_mm=spacing, reader=reader))
        if tell is not None and one.name != trial.NOTHING:
            shown[one.name] = pairs_of(run, [*trial.delivered(chosen_on, one), *brought])
        say(f"test: {one.name}")
    apart = _told_apart(shown, tell, say)
    spread = spread_of(run)
    reversed_ = reversed_of(tried, ways, decode=decode, encode=reader.encode, spacing_mm=spacing)
    redrawn = redrawn_of(tried, ways, decode=decode)
    together = counted(pd.concat(cases, ignore_index=True))
    table = summary(together, spread, chosen=best.name)
    table = with_intervals(table, "told_apart", apart)
    for name, of in (("reversed", reversed_), ("redrawn", redrawn)):
        table = with_intervals(table, name, {way: one for way, (one, _) in of.items()})
        table[f"{name}_n"] = table["way"].map({way: n for way, (_, n) in of.items()}).astype(float)
    table["share"] = table["way"].map({one.name: one.share for one in ways}).astype(float)
    table["validation_psnr"] = table["way"].map(chosen_by)
    return Comparison(
        table=table.assign(left_out=left_out),
        cases=together,
        preferred=Preferred(best.way, best.keep or "nothing", best.share),
        spread=spread,
        apart=apart,
        pairs={name: len(some) for name, some in shown.items()},
    )


def _told_apart(shown: dict[str, Pairs], tell: Tell | None, say: Say) -> dict[str, Interval]:
    found = {}
    for name, pairs in shown.items():
        area = None if tell is None else realism(pairs, tell=tell)
        if area is not None:
            found[name] = area
            say(f"told apart from real: {name}: {area.value:.2f} of {len(pairs)} pairs")
    return found


def figures_of(found: Comparison, *, stamp: Stamp) -> list[Figure]:
    """The growth figures of the chosen way, on test patients, with intervals by patient."""
    chosen = str(found.table.loc[found.table["chosen"], "way"].iloc[0])
    figures = growth_figures(
        found.cases,
        chosen=chosen,
        spread=found.spread,
        stamp=stamp,
        apart=found.apart,
        apart_n=found.pairs.get(chosen, 0),
    )
    own = found.table[found.table["way"] == chosen].iloc[0]
    for name in ("reversed", "redrawn"):
        if name in own and pd.notna(own[name]):
            ends = Interval(*(float(own[f"{name}{part}"]) for part in ("", "_low", "_high")))
            n = int(own[f"{name}_n"])
            figures.append(stamp.figure(f"growth.{name}", ends, n=n, unit_of_n="node", data="test"))
    return figures


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
    with adding(run, FOLDER) as draft:
        figures = figures_of(found, stamp=stamp) + flip_figures(turned, stamp=stamp)
        write_metrics(draft, figures, weights_sha256=run.manifest.weights_sha256)
        write_text(draft / "table.csv", found.table.to_csv(index=False, float_format="%.5g"))
        single = dict.fromkeys(found.cases.select_dtypes("float64"), np.float32)
        found.cases.astype(single).to_parquet(draft / "cases.parquet", index=False)
        write_text(draft / "flips.csv", turned.to_csv(index=False, float_format="%.5g"))
    return figures


def in_words(found: Comparison) -> str:
    """The table as text, with what its columns mean and of how many pairs realism was asked."""
    apart = "".join(
        f"\nTold apart from real, {name}: {one.value:.2f} ({one.low:.2f} to {one.high:.2f}), "
        f"{found.pairs[name]} pairs"
        for name, one in found.apart.items()
    )
    return f"{as_text(found.table)}{apart}"
