"""Groups of alike patches in words and charts: whether there are any, and what each is made of."""

from collections.abc import Sequence

import numpy as np

from core.latent.attributes import attribute_words, column, say_length
from core.latent.clusters import ClusterCard, Clusters, Share, share_positive
from core.latent.contrast import Effect
from core.latent.evidence import NAMED, STABLE, Study, Support
from core.run import Run, Words
from dashboard import words

EFFECTS = 3  # differences named on a card
AS_LARGE = 0.05  # share of the rows by which a sample's group may differ and be taken for ours
FEW_PATIENTS = 10  # below this no share is held against another


def title(study: Study | None, clusters: Clusters) -> str:
    """The section's headline, which claims no groups that a study refuses."""
    if not clusters.k:
        return "No groups"
    many = words.capital(words.spelt(clusters.k)) + (" group" if clusters.k == 1 else " groups")
    found = study.at(clusters.k) if study else None
    refused = found is not None and not found.is_supported
    return f"{many}, cut for convenience" if refused else f"{many} of alike pictures"


def verdict(study: Study, run: Run) -> str:
    """Whether the run's patches fall into groups at all, in two sentences without jargon."""
    lesion, over = run.words.lesion, study.over
    if study.method == "hdbscan":
        return _dense_verdict(study, lesion)
    if study.offered is None:
        return (
            f"**No number of groups is supported** over {over}: none from {study.found[0].k} to "
            f"{study.found[-1].k} both beats clouds without groups and comes back when patients "
            f"are drawn again. Groups here are a cut of convenience, not kinds of {lesion}."
        )
    best = study.at(study.offered)
    assert best is not None
    gap = "" if study.gap_k is None else gap_words(study.gap_k)
    return (
        f"**{words.capital(words.spelt(best.k))} groups are supported** over {over}: they hold "
        f"together better than all {len(best.nulls)} clouds without groups (silhouette "
        f"{best.silhouette:.2f} against {np.mean(best.nulls):.2f}) and come back when patients are "
        f"drawn again (agreement {best.ari:.2f}). {gap}".strip()
    )


def _dense_verdict(study: Study, lesion: str) -> str:
    found = study.found[0]
    if found.is_supported:
        return (
            f"**HDBSCAN finds {words.spelt(found.k)} dense regions** over {study.over}, and they "
            f"come back (agreement {found.ari:.2f}). {found.left_out:,} of {study.rows:,} training "
            "patches are in none."
        )
    if found.k < 2:
        return (
            f"**HDBSCAN finds no separate dense regions** over {study.over}: one cloud, no kinds "
            f"of {lesion}."
        )
    return (
        f"**HDBSCAN's {words.spelt(found.k)} regions are not supported** over {study.over}: "
        f"{trouble(found)}."
    )


def gap_words(answer: int) -> str:
    """What the gap statistic answers."""
    said = (
        "one cloud, no groups: two are no better than one (not drawn)" if answer == 1
        else f"{words.spelt(answer)} groups"
    )  # fmt: skip
    return f"The gap statistic answers {said}."


def trouble(found: Support) -> str:
    """What speaks against one K, or that nothing does."""
    against = []
    if not found.beats_nulls:
        against.append(
            f"clouds without groups hold together as well (silhouette {found.silhouette:.2f}, "
            f"theirs up to {max(found.nulls):.2f})"
        )
    if found.ari < STABLE:
        against.append(
            f"other patients give other groups (agreement {found.ari:.3f}, wanted {STABLE:.2f})"
        )
    weak = sum(one < NAMED for one in found.jaccard)
    if weak and found.ari >= STABLE:
        against.append(f"{weak} of {found.k} groups do not come back one by one")
    return " and ".join(against) or "nothing speaks against it"


def about(study: Study | None, clusters: Clusters) -> str:
    """What is to be thought of the groups on show, beside the study's verdict."""
    found = study.at(clusters.k) if study else None
    if found is None or clusters.method == "hdbscan":
        return ""
    if found.is_supported:
        return f"{words.capital(words.spelt(found.k))} groups, on show here, are supported."
    return (
        f"{words.capital(words.spelt(found.k))} groups, on show here, are a cut of convenience: "
        f"{trouble(found)}."
    )


def came_back(study: Study | None, clusters: Clusters, number: int) -> float | None:
    """Jaccard's index of one group over resamples of patients; None where it was not looked at.

    Of many rows a study looks at a sample, whose groups are numbered as these are. Where they
    are not as large, they may be others, and the least index of all of them is given.
    """
    found = None
    if study:
        found = study.found[0] if study.method == "hdbscan" else study.at(clusters.k)
    if found is None or found.k != clusters.k or number >= len(found.jaccard):
        return None
    same = study is not None and (study.rows == clusters.fitted or _as_large(found, clusters))
    return found.jaccard[number] if same else min(found.jaccard)


def _as_large(found: Support, clusters: Clusters) -> bool:
    """Whether a sample's groups hold the shares of training rows that a grouping's own hold."""
    train = (clusters.rows["split"] == "train").to_numpy() & (clusters.labels >= 0)
    own = np.bincount(clusters.labels[train], minlength=clusters.k) / max(int(train.sum()), 1)
    theirs = np.array(found.sizes) / max(sum(found.sizes), 1)
    return bool(np.abs(own - theirs).max() <= AS_LARGE)


def came_back_line(jaccard: float) -> str:
    """The same in words: which groups return when patients are drawn again."""
    if jaccard < NAMED:
        shown = np.floor(100 * jaccard) / 100  # .749 is not .75
        return (
            "**Does not come back when patients are drawn again** "
            f"(Jaccard {shown:.2f}, wanted {NAMED:.2f}), so it takes no name."
        )
    return f"comes back when patients are drawn again (Jaccard {jaccard:.2f})"


def sampled(study: Study | None, clusters: Clusters) -> str:
    """That a study looked at fewer rows than the groups were fitted on; "" where it did not."""
    if study is None or study.rows >= clusters.fitted:
        return ""
    return (
        f"Whether groups come back was looked at in {study.rows:,} of the {clusters.fitted:,} "
        "patches they were fitted on."
    )


def cut_by(clusters: Clusters, attributes: Sequence[str]) -> str:
    """What of "sets it apart" is the cut itself: the code was trained to carry these attributes."""
    if not attributes:
        return ""
    *most, last = [attribute_words(name) for name in attributes]
    carried = f"{', '.join(most)} and {last}" if most else last
    if clusters.dims == len(attributes):
        return (
            f"These groups were cut along dimensions that carry {carried}: that they differ in "
            "these, or in what goes with them, is how they were made and no finding. Read how "
            "much, not whether."
        )
    return (
        f"The code they were cut from was trained to carry {carried}, among others: a difference "
        "in these is no finding of its own."
    )


def shown(clusters: Clusters) -> str:
    """How the groups on show were made, for the caption."""
    asked = "" if clusters.method == "hdbscan" else f", K = {clusters.k}"
    none = (
        f"; {words.counted(clusters.left_out, 'patch', 'patches')} in no group"
        if clusters.left_out
        else ""
    )
    train = int((clusters.rows["split"] == "train").sum())
    fitted = f"{clusters.fitted:,} of {train:,} " if 0 < clusters.fitted < train else ""
    return (
        f"{clusters.method_words}{asked}, over {clusters.over}, fitted on {fitted}training "
        f"rows{none}"
    )


def share(found: Share, names: Words) -> str:
    """A share of patients with its interval: "34 % N+ (20 to 51 %) of 31 patients"."""
    if found.n == 0:
        return "no patient"
    low, high = round(100 * found.low), round(100 * found.high)
    return (
        f"{round(100 * found.value)} % {names.outcome} ({low} to {high} %) of "
        f"{words.counted(found.n, 'patient')}"
    )


def card_lines(card: ClusterCard, run: Run) -> tuple[str, ...]:
    """A cluster's card: how many, how large, whose, of which stage."""
    means = {name: (mean, sd) for name, mean, sd in card.means}
    patches = words.counted(len(card.rows), "patch", "patches")
    lines = [f"{patches} of {words.counted(card.patients, 'patient')}"]
    if "short_axis_mm" in means:
        mean, sd = means["short_axis_mm"]
        lines.append(f"short axis {say_length(mean)} ± {say_length(sd, mean)}")
    lines.append(share(card.positive, run.words))
    for name, letter in (("t_stage", "T"), ("n_stage", "N")):
        own = [f"{letter}{stage} {n}" for column_, stage, n in card.stages if column_ == name]
        if own:
            lines.append("patients: " + ", ".join(own))
    return tuple(lines)


def base_line(card: ClusterCard, base: Share, run: Run) -> str:
    """Whether a group's share of patients with the outcome differs from that of all."""
    if card.positive.n == 0 or base.n == 0:
        return ""
    if card.positive.n < FEW_PATIENTS:
        return f"{words.counted(card.positive.n, 'patient')}: too few to compare"
    everybody = f"all patients {round(100 * base.value)} %"
    if card.positive.low > base.value:
        return f"more {run.words.outcome} than {everybody}"
    if card.positive.high < base.value:
        return f"less {run.words.outcome} than {everybody}"
    return f"no different from {everybody}, as far as {card.positive.n} patients can tell"


def effect_lines(effects: Sequence[Effect]) -> tuple[str, ...]:
    """What sets a group apart, largest first; only what stands after correction."""
    clear = [one for one in effects if one.is_clear][:EFFECTS]
    if not clear:
        return ("nothing measured sets it apart clearly",)
    return tuple(effect_line(one) for one in clear)


def effect_line(effect: Effect) -> str:
    """One difference: "more short axis: +1.2 sd (0.9 to 1.5)"."""
    way = "more" if effect.d > 0 else "less"
    return (
        f"{way} {attribute_words(effect.name)}: {effect.d:+.1f} sd "
        f"({effect.low:+.1f} to {effect.high:+.1f})"
    )


def selection_line(run: Run, rows: Sequence[int]) -> str:
    """A selection in a line: "30 patches · 34 % N+ (20 to 51 %) of 31 patients"."""
    # while a hand waits: thousands of rows are copied with no more columns than are looked at
    found = share_positive(run.rows[["patient_id", "label"]].iloc[list(rows)])
    return f"{words.counted(len(rows), 'patch', 'patches')} · {share(found, run.words)}"


def selection_facts(run: Run, rows: Sequence[int]) -> list[tuple[str, str]]:
    """What a selection has in common, beside all the others."""
    own = run.rows.iloc[list(rows)]
    left = np.ones(len(run.rows), dtype=bool)
    left[list(rows)] = False
    # so many rows are copied with no more columns than are looked at
    rest = run.rows[["patient_id", "label", "short_axis_mm"]][left]
    found = [
        ("selected", f"{words.counted(len(own), 'patch', 'patches')} of {len(run.rows):,}"),
        ("patients", share(share_positive(own), run.words)),
        ("all other patches", share(share_positive(rest), run.words)),
    ]
    sizes, others = column(own, "short_axis_mm"), column(rest, "short_axis_mm")
    if np.isfinite(sizes).any() and np.isfinite(others).any():
        middle, other = float(np.nanmedian(sizes)), float(np.nanmedian(others))
        text = f"median {words.mm(middle)}, all other patches {words.mm(other)}"
        found.append(("short axis", text))
    return found
