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


def test_effects_and_means_are_taken_away_with_their_words():
    from core.latent.contrast import Effect
    from dashboard.figures import pair

    one = Effect("short_axis_mm", 6.5, 5.0, 0.8, 0.5, 1.1, 0.01)
    head, line = pair.effects_csv([one], "A", "B").splitlines()
    assert head.startswith("attribute,unit,mean of B,mean of A")
    assert line.endswith("mm,6.5,5,0.8000,0.5000,1.1000,0.01")
    means = np.stack([np.zeros((8, 8)), np.ones((8, 8))]).astype(np.float32)
    made = pair.means_png(means, ("A", "B"), (0.0, 1.0), synthetic=False)
    picture = np.asarray(Image.open(io.BytesIO(made)))
    assert picture.shape == (pair.SIDE_PX + 2 * pair.LINE_PX, 3 * pair.SIDE_PX, 3)
    assert picture[100, 100].max() == 0
    assert picture[100, pair.SIDE_PX + 100].min() == 255
