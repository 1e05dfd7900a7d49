"""Laws of the table of heads: fitted on training patients, asked of validation patients."""

import shutil

import pandas as pd
import pytest

from core.evaluation.heads import ALONE, KINDS, as_table, from_table, title_of
from core.evaluation.intervals import Interval


@pytest.fixture
def widened(tiny_run, tmp_path):
    """The tiny run with its test patients counted as validation ones: enough of each outcome."""
    from core.run import Run

    shutil.copytree(tiny_run.folder, tmp_path / "wide")
    path = tmp_path / "wide" / "rows.parquet"
    rows = pd.read_parquet(path)
    rows["split"] = rows["split"].replace("test", "validation").astype(str)
    few = rows.loc[rows["label"] == 1, "patient_id"].unique()[:2]
    rows.loc[rows["patient_id"].isin(few), "split"] = "validation"
    rows.to_parquet(path)
    return Run.open(tmp_path / "wide")


def test_every_kind_of_head_is_asked_of_validation_patients_and_kept_as_it_was(widened):
    from core.training.heads_validated import validated_heads

    rows = validated_heads(widened, device="cpu")
    assert widened.settings.reads_measures
    by_kind = {each.kind: each for each in rows}
    assert set(by_kind) == set(KINDS)
    # the same head told less
    assert by_kind["logistic"].log_loss != by_kind["logistic_code"].log_loss
    assert [each.kind for each in rows if each.own] == [widened.settings.head.kind]
    areas = [each.auc.value for each in rows]
    assert areas == sorted(areas, reverse=True)
    assert all(isinstance(each.auc, Interval) and 0 <= each.auc.value <= 1 for each in rows)
    assert from_table(as_table(rows)) == rows
    assert len({each.title for each in rows}) == len(rows)


def test_a_head_that_reads_codes_alone_has_one_name_wherever_it_stands():
    assert title_of("logistic", measured=False) == title_of(ALONE, measured=True)
    assert title_of("logistic", measured=True) == "Penalised logistic, codes and measures"
