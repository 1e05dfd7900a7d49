"""The paper's formula on the Why page of a run that has the paper's head."""

import re
from html import unescape

import pytest

from core.progress import silent
from core.settings import Settings
from tests.paging import visitor, written


@pytest.fixture(scope="module")
def paper_runs(tiny_settings, tmp_path_factory):
    """The tiny cohort with the paper's head, by the whole road."""
    from core.cohort.source import ready_cohort
    from core.training.road import train

    head = Settings.preset("paper").head.model_copy(update={"epochs": 3, "copies": 1})
    settings = tiny_settings.model_copy(update={"head": head})
    place = tmp_path_factory.mktemp("paper")
    train(
        settings, ready_cohort(settings.cohort, progress=silent), out=place, name="paper",
        preset="paper", device="cpu", progress=silent, report=lambda _: None,
    )  # fmt: skip
    return place


@pytest.mark.slow
def test_the_papers_formula_is_taken_apart_on_the_page_and_its_terms_add_up(
    paper_runs, monkeypatch
):
    app = visitor(paper_runs, monkeypatch)("why", run="paper")
    text = unescape(written(app))
    assert "The paper's formula, term by term" in text
    terms = [
        float(re.search(rf"{re.escape(title)}.*?(-?\d\.\d{{3}})", text, re.DOTALL)[1])
        for title in ("0.72 × the patient network", "0.18 × the largest", "0.10 × the attention")
    ]
    (whole,) = re.findall(r"together, before calibration.*?(-?\d\.\d{3})", text, re.DOTALL)
    assert sum(terms) == pytest.approx(float(whole), abs=0.002)
    assert 0 <= float(whole) <= 1
    assert all(0 <= term <= top for term, top in zip(terms, (0.721, 0.181, 0.101), strict=True))
