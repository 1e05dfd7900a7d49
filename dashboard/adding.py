"""Cached answers of How good: what the picture adds, and what calls can be sorted by."""

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from core.evaluation.bands import Band
from core.evaluation.crossed import Standing
from core.evaluation.gaps import Gap, picture_adds, third_experiment
from core.evaluation.heads import title_of
from core.evaluation.verdict import Verdict
from core.run import Run, Words
from dashboard import crossing, state

BARS = ("model", "measures", "image", "clinical", "both")
# in place of those that a cohort without T stage, or without outlines, cannot have
INSTEAD = ("volume", "image_volume", "pixels_logistic", "pixels_forest")


def bars(found: Verdict, asked: Gap | None = None) -> list[Standing]:
    """The rows that show what the picture adds, as far as this cohort has them.

    Args:
        found: The cross-validation.
        asked: The difference that the page speaks of; its two rows are always among them.
    """
    kept = BARS if "both" in found.by_key else (*BARS, *INSTEAD)
    named = (asked.title, asked.than) if asked else ()
    others = [each for each in found.standings if each.title in named and each.key not in kept]
    return [*(found.by_key[key] for key in kept if key in found.by_key), *others]


@st.cache_data(max_entries=8, show_spinner=False)
def added(folder: str, sha: str, changed_ns: int) -> Gap | None:
    """What the picture adds, from a run's cross-validation; None where nothing tells."""
    found = crossing.verdict(folder, sha, changed_ns)
    return picture_adds(state.reopened(folder, sha), found) if found else None


def added_of(run: Run) -> Gap | None:
    """The same for a run."""
    return added(str(run.folder), run.manifest.weights_sha256, crossing.changed(run))


def asks(found: Gap | None, judged: Verdict | None) -> str:
    """The question that `added_words` answers: of the picture, or of what the code learned."""
    if found and found.than.startswith("Pixels"):
        return "Does the model do better than the pixels?"
    code = found and judged and _of_measures(found, judged)
    return f"Does the {'learned code' if code else 'picture'} add anything?"


def _of_measures(found: Gap, judged: Verdict) -> bool:
    measures = judged.by_key.get("measures")
    return measures is not None and found.than == measures.title


def added_words(found: Gap | None, judged: Verdict) -> str:
    """Whether the picture adds anything, in a sentence; "" where nothing tells."""
    if found is None:
        return ""
    said = f"{found.in_words} “{found.title}” minus “{found.than}”, {found.repeats} repeats."
    if not _of_measures(found, judged):
        return said
    # greys are part of the picture, so this difference is the code's alone
    return f"{said} Those measures read greys too: this is what the learned code adds to them."


@st.cache_data(max_entries=8, show_spinner=False)
def _third(folder: str, sha: str, changed_ns: int) -> list[Gap]:
    """The differences of the paper's third experiment; none without its rows."""
    found = crossing.verdict(folder, sha, changed_ns)
    return list(third_experiment(state.reopened(folder, sha), found).values()) if found else []


def experiment_words(run: Run) -> str:
    """The paper's third experiment, image, clinical facts and both; "" without its rows."""
    told = _third(str(run.folder), run.manifest.weights_sha256, crossing.changed(run))
    if not told:
        return ""
    said = [
        f"“{each.title}” minus “{each.than}” {each.difference.value:+.3f} "
        f"({each.difference.low:+.3f} to {each.difference.high:+.3f})"
        + ("" if each.sure else ", which chance can explain")
        for each in told
    ]
    return f"The paper's third experiment, one kind of head for all: AUC {'; '.join(said)}."


def differ_words(run: Run, found: Verdict) -> str:
    """How the run's model differs from the row of image and clinical facts; "" without that row."""
    own, both = found.by_key["model"], found.by_key.get("both")
    if both is None or both.against is None:
        return ""
    gap, lesion = both.against.difference, run.words.lesion
    if run.settings.reads_measures:
        what = (
            f"both read every {lesion}'s code, but the first also reads the measures off every "
            f"{lesion}'s outline and greys, the second size and shape of the largest one only"
        )
    else:
        own_head = title_of(run.settings.head.kind, measured=False)
        what = (
            f"the first has the head of this run ({own_head}), the second "
            "is a penalised logistic one that is also told size and shape of the largest one"
        )
    sure = "" if gap.low > 0 or gap.high < 0 else ", which chance can explain"
    return (
        f"How “{own.title}” and “{both.title}” differ: {what}. AUC {gap.value:+.3f} "
        f"({gap.low:+.3f} to {gap.high:+.3f}){sure}."
    )


def sorted_by(found: Sequence[Band], said_as: Words) -> dict[str, str]:
    """What patients can be sorted by, short name to words: what does not put all in one band."""
    names = {
        "size": f"largest {said_as.lesion}",
        "paper_size": "by the paper's ruler",
        "number": f"how many {said_as.lesions}",
    }
    filled = Counter(each.by for each in found if each.counts.positives + each.counts.negatives)
    return {by: name for by, name in names.items() if filled[by] > 1}
