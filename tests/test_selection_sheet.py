"""The picture of two selections that is taken away."""

import io

import numpy as np
from PIL import Image

from dashboard.figures import selection_sheet
from dashboard.figures.selection_sheet import COLUMNS, HEAD_PX, Part


def test_a_sheet_holds_both_selections_and_says_how_many_it_left_out():
    a = Part("A", "#D55E00", np.full((21, 8, 8), 200, np.uint8), 21)
    b = Part("B", "#2E86C1", np.full((3, 8, 8), 90, np.uint8), 5000)
    assert a.heading == "A: 21 patches"
    assert b.heading == "B: the first 3 of 5,000 patches"
    picture = np.asarray(Image.open(io.BytesIO(selection_sheet.png([a, b], synthetic=True))))
    assert picture.shape == (3 * HEAD_PX + 3 * 8, COLUMNS * 8, 3)
    grey = picture[(picture[..., 0] == picture[..., 1]) & (picture[..., 1] == picture[..., 2])]
    assert ((grey == 200).all(1)).sum() >= 21 * 64
    assert ((grey == 90).all(1)).sum() >= 3 * 64
