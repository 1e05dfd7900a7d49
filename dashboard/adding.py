"""Cached answers of How good: what the picture adds, and what calls can be sorted by."""

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from core.evaluation.bands import Band
from core.evaluation.crossed import Standing
from core.evaluation.gaps import Gap, picture_adds
from core.evaluation.verdict import Verdict
from core.run import Run, Words
from dashboard import crossing, state

BARS = ("model", "image", "clinical", "both")
# in place of those that a cohort without T stage, or without outlines, cannot have
INSTEAD = ("volume", "image_volume", "pixels_logistic", "pixels_forest")


def bars(found: Verdict) -> list[Standing]:
    """The rows that show what the picture adds, as far as this cohort has them."""
    kept = BARS if "both" in found.by_key else (*BARS, *INSTEAD)
    return [found.by_key[key] for key in kept if key in found.by_key]


@st.cache_data(max_entries=8, show_spinner=False)
def added(folder: str, sha: str, changed_ns: int) -> Gap | None:
    """What the picture adds, from a run's cross-validation; None where nothing tells."""
    found = crossing.verdict(folder, sha, changed_ns)
    return picture_adds(state.reopened(folder, sha), found) if found else None


def added_words(run: Run) -> str:
    """Whether the picture adds anything, in a sentence; "" where nothing tells."""
    found = added(str(run.folder), run.manifest.weights_sha256, crossing.changed(run))
    if found is None:
        return ""
    return f"{found.in_words} “{found.title}” minus “{found.than}”, {found.repeats} repeats."


def sorted_by(found: Sequence[Band], said_as: Words) -> dict[str, str]:
    """What patients can be sorted by, short name to words: what does not put all in one band."""
    names = {
        "size": f"largest {said_as.lesion}",
        "paper_size": "by the paper's ruler",
        "number": f"how many {said_as.lesions}",
    }
    filled = Counter(each.by for each in found if each.counts.positives + each.counts.negatives)
    return {by: name for by, name in names.items() if filled[by] > 1}
