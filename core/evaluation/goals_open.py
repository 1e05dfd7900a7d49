"""Goals of the paper's open questions: stages in order, distance to the tumour.

See `core.evaluation.goals`. Nothing was set for them to reach: they are asked, not aimed at.
"""

from core.evaluation.goal import Goal

_CROSSED = "nested cross-validation by patient on the run's own codes, interval by bootstrap"
_ORDER = "chance that of two patients of different N stages the higher one scores higher"
_TOP = "AUC of N2 against N1 among those with the outcome"
_ROWS = {
    "": "the penalised logistic head taught N0 / N1 / N2 by proportional odds",
    "_binary": "the same head taught N0 against N+ alone",
    "_model": "this run's model",
    "_size": "the largest short axis",
}
_PLAIN = "minus that of the same head without it, same patients and folds"

OPEN: dict[str, Goal] = {
    "auc.ordinal": Goal("", f"AUC, N+ against N0, of {_ROWS['']}; {_CROSSED}"),
    "gain.ordinal": Goal(
        "", f"AUC, N+ against N0, of {_ROWS['']} minus that of {_ROWS['_binary']}; {_CROSSED}"
    ),
    **{
        f"ordinal.c_index{suffix}": Goal("", f"{_ORDER}, by {row}; {_CROSSED}")
        for suffix, row in _ROWS.items()
    },
    "ordinal.c_index_gain": Goal(
        "", f"{_ORDER}: {_ROWS['']} minus {_ROWS['_binary']}, paired; {_CROSSED}"
    ),
    **{
        f"ordinal.auc_n2{suffix}": Goal("", f"{_TOP}, by {row}; {_CROSSED}")
        for suffix, row in _ROWS.items()
    },
    "auc.distance": Goal(
        "",
        "AUC of the penalised logistic head whose lesions are weighted by their distance to the "
        f"tumour's mask; {_CROSSED}",
    ),
    "gain.distance": Goal("", f"AUC with lesions weighted by distance {_PLAIN}; {_CROSSED}"),
}
