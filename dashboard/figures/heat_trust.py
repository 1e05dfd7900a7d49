"""Whether a run's heat maps can be trusted: what was reached, and which checks they pass.

Everything is read off the run: its figures (each beside maps that know nothing of the model) and
the checks kept for every tested map. What was not measured is absent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import pandas as pd

from core.explain.explanation import DEFAULT, Variant
from core.explain.faithfulness.checked import BRIEFLY, CHECKS, Checked
from dashboard.figures.heat_asked import Line

GOAL, LEAD = 0.95, 0.40  # pointing that is wanted, and its lead over the blob (EXPLAIN.md, XA3)
HARDLY = 0.10  # lead over the blob below which a reader is told "hardly"


@dataclass(frozen=True)
class Passing:
    """How many maps of one method pass each check.

    Attributes:
        name: The method, and the layer where it has one.
        maps: How many were tested.
        shares: Share that passes, by check; None where it could not be taken.
        greyed: Share that the page greys out: no better than a blob in the middle or chance.
    """

    name: str
    maps: int
    shares: Mapping[str, float | None]
    greyed: float


def summary(metrics: Mapping[str, Any], *, lesion: str) -> str:
    """The honest first sentence, from the figures; "" where the maps were not judged."""
    own, blob = (metrics.get(f"explain.pointing{of}") for of in ("", "_blob"))
    if not own or not blob:
        return ""
    lead = own["value"] - blob["value"]
    if lead <= 0:
        than = "no more than"
    elif lead < HARDLY or own["low"] <= blob["high"]:
        than = "hardly more than"
    else:
        than = "more than"
    enough = own["value"] >= GOAL and lead >= LEAD
    goal = "which reaches the goal" if enough else f"and the goal is {GOAL:.0%}"
    followed, nothing = (
        metrics.get(f"explain.insertion_minus_deletion{of}") for of in ("", "_blob")
    )
    follows = ""
    if followed and nothing:
        verb = "does follow" if followed["low"] > nothing["high"] else "does not follow"
        follows = f" The score {verb} what they mark better than such a blob."
    return (
        f"On this run the strongest pixel of a map lies on the {lesion} for {own['value']:.0%}, "
        f"{than} a blob at the centre, {blob['value']:.0%}, {goal} ({own['n']:,} held-out "
        f"pictures, each moved off the middle).{follows}"
    )


def in_general(
    metrics: Mapping[str, Any],
    tested: Sequence[Checked],
    *,
    variant: Variant,
    spot: Mapping[str, float] | None = None,
    usual: float | None = None,
    lesion: str,
) -> str:
    """What must be known before any map is read, in a line; Markdown.

    Args:
        metrics: The run's; its figures are of the default maps.
        tested: What every tested map of the chosen method passes.
        variant: That method.
        spot: By network, what its maps put on a planted spot that alone decides, in times what
            chance puts there; None where that was not measured.
        usual: The same of a map that only knows where the spot lies in most pictures.
        lesion: What the cohort calls one.
    """
    own, blob = (metrics.get(f"explain.pointing{of}") for of in ("", "_blob"))
    said = ["**Nobody has judged this run's maps yet**, so none is known to be right."]
    if own and blob:
        reached = own["value"] >= GOAL and own["value"] - blob["value"] >= LEAD
        verb, link = ("reach", "and") if reached else ("miss", "but")
        said = [
            f"**In general this run's maps {verb} their goal**: moved off the middle, the "
            f"strongest pixel should lie on the {lesion} in {GOAL:.0%} of pictures, {link} does in "
            f"{own['value']:.0%} ({DEFAULT.name}; a blob that knows nothing: {blob['value']:.0%})."
        ]
    if tested:
        every = sum(one.passed == len(one.taken) for one in tested)
        said.append(f"Of {len(tested)} tested maps by {variant.name} {every} pass every check.")
    if spot:
        times = " and ".join(f"{value:.1f} times ({network})" for network, value in spot.items())
        fixed = (
            f"; a fixed map of where spots lay in training, which never looks, {usual:.1f} times"
            if usual
            else ""
        )
        said.append(
            "On pictures where one planted spot alone decides, in other networks than this, "
            f"{variant.name} marks it so much more than chance: {times}{fixed}."
        )
    return " ".join(said)


def missed(spot: Sequence[float]) -> str:
    """That a method misses a planted spot, whatever one map of its passes; "" where it does not.

    Args:
        spot: What its maps put on a spot that alone decides, in times what chance puts there, one
            a network.
    """
    if not spot or min(spot) >= 1:
        return ""
    times = ", ".join(f"{each:.1f}" for each in spot)
    return (
        "Whatever this map passes: where one planted spot alone decides, this method marks it less "
        f"than chance would in at least one network ({times} times as much)."
    )


def unlike(metrics: Mapping[str, Any], methods: Sequence[Passing], *, lesion: str) -> str:
    """Why a pass rate differs from the figures above it; "" where one of them is not known."""
    names = ("pointing", "mass", "mass_blob")
    point, mass, blob = (metrics.get(f"explain.{name}") for name in names)
    first = next((one for one in methods if one.name == DEFAULT.name), None)
    share = first.shares["on_lesion"] if first else None
    if not (point and mass and blob) or share is None:
        return ""
    return (
        f"The first of them is no share of evidence: moved off the middle, {share:.0%} of the "
        f"{DEFAULT.name} maps have more of theirs on the {lesion} than a blob in the middle has, "
        "by however little (on average "
        f"{mass['value']:.0%} against {blob['value']:.0%}), while the strongest pixel lies on it "
        f"for {point['value']:.0%}. "
    )


def passing(checked: Sequence[tuple[Variant, Sequence[Checked]]]) -> list[Passing]:
    """One line a method that was tested: the share of its maps passing each check."""
    found = []
    for variant, maps in checked:
        if not maps:
            continue
        shares = {}
        for name in CHECKS:
            taken = [one.taken[name] for one in maps if name in one.taken]
            shares[name] = sum(taken) / len(taken) if taken else None
        greyed = sum(bool(one.no_better_than) for one in maps) / len(maps)
        found.append(Passing(variant.name, len(maps), shares, greyed))
    return found


def lines_html(asked: Sequence[Line]) -> str:
    """The questions as a table; n counts pictures."""
    heads = (
        "What was asked",
        "Pictures",
        "Reached",
        "Goal",
        "Blob in the middle",
        "Edges",
        "Chance",
    )
    body = []
    for one in asked:
        cells = [escape(cell) for cell in one.cells]
        cells[2] = f"<b>{cells[2]}</b>"
        body.append(cells)
    return table_html(heads, body)


def passing_html(methods: Sequence[Passing], *, lesion: str) -> str:
    """The methods as a table, one row each."""
    heads = (
        "Method",
        "Maps tested",
        *(BRIEFLY[name].replace("the lesion", f"the {lesion}") for name in CHECKS),
        "Greyed out",
    )
    body = [
        (
            escape(one.name),
            str(one.maps),
            *(_bar(one.shares[name]) for name in CHECKS),
            f"{one.greyed:.0%}",
        )
        for one in methods
    ]
    return table_html(heads, body)


def passing_csv(methods: Sequence[Passing]) -> bytes:
    """The methods as a table to keep: shares of their maps, by check."""
    lines = [
        {"method": one.name, "maps": one.maps, **one.shares, "greyed_out": one.greyed}
        for one in methods
    ]
    return pd.DataFrame(lines).to_csv(index=False).encode()


def _bar(share: float | None) -> str:
    if share is None:
        return "not taken"
    return f'<span class="trust-bar"><i style="width:{100 * share:.0f}%"></i></span>{share:.0%}'


def table_html(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table whose first column heads its rows; cells are HTML."""
    top = "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
    body = "".join(
        f'<tr><th scope="row">{first}</th>'
        + "".join(
            f'<td data-of="{escape(head)}">{cell}</td>'
            for head, cell in zip(heads[1:], rest, strict=True)
        )
        + "</tr>"
        for first, *rest in rows
    )
    return (
        f'<style>{CSS}</style><div class="trust-scroll" tabindex="0"><table class="trust">'
        f"<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"
    )


CSS = """
.trust-scroll { overflow-x: auto; margin: .3rem 0 .9rem; }
.trust { border-collapse: collapse; width: 100%; font-size: .95rem; }
.trust th, .trust td { text-align: left; padding: .4rem .8rem .4rem 0; line-height: 1.3;
  font-variant-numeric: tabular-nums; vertical-align: top;
  border-bottom: 1px solid color-mix(in srgb, currentColor 14%, transparent); }
.trust thead th { font-weight: 600; opacity: .8; }
.trust tbody th { font-weight: 400; min-width: 11rem; }
.trust-bar { display: inline-block; width: 3rem; height: .5rem; margin-right: .4rem;
  border-radius: 3px; overflow: hidden;
  background: color-mix(in srgb, currentColor 14%, transparent); }
@media (max-width: 1100px) {
  .trust { font-size: .85rem; }
  .trust th, .trust td { padding-right: .4rem; }
  .trust tbody th { min-width: 5rem; }
  .trust-bar { display: none; }
}
.trust-bar i { display: block; height: 100%; background: #2E86C1; }
"""
