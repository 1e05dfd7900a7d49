"""What is measured after a training carries the commit of the code that measured it."""

from pathlib import Path

BENCHMARKS = Path(__file__).parent / "benchmarks"


def test_no_benchmark_stamps_the_trainings_commit_on_its_own_measurement():
    texts = {path.name: path.read_text(encoding="utf-8") for path in BENCHMARKS.glob("*.py")}
    stamping = {name: text for name, text in texts.items() if "Stamp.now(" in text}
    assert len(stamping) >= 5
    assert [name for name, text in stamping.items() if "commit=commit()" not in text] == []


def test_what_thirty_visitors_got_says_how_many_codes_had_no_picture():
    import numpy as np

    from tests.benchmarks.drag import crowded

    said = crowded(np.array([20.0, 30.0, 40.0]), seconds=8.0)
    assert "3 of 2,400 codes answered" in said
    assert "median 30.0" in said
