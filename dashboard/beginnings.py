"""Which lesion is shown before anybody chose one: held out, and telling when it is grown."""

import numpy as np
import pandas as pd
import streamlit as st

from core.arrays import Labels, Values
from core.errors import LymphoscapeError, UndefinedDirection
from core.run import Run
from dashboard import answers, state

SIZE = "short_axis_mm"
MOST_TRIED = 12  # lesions whose drawing is looked at before the best guess is taken as it is


@st.cache_data(max_entries=16, show_spinner=False)
def first_row(folder: str, sha: str) -> int:
    """The lesion shown before anybody chose: held out, and every page has something to show of it.

    Of positive test patients if one is there, of those whose map passed its checks first; of the
    half that stand out best from their surroundings the one whose score rises most. Where no
    call changes, a mid-size one. The first of them is taken that can be shown larger, read by the
    ruler (where it is asked in this cohort) on the scan and as the model draws it.
    """
    of = state.reopened(folder, sha)
    ranked = _ranked(of)
    try:
        return next((row for row in ranked[:MOST_TRIED] if _shows(of, row)), ranked[0])
    except LymphoscapeError:
        return ranked[0]  # without its network a run still has pages, which say what is missing


def _ranked(of: Run) -> list[int]:
    """Rows of lesions, the one that tells most first: by the tables alone, without the network."""
    keys = of.rows[of.rows["key_slice"].astype(bool)]
    test, held = keys["split"] == "test", keys["split"] != "train"
    positive, sound = keys["label"] == 1, keys.index.isin(_sound(of))
    rises = _rises(of)[keys.index.to_numpy()]
    contrast = keys["contrast"] if "contrast" in keys else pd.Series(0.0, keys.index)
    stand_out = np.nan_to_num(contrast.abs().to_numpy(float))
    sizes = np.nan_to_num(keys[SIZE].to_numpy(float, na_value=np.nan))
    order = (test & positive & sound, test & positive, held & positive, held, held | True)
    found = [most_telling(np.where(wanted, rises, 0.0), stand_out) for wanted in order[:-1]]
    found += [mid_size(sizes, np.flatnonzero(wanted)) for wanted in order]
    return list(dict.fromkeys(int(row) for row in keys.index[np.concatenate(found)])) or [0]


def most_telling(rises: Values, stand_out: Values) -> Labels:
    """Those that rise at all, the half that stands out better first, and there by their rise."""
    turning = np.flatnonzero(rises > 0)
    clear = stand_out[turning] >= np.median(stand_out[turning]) if len(turning) else turning
    ranked: Labels = turning[np.lexsort((-rises[turning], ~clear.astype(bool)))]
    return ranked


def mid_size(sizes: Values, among: Labels) -> Labels:
    """Those asked about, the one in the middle of all sizes first, then outwards from it."""
    by_size = among[np.argsort(sizes[among], kind="stable")]
    away = np.abs(np.arange(len(by_size)) - len(by_size) // 2)
    ranked: Labels = by_size[np.argsort(away, kind="stable")]
    return ranked


def _shows(of: Run, row: int) -> bool:
    """Whether the pages have something to show of a lesion: read as drawn, and shown larger.

    Walked in the direction's own unit, which is not yet scaled by what is drawn: that takes
    seconds, and a first page waits for this.
    """
    from core.growth.offered import offered
    from core.growth.readying import ready_beside

    if not of.manifest.has_masks:
        return True
    ready_beside()
    ruler, by_outline = answers.ruler_mm(of, row), float(of.rows[SIZE].iloc[row])
    if ruler is None and answers.ruler_holds(*state.key(of)):
        return False
    space, model = state.latent_space(of), state.model(of)
    try:
        size = space.direction(SIZE, answers.preferred_of(*state.key(of)).way)
    except UndefinedDirection:
        return True
    return offered(
        of.codes[row],
        size,
        original=of.patches[row],
        short_axis_mm=by_outline,
        decode=model.decode,
        typicality=space.typicality,
        spacing_mm=ruler,
        outlined=answers.outlined(of, row),
    )


def _rises(of: Run) -> Values:
    """How much each row's score rises as it grows, 0 where its call does not change, (row,)."""
    from core.growth.telling import telling

    none: Values = np.zeros(len(of.rows))
    if not of.manifest.has_masks or "node_score" not in of.rows:
        return none
    try:
        size = state.latent_space(of).direction(SIZE)
    except UndefinedDirection:
        return none
    return telling(
        of.codes,
        of.rows["node_score"].to_numpy(float),
        size,
        sizes_mm=of.rows[SIZE].to_numpy(float, na_value=np.nan),
        threshold=float(of.preprocessing["node_threshold"]),
        among=of.rows["key_slice"].to_numpy(bool),
        beside=answers.features(of, np.arange(len(of.rows))),
    )


def _sound(of: Run) -> list[int]:
    """Rows whose default heat map passed every check that could be taken."""
    from core.explain.kept import FOLDER

    if not (of.folder / "added" / FOLDER).is_dir():
        return []  # what reads them is slow to import, and a first page waits for it
    from core.explain.explanation import DEFAULT
    from core.explain.kept import kept_checks

    checks = kept_checks(of, DEFAULT)
    return [row for row, found in checks.items() if found.passed == len(found.taken)]
