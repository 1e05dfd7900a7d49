"""Which lesion is shown before anybody chose one: held out, and telling when it is grown."""

import numpy as np
import pandas as pd
import streamlit as st

from core.arrays import Values
from core.errors import UndefinedDirection
from core.run import Run
from dashboard import answers, state


@st.cache_data(max_entries=16, show_spinner=False)
def first_row(folder: str, sha: str) -> int:
    """The lesion shown before anybody chose: held out, and its call changes as it grows.

    Of positive test patients if one is there, of those whose map passed its checks first; of the
    half that stand out best from their surroundings the one whose score rises most. Where no
    call changes, a mid-size one.
    """
    of = state.reopened(folder, sha)
    keys = of.rows[of.rows["key_slice"].astype(bool)]
    test, held = keys["split"] == "test", keys["split"] != "train"
    positive, sound = keys["label"] == 1, keys.index.isin(_sound(of))
    rises = _rises(of)[keys.index.to_numpy()]
    contrast = keys["contrast"] if "contrast" in keys else pd.Series(0.0, keys.index)
    stand_out = np.nan_to_num(contrast.abs().to_numpy(float))
    order = (test & positive & sound, test & positive, held & positive, held, held | True)
    for wanted in order[:-1]:
        found = most_telling(np.where(wanted, rises, 0.0), stand_out)
        if found is not None:
            return int(keys.index[found])
    for wanted in order:
        rows = keys[wanted]
        if len(rows):
            sizes = rows["short_axis_mm"].to_numpy(float, na_value=np.nan)
            by_size = np.argsort(np.where(np.isnan(sizes), 0, sizes), kind="stable")
            return int(rows.index[by_size[len(by_size) // 2]])
    return 0


def most_telling(rises: Values, stand_out: Values) -> int | None:
    """Of those that rise at all, in the half that stands out better, the one that rises most."""
    turning = rises > 0
    if not turning.any():
        return None
    clear = turning & (stand_out >= np.median(stand_out[turning]))
    return int(np.where(clear, rises, 0.0).argmax())


def _rises(of: Run) -> Values:
    """How much each row's score rises as it grows, 0 where its call does not change, (row,)."""
    from core.growth.telling import telling

    none: Values = np.zeros(len(of.rows))
    if not of.manifest.has_masks or "node_score" not in of.rows:
        return none
    try:
        size = state.latent_space(of).direction("short_axis_mm")
    except UndefinedDirection:
        return none
    return telling(
        of.codes,
        of.rows["node_score"].to_numpy(float),
        size,
        sizes_mm=of.rows["short_axis_mm"].to_numpy(float, na_value=np.nan),
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
