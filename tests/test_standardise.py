"""One scale of intensities, learned on training patients."""

import json

import numpy as np
import pytest


def tissue(rng, gain=1.0, offset=0.0, gamma=1.0):
    """A volume of air, muscle, node-like and fat voxels, on a scanner's own scale."""
    levels = np.repeat([0.02, 0.30, 0.42, 0.55, 0.75], [4000, 9000, 1000, 9000, 800])
    noisy = np.clip(levels + rng.normal(0, 0.01, levels.size), 0, 1) ** gamma
    return (offset + gain * noisy).astype(np.float32).reshape(-1, 10, 10)


def test_gain_and_offset_of_a_scanner_vanish(rng):
    from core.cohort.standardise import fit_landmarks, histogram

    volumes = [tissue(rng, gain) for gain in (500.0, 1200.0, 3000.0)]
    landmarks = fit_landmarks([histogram(v) for v in volumes], standardise=True)
    seed = np.random.default_rng(5)
    one, other = tissue(np.random.default_rng(5), 800.0), tissue(seed, 2000.0, 300.0)
    mapped = landmarks.placed(one, histogram(one))
    assert np.allclose(mapped, landmarks.placed(other, histogram(other)), atol=1e-3)


def test_tissue_of_another_scanner_comes_to_the_same_value(rng):
    from core.cohort.standardise import fit_landmarks, histogram

    volumes = [tissue(rng, 1000.0, gamma=gamma) for gamma in (0.8, 1.0, 1.3)]
    landmarks = fit_landmarks([histogram(v) for v in volumes], standardise=True)
    fats, plain = [], []
    simple = fit_landmarks([histogram(v) for v in volumes], standardise=False)
    for volume in volumes:
        fat = volume.reshape(-1)[14_100:22_900]
        fats.append(landmarks.placed(fat, histogram(volume)).mean())
        plain.append(simple.placed(fat, histogram(volume)).mean())
    assert np.ptp(fats) < 0.25 * np.ptp(plain)


def test_the_mapping_never_turns_dark_and_bright_around(rng):
    from core.cohort.standardise import fit_landmarks, histogram

    volume = tissue(rng, 1000.0)
    landmarks = fit_landmarks([histogram(volume)], standardise=True)
    ramp = np.linspace(volume.min() - 200, volume.max() + 200, 500)
    mapped = landmarks.placed(ramp, histogram(volume))
    assert (np.diff(mapped) > 0).all()


def test_air_is_no_landmark(rng):
    from core.cohort.standardise import histogram

    volume = tissue(rng, 1000.0)
    more_air = np.concatenate([volume, np.zeros((400, 10, 10), np.float32)])
    assert np.allclose(histogram(volume), histogram(more_air), atol=8)


def test_training_pixels_lie_where_the_scale_wants_them(rng):
    from core.cohort import standardise

    volume = tissue(rng, 1000.0)
    levels = standardise.histogram(volume)
    landmarks = standardise.fit_landmarks([levels], standardise=True)
    placed = landmarks.placed(volume, levels).ravel()
    moved = standardise.anchored(landmarks, placed)
    scaled = moved.placed(volume, levels)
    found = np.percentile(scaled, [standardise.DARK, standardise.BRIGHT])
    assert found == pytest.approx([standardise.DARK_LEVEL, standardise.BRIGHT_LEVEL], abs=1e-6)
    cut = moved.apply(volume, levels)
    assert cut.dtype == np.float32
    assert cut.min() >= 0
    assert cut.max() <= 1


def test_outside_the_scan_is_black():
    from core.cohort.standardise import Landmarks

    landmarks = Landmarks((1.0, 99.0), (0.0, 1.0), (10.0, 20.0))
    assert landmarks.apply(np.array([np.nan, 15.0, 99.0])).tolist() == [0.0, 0.5, 1.0]


def test_a_constant_volume_has_no_histogram():
    from core.cohort.standardise import histogram

    assert histogram(np.ones((8, 8, 8), np.float32)) is None


def test_two_levels_alone_still_map_in_order():
    from core.cohort.standardise import fit_landmarks, histogram

    volume = np.zeros((8, 8, 8), np.float32)
    volume[:4] = 1.0
    levels = histogram(volume)
    assert (np.diff(levels) > 0).all()
    landmarks = fit_landmarks([levels], standardise=True)
    assert np.isfinite(landmarks.placed(volume, levels)).all()


@pytest.mark.parametrize("standardise", [True, False])
def test_landmarks_survive_json(rng, standardise):
    from core.cohort.standardise import Landmarks, fit_landmarks, histogram

    volume = tissue(rng, 700.0)
    landmarks = fit_landmarks([histogram(volume)], standardise=standardise)
    back = Landmarks.from_json(json.loads(json.dumps(landmarks.to_json())))
    assert back == landmarks


def test_bare_pictures_share_one_scale():
    from core.cohort.standardise import fit_pictures

    pixels = np.linspace(-3, 5, 10_001)
    landmarks = fit_pictures(pixels)
    assert landmarks.apply(np.array([-9.0, 1.0, 9.0])) == pytest.approx([0, 0.5, 1], abs=1e-3)
