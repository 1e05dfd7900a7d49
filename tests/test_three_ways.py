"""What is said of the ways between two lesions: how evenly they step and how far they stray."""

import numpy as np
import pytest

from core.growth.simulate import between
from core.growth.three_ways import step_table


def decode(codes):
    return np.clip(codes[:, :1, None] * np.ones((1, 8, 8)), 0, 1).astype(np.float32)


def test_an_even_way_has_even_steps_and_a_detour_is_longer_and_strays():
    start, end = np.zeros(2, np.float32), np.array([1, 0], np.float32)
    # in small hops, whose squared lengths add up to less than the straight way's own
    real = np.array([[0.1, 0.3], [0.3, 0.55], [0.5, 0.6], [0.7, 0.55], [0.9, 0.3]], np.float32)
    walks = {
        mode: between(
            start, end, 11, decode=decode, spacing_mm=None, mode=mode, real=real,
            typicality=lambda codes: 2 * codes[:, 1],
        )
        for mode in ("straight", "neighbours")
    }  # fmt: skip
    table = step_table(walks).set_index("way")
    assert table.loc["straight", "length"] == pytest.approx(1)
    assert table.loc["straight", "worst_step"] == pytest.approx(1, abs=1e-4)
    assert table.loc["straight", "picture_step"] == pytest.approx(0.1, abs=1e-4)
    assert table.loc["straight", "outside"] == 0
    assert table.loc["neighbours", "length"] > 1
    assert table.loc["neighbours", "worst_typicality"] > 1
    assert table.loc["neighbours", "outside"] > 0


def test_the_chart_of_steps_shows_each_step_over_the_largest_and_the_distance_as_it_is():
    from dashboard.figures.growth_story import step_sizes

    hops, changes = np.array([0.0, 1.0, 2.0]), np.array([0.0, 0.4, 0.1])
    figure = step_sizes(hops, changes, np.array([0.2, 0.9, 1.3]))
    code, picture, far = (trace.y for trace in figure.data)
    assert list(code) == [0.5, 1.0]
    assert list(picture) == [1.0, 0.25]
    assert list(far) == [0.9, 1.3]
