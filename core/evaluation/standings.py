"""The table of models as a table, `table.csv`."""

from collections.abc import Sequence
from dataclasses import asdict

import pandas as pd

from core.evaluation.crossed import Standing


def standings_table(standings: Sequence[Standing]) -> pd.DataFrame:
    """The table of models, one row each, intervals as columns."""
    rows = []
    for each in standings:
        fields = asdict(each)
        row: dict[str, object] = {
            name: fields[name]
            for name in ("key", "title", "group", "repeats", "auc_pooled", "auc_fold_mean")
        }
        for name in ("auc", "sensitivity", "specificity", "ppv", "npv", "brier", "slope", "ici"):
            for end in ("value", "low", "high"):
                row[name if end == "value" else f"{name}_{end}"] = (fields[name] or {}).get(end)
        gap = fields["against"] or {}
        for end in ("value", "low", "high"):
            label = "model_minus_this" if end == "value" else f"model_minus_this_{end}"
            row[label] = gap.get("difference", {}).get(end)
        row["p_delong"], row["p_permutation"] = gap.get("p_delong"), gap.get("p_permutation")
        worth = fields["benefit"] or {}
        for end in ("value", "low", "high"):
            label = "net_benefit_model_minus_this"
            row[label if end == "value" else f"{label}_{end}"] = worth.get(end)
        change = (fields["change"] or {}).get("difference", {})
        row["varies"] = each.varies
        for end in ("value", "low", "high"):
            label = "this_minus_varied" if end == "value" else f"this_minus_varied_{end}"
            row[label] = change.get(end)
        rows.append(row)
    return pd.DataFrame(rows)
