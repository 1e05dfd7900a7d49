"""Where the ruler does not find what is outlined, it is not asked."""

import numpy as np
import pandas as pd

from core.growth.ruler_check import LESIONS, ruler_check

SPACING_MM = (0.5, 0.5)


def disc(radius_px, *, contrast=0.4):
    down, across = np.mgrid[:32, :32] - 16.0
    away = np.hypot(down, across)
    return (0.7 - contrast / (1 + np.exp(2 * (away - radius_px)))).astype(np.float32)


def cohort(pictures, outlined_mm, split="train"):
    rows = pd.DataFrame(
        {"key_slice": True, "split": split, "short_axis_mm": np.asarray(outlined_mm, float)}
    )
    return rows, np.stack(pictures)


def test_a_ruler_that_reads_what_is_outlined_holds():
    found = ruler_check(*cohort([disc(6)] * 30, [6.0] * 30), spacing_mm=SPACING_MM)
    assert found.holds
    assert found.read == 1
    assert found.lesions == LESIONS
    assert found.apart < 0.05


def test_a_ruler_that_reads_another_edge_does_not_hold():
    found = ruler_check(*cohort([disc(12)] * 8, [6.0] * 8), spacing_mm=SPACING_MM)
    assert not found.holds
    assert found.apart > 0.8


def test_a_ruler_that_finds_no_edge_does_not_hold():
    found = ruler_check(*cohort([disc(6, contrast=0)] * 8, [6.0] * 8), spacing_mm=SPACING_MM)
    assert not found.holds
    assert found.read == 0


def test_only_training_lesions_decide():
    found = ruler_check(*cohort([disc(6)] * 8, [6.0] * 8, split="test"), spacing_mm=SPACING_MM)
    assert found.lesions == 0
    assert not found.holds
