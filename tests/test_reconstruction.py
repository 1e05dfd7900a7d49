"""Laws of SSIM, PSNR and MAE, against scikit-image and by hand."""

import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from core.evaluation.reconstruction import mae, psnr, ssim


@pytest.fixture
def pair():
    rng = np.random.default_rng(0)
    original = rng.uniform(size=(7, 32, 32)).astype(np.float32)
    noisy = np.clip(original + 0.1 * rng.normal(size=original.shape), 0, 1)
    return original, noisy.astype(np.float32)


@pytest.mark.parametrize("window_px", [5, 11])
def test_ssim_equals_scikit_images_picture_by_picture(pair, window_px):
    original, drawn = pair
    peer = [
        structural_similarity(a.astype(float), b.astype(float), win_size=window_px, data_range=1)
        for a, b in zip(original, drawn, strict=True)
    ]
    assert ssim(original, drawn, window_px=window_px) == pytest.approx(peer, abs=1e-9)


def test_psnr_equals_scikit_images(pair):
    peer = [peak_signal_noise_ratio(a, b, data_range=1) for a, b in zip(*pair, strict=True)]
    assert psnr(*pair) == pytest.approx(peer, abs=1e-4)


def test_a_picture_is_wholly_like_itself(pair):
    original, _ = pair
    assert ssim(original, original) == pytest.approx(np.ones(7))
    assert mae(original, original) == pytest.approx(np.zeros(7))
    assert np.isinf(psnr(original, original)).all()


def test_an_offset_of_a_tenth_is_twenty_decibels():
    original = np.full((2, 16, 16), 0.4, np.float32)
    assert mae(original, original + np.float32(0.1)) == pytest.approx([0.1, 0.1], abs=1e-6)
    assert psnr(original, original + np.float32(0.1)) == pytest.approx([20, 20], abs=1e-4)


def test_a_batch_longer_than_a_piece_is_judged_row_by_row():
    rng = np.random.default_rng(1)
    original = rng.uniform(size=(600, 16, 16)).astype(np.float32)
    drawn = rng.uniform(size=(600, 16, 16)).astype(np.float32)
    assert ssim(original, drawn)[570:571] == pytest.approx(ssim(original[570:571], drawn[570:571]))


@pytest.mark.parametrize("window_px", [4, 33])
def test_an_impossible_window_is_refused(pair, window_px):
    with pytest.raises(ValueError, match="window"):
        ssim(*pair, window_px=window_px)
