import numpy as np
import pytest

from core.growth.offered import offered
from core.latent.direction import Direction

SPACING_MM = (0.5, 0.5)
Y, X = np.meshgrid(np.arange(32.0) - 16, np.arange(32.0) - 16, indexing="ij")
SIZE = Direction(
    "short_axis_mm", np.array([1, 0], np.float32), "mm", "Larger.", "dimension", low=3.0, high=10.0
)


def decode(codes):
    """A dark disc of 6 mm plus the first coordinate; the second fades it into its surroundings."""
    away = np.hypot(Y, X)[None] * 0.5 - (6 + codes[:, 0])[:, None, None] / 2
    level = 0.5 - codes[:, 1][:, None, None]
    return (0.8 - level / (1 + np.exp(np.clip(away / 0.12, -50, 50)))).astype(np.float32)


def look(*, faint=0.0, outlined_mm=6.0, within_mm=9.0):
    code = np.array([0, faint], np.float32)
    return offered(
        code, SIZE, original=decode(np.zeros((1, 2), np.float32))[0], short_axis_mm=outlined_mm,
        decode=decode, typicality=lambda codes: np.abs(codes[:, 0]) / within_mm,
        spacing_mm=SPACING_MM,
    )  # fmt: skip


def test_a_lesion_that_is_drawn_clearly_and_can_grow_is_offered():
    assert look()


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"faint": 0.5}, id="drawn too faintly to be read"),
        pytest.param({"outlined_mm": 3.0}, id="drawn far larger than outlined"),
        pytest.param({"within_mm": 1.0}, id="leaves what training showed on the first steps"),
    ],
)
def test_a_lesion_of_which_the_pages_could_show_little_is_not(wrong):
    assert not look(**wrong)
