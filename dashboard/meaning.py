"""Cached answers of How good about single dimensions: how far each means one attribute."""

import pandas as pd

from core.run import Run

KINDS = {
    "interp.score": "R² of an attribute on its most informative dimension",
    "interp.sap": "lead of that dimension over the next (SAP)",
    "interp.scc": "rank correlation with the best dimension (SCC)",
    "interp.modularity": "how far a dimension in use informs of one attribute only",
    "interp.mig": "lead in information over the next, of what there is to know (MIG)",
    "interp.dci_disentanglement": "trees: how far a dimension serves one attribute (DCI)",
    "interp.dci_completeness": "trees: how far an attribute needs one dimension (DCI)",
    "interp.dci_informativeness": "trees: R² of attributes on patients not seen (DCI)",
}
OF = {"": "measured attributes", "_true": "true factors"}


def table(run: Run) -> pd.DataFrame:
    """One line a figure, against what was measured and against the truth where it is known."""
    lines = []
    for key, said in KINDS.items():
        told = {of: _spelt(run, f"{key}{suffix}") for suffix, of in OF.items()}
        if any(told.values()):
            known = {of: value or "not measured" for of, value in told.items()}
            lines.append({"mean over five attributes, 1 is best": said, **known})
    return pd.DataFrame(lines)


def _spelt(run: Run, key: str) -> str:
    figure = run.metrics.get(key)
    if figure is None:
        return ""
    low, high = figure.get("low"), figure.get("high")
    span = "" if low is None or high is None else f" ({low:.2f} to {high:.2f})"
    return f"{figure['value']:.2f}{span}"
