"""The ruler on masks: axes, outlines, signal."""

import numpy as np
import pytest

ROWS, COLUMNS = np.mgrid[:64, :64]


def disc(diameter, centre=(32.0, 32.0)):
    return np.hypot(ROWS - centre[0], COLUMNS - centre[1]) < diameter / 2


def ellipse(long, short, degrees=0.0, centre=(32.0, 32.0)):
    turn = np.radians(degrees)
    down, across = ROWS - centre[0], COLUMNS - centre[1]
    u = down * np.cos(turn) + across * np.sin(turn)
    v = across * np.cos(turn) - down * np.sin(turn)
    return (2 * u / long) ** 2 + (2 * v / short) ** 2 < 1


def measured(mask, spacing_mm=(1.0, 1.0)):
    from core.cohort.node import measure_node

    return measure_node(mask, spacing_mm=spacing_mm)


@pytest.mark.parametrize("diameter", [6, 8, 11, 14, 20])
def test_a_disc_is_compact_and_never_below_one(diameter, rng):
    found = [
        measured(disc(diameter, 32 + rng.uniform(-0.5, 0.5, 2))).compactness for _ in range(25)
    ]
    assert min(found) >= 1.0
    assert max(found) < 1.06


@pytest.mark.parametrize("degrees", [0, 20, 45, 70])
def test_an_ellipse_measures_its_axes_however_it_lies(degrees):
    node = measured(ellipse(20, 12, degrees), (0.573, 0.573))
    assert node.long_axis_mm == pytest.approx(20 * 0.573, abs=0.573 / 2)
    assert node.short_axis_mm == pytest.approx(12 * 0.573, abs=0.573 / 2)
    assert node.elongation == pytest.approx(20 / 12, abs=0.06)


def test_axes_of_uneven_pixels_are_in_mm():
    node = measured(ellipse(20, 20), (0.5, 1.0))
    assert node.long_axis_mm == pytest.approx(20.0, abs=0.5)
    assert node.short_axis_mm == pytest.approx(10.0, abs=0.25)
    assert node.area_mm2 == pytest.approx(np.pi * 20 * 10 / 4, rel=0.03)


def test_axes_are_the_second_moments_of_pixel_centres():
    strip = np.zeros((64, 64), bool)
    strip[10:14, 5:25] = True  # 4 by 20: variances (n^2 - 1) / 12
    node = measured(strip)
    assert node.short_axis_mm == pytest.approx(4 * np.sqrt(15 / 12))
    assert node.long_axis_mm == pytest.approx(4 * np.sqrt(399 / 12))


@pytest.mark.parametrize("line", ["row", "diagonal", "one pixel"])
def test_a_line_one_pixel_wide_has_the_width_of_a_pixel(line):
    mask = np.zeros((64, 64), bool)
    places = {"row": (9, slice(4, 8)), "diagonal": (range(5), range(5)), "one pixel": (3, 3)}
    mask[places[line]] = True
    node = measured(mask, (0.5, 0.5))
    assert node.short_axis_mm == pytest.approx(4 * 0.5 / np.sqrt(12))
    assert np.isfinite([node.elongation, node.compactness, node.convexity]).all()
    assert node.compactness >= 1


def test_a_notch_lowers_convexity_and_raises_compactness():
    whole = disc(20)
    notched = whole & ~((np.abs(ROWS - 32) < 2) & (COLUMNS > 30))
    assert measured(whole).convexity > 0.985
    assert measured(notched).convexity < 0.85
    assert measured(notched).compactness > measured(whole).compactness + 0.3


@pytest.mark.parametrize("long", [16, 24])
def test_a_long_smooth_lesion_is_not_irregular_and_a_knobbly_one_is(long):
    smooth = ellipse(long, 14, 25)
    angle = np.arctan2(ROWS - 32, COLUMNS - 32)
    knobbly = np.hypot(ROWS - 32, COLUMNS - 32) < 8 * (1 + 0.2 * np.cos(5 * angle))
    assert measured(smooth).irregularity < 0.03
    # a radius that swings by 0.2 around its mean has a standard deviation of 0.2 / sqrt(2)
    assert measured(knobbly).irregularity == pytest.approx(0.2 / np.sqrt(2), abs=0.05)


def test_a_bright_hilum_is_not_texture():
    from core.cohort.node import measure_signal

    mask = disc(14)
    picture = np.where(mask, 0.4, 0.6).astype(np.float32)
    picture[disc(4, (30.0, 30.0))] = 0.7
    assert measure_signal(picture, mask)[0] == pytest.approx(0, abs=1e-6)


def test_a_node_measures_the_same_wherever_it_lies(rng):
    mask = ellipse(9, 6, 30)
    moved = np.roll(mask, tuple(rng.integers(-20, 20, 2)), axis=(0, 1))
    assert measured(moved) == measured(mask)


def test_contrast_is_the_cores_mean_below_the_bright_tissue_around():
    from core.cohort.node import measure_signal

    mask = disc(10)
    picture = np.where(mask, 0.40, 0.55).astype(np.float32)
    picture[:, :30] = np.where(mask[:, :30], 0.40, 0.30)  # almost half of it bowel
    heterogeneity, contrast = measure_signal(picture, mask)
    assert heterogeneity == pytest.approx(0, abs=1e-6)
    assert contrast == pytest.approx(-0.15, abs=1e-6)


def test_heterogeneity_is_the_spread_inside_and_not_of_the_edge(rng):
    from core.cohort.node import measure_signal

    mask = disc(16)
    smooth = np.where(mask, 0.4, 0.6).astype(np.float32)
    edge = mask & ~disc(13)
    smooth[edge] = 0.5  # partial volume
    grainy = smooth + np.where(mask, rng.normal(0, 0.05, mask.shape), 0).astype(np.float32)
    assert measure_signal(smooth, mask)[0] < 0.03
    assert measure_signal(grainy, mask)[0] == pytest.approx(0.05, abs=0.015)


def test_padding_is_no_tissue():
    from core.cohort.node import measure_signal

    mask = disc(8)
    picture = np.where(mask, 0.4, 0.55).astype(np.float32)
    inside = ROWS < 34
    picture[~inside] = 0.0
    assert measure_signal(picture, mask, inside=inside)[1] == pytest.approx(-0.15, abs=1e-6)
    _, contrast = measure_signal(picture, mask, inside=mask)
    assert np.isnan(contrast)


def test_the_largest_piece_is_kept_and_diagonal_neighbours_are_one():
    from core.cohort.node import largest_piece

    mask = np.zeros((9, 9), bool)
    mask[0, 0] = mask[4, 4] = mask[5, 5] = mask[6, 6] = True
    piece = largest_piece(mask)
    assert piece.sum() == 3
    assert not piece[0, 0]
