import gzip

import numpy as np
import pytest

from core.errors import LatentError
from core.growth.simulate import grow
from core.growth.stack import nifti
from core.growth.traverse import traversed
from core.latent.direction import Direction

SIZE = Direction("short_axis_mm", np.array([1, 0, 0], np.float32), "mm", "Larger.", "dimension")
STEPS = np.array([0.0, 1.0, 2.0])


def decode(codes):
    y, x = np.meshgrid(np.arange(32.0) - 16, np.arange(32.0) - 14, indexing="ij")
    away = np.hypot(y, x)[None] * 0.5 - (6 + codes[:, 0])[:, None, None] / 2
    level = 0.5 - 0.05 * codes[:, 1][:, None, None]
    return (0.8 - level / (1 + np.exp(np.clip(away / 0.12, -50, 50)))).astype(np.float32)


def walk(spacing_mm=(0.5, 0.6)):
    start = np.zeros(3, np.float32)
    return grow(start, SIZE, STEPS, decode=decode, spacing_mm=spacing_mm)


def test_a_nifti_stack_has_the_pictures_in_mm_and_says_simulated_in_header_and_pixels():
    import nibabel

    walked = walk()
    image = nibabel.Nifti1Image.from_bytes(gzip.decompress(nifti(walked)))
    data = image.get_fdata()
    assert data.shape[:2] == (32, 32 + 13)
    assert data[:, :32, 0].transpose(2, 1, 0) == pytest.approx(walked.pictures, abs=1e-6)
    assert image.header.get_zooms()[:2] == pytest.approx((0.6, 0.5))
    assert nibabel.aff2axcodes(image.affine)[:2] == ("L", "P")
    assert b"SIMULATED" in image.header["descrip"].item()
    assert image.header["intent_name"].item() == b"SIMULATED"
    assert data[:, 32:].max() == 1
    assert not image.header.extensions


def test_the_same_walk_gives_the_same_bytes():
    assert nifti(walk()) == nifti(walk())


def test_without_a_pixels_size_there_is_no_nifti():
    with pytest.raises(LatentError, match="how large a pixel"):
        nifti(walk(spacing_mm=None))


def test_a_dimension_that_carries_size_changes_the_size_and_no_other():
    codes = np.random.default_rng(0).normal(size=(30, 3)).astype(np.float32) * 0.3
    spread = {"short_axis_mm": 2.0, "elongation": 0.2, "contrast": 0.05}
    found = traversed(
        codes, (0, 1, 2), np.array([1.0, 1.0, 1.0]), decode=decode, spacing_mm=(0.5, 0.5),
        spread=spread,
    )  # fmt: skip
    size, level, nothing = (found.iloc[at] for at in range(3))
    assert size["short_axis_mm"] == pytest.approx(0.5, abs=0.05)
    assert abs(size["contrast"]) < 0.2
    assert level["contrast"] == pytest.approx(1.0, abs=0.1)
    assert nothing["pixels"] == 0
    assert np.isnan(size["texture"])
    assert (found["read"] == 1).all()


def test_a_film_as_mp4_says_in_its_header_that_it_is_simulated():
    import subprocess

    import imageio_ffmpeg

    from core.growth.film import NOTICE, mp4

    done = subprocess.run(
        [imageio_ffmpeg.get_ffmpeg_exe(), "-i", "-", "-f", "ffmetadata", "-"],
        input=mp4(walk()), capture_output=True, check=True,
    )  # fmt: skip
    assert f"comment={NOTICE}" in done.stdout.decode()
