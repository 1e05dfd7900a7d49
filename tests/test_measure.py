import numpy as np
import pytest

from core.errors import MeasureFailed
from core.growth.measure import measure, measure_all, outline, short_axes_mm

SPACING_MM = (0.573, 0.573)
PIXEL_MM = 0.573


def lesion(
    short_mm, *, elongation=1.0, angle=0.0, inside=0.4, around=0.8, noise=0.0, blur_px=0.7,
    size=32, spacing_mm=SPACING_MM, seed=0, shift_px=(0.0, 0.0),
):  # fmt: skip
    """An ellipse seen by a blurring, noisy scanner, centred on pixel (size / 2, size / 2)."""
    from scipy.ndimage import gaussian_filter

    fine = 8
    at = (np.arange(size * fine) + 0.5) / fine - 0.5 - size // 2
    y = (at[:, None] - shift_px[0]) * spacing_mm[0]
    x = (at[None] - shift_px[1]) * spacing_mm[1]
    along, across = np.cos(angle) * x + np.sin(angle) * y, np.cos(angle) * y - np.sin(angle) * x
    within = (across / short_mm) ** 2 + (along / short_mm / elongation) ** 2 < 0.25
    share = within.reshape(size, fine, size, fine).mean((1, 3))
    picture = gaussian_filter(around + (inside - around) * share, blur_px)
    picture += np.random.default_rng(seed).normal(0, noise, picture.shape) if noise else 0
    return picture.clip(0, 1).astype(np.float32)


@pytest.mark.parametrize("short_mm", [4.0, 6.0, 8.0, 11.0])
@pytest.mark.parametrize(("inside", "around"), [(0.4, 0.8), (0.9, 0.3)])
def test_a_disc_measures_its_diameter_within_half_a_pixel(short_mm, inside, around):
    found = measure(
        lesion(short_mm, inside=inside, around=around, noise=0.03), spacing_mm=SPACING_MM
    )
    assert found.short_axis_mm == pytest.approx(short_mm, abs=PIXEL_MM / 2)
    assert found.long_axis_mm == pytest.approx(short_mm, abs=PIXEL_MM / 2)
    assert found.area_mm2 == pytest.approx(np.pi * short_mm**2 / 4, rel=0.12)
    assert np.sign(found.contrast) == np.sign(inside - around)
    assert found.signal == pytest.approx(inside, abs=0.04)


@pytest.mark.parametrize("angle", [0.0, 0.5, 1.2, 2.6])
def test_an_ellipse_measures_its_axes_whichever_way_it_lies(angle):
    found = measure(lesion(6.0, elongation=1.6, angle=angle, noise=0.02), spacing_mm=SPACING_MM)
    assert found.short_axis_mm == pytest.approx(6.0, abs=PIXEL_MM / 2)
    assert found.elongation == pytest.approx(1.6, abs=0.1)
    assert found.border < 0.05


def test_pixels_that_are_not_square_do_not_change_a_lesions_shape():
    spacing_mm = (0.5, 0.9)
    picture = lesion(8.0, spacing_mm=spacing_mm)
    found = measure(picture, spacing_mm=spacing_mm)
    assert found.short_axis_mm == pytest.approx(8.0, abs=0.3)
    assert found.elongation == pytest.approx(1.0, abs=0.08)


def test_large_lesions_in_coarse_pixels_read_in_the_same_way():
    picture = lesion(40.0, spacing_mm=(3.0, 3.0), noise=0.02)
    assert measure(picture, spacing_mm=(3.0, 3.0)).short_axis_mm == pytest.approx(40, abs=1.5)


def test_the_reading_rises_evenly_with_the_true_size():
    true_mm = np.linspace(4, 11, 15)
    patches = np.stack([lesion(size, noise=0.02, seed=i) for i, size in enumerate(true_mm)])
    read = short_axes_mm(patches, spacing_mm=SPACING_MM)
    assert np.polyfit(true_mm, read, 1)[0] == pytest.approx(1, abs=0.05)
    assert np.abs(read - true_mm).max() < PIXEL_MM / 2


def test_brighter_windows_do_not_change_the_size():
    picture = lesion(7.0)
    dim = measure(picture * 0.5 + 0.1, spacing_mm=SPACING_MM).short_axis_mm
    assert dim == pytest.approx(measure(picture, spacing_mm=SPACING_MM).short_axis_mm, abs=0.02)


def test_a_hole_inside_belongs_to_the_lesion():
    picture = lesion(9.0)
    picture[14:17, 15:18] = 0.85
    solid = measure(lesion(9.0), spacing_mm=SPACING_MM)
    holed = measure(picture, spacing_mm=SPACING_MM)
    assert holed.short_axis_mm == pytest.approx(solid.short_axis_mm, abs=0.1)
    assert holed.texture > 5 * solid.texture


def test_a_vessel_and_a_wall_beside_the_lesion_are_cut_off():
    picture = lesion(6.0)
    picture[:, :5] = 0.3
    picture[15:17, :14] = 0.35
    read = measure(picture, spacing_mm=SPACING_MM).short_axis_mm
    assert read == pytest.approx(6.0, abs=PIXEL_MM)


def test_a_ragged_outline_reads_a_larger_border():
    smooth = lesion(9.0, blur_px=0.3)
    angle = np.arctan2(*np.meshgrid(np.arange(32) - 16, np.arange(32) - 16, indexing="ij"))
    away = np.hypot(*np.meshgrid(np.arange(32) - 16, np.arange(32) - 16, indexing="ij"))
    ragged = np.where(away < 8 + 2 * np.cos(6 * angle), 0.4, 0.8).astype(np.float32)
    assert measure(ragged, spacing_mm=SPACING_MM).border > 0.08
    assert measure(smooth, spacing_mm=SPACING_MM).border < 0.03


def test_the_centre_is_where_the_lesion_is():
    found = measure(lesion(6.0, shift_px=(1.5, -1.0)), spacing_mm=SPACING_MM)
    assert found.centre_px == pytest.approx((17.5, 15.0), abs=0.15)


def test_the_outline_runs_where_the_edge_is():
    (line,) = outline(measure(lesion(8.0), spacing_mm=SPACING_MM))
    radii = np.hypot(*(line - 16).T) * PIXEL_MM
    assert radii == pytest.approx(4.0, abs=0.3)
    assert np.array_equal(line[0], line[-1])


@pytest.mark.parametrize(
    ("picture", "reason"),
    [
        (np.full((32, 32), 0.5, np.float32), "no edge"),
        (np.full((32, 32), np.nan, np.float32), "not numbers"),
        (lesion(25.0), "edge"),
        (lesion(0.5), "edge|smaller|stands out"),
    ],
)
def test_what_cannot_be_measured_says_why(picture, reason):
    with pytest.raises(MeasureFailed, match=reason):
        measure(picture, spacing_mm=SPACING_MM)


def test_many_at_once_keep_their_order_and_failures_become_nan():
    patches = np.stack([lesion(6.0), np.full((32, 32), 0.5, np.float32), lesion(9.0)])
    read = short_axes_mm(patches, spacing_mm=SPACING_MM)
    assert np.isnan(read).tolist() == [False, True, False]
    found = measure_all(patches, spacing_mm=SPACING_MM)
    assert found[1] is None
    assert found[2].short_axis_mm == read[2] > read[0]


def test_patches_read_together_are_read_as_each_alone():
    patches = np.stack([lesion(size, noise=0.03) for size in np.linspace(4, 12, 12)])
    together = measure_all(patches, spacing_mm=SPACING_MM)
    alone = [measure_all(patch[None], spacing_mm=SPACING_MM)[0] for patch in patches]
    assert None not in together
    for one, other in zip(together, alone, strict=True):
        assert one.short_axis_mm == other.short_axis_mm
        assert one.border == other.border
        assert np.array_equal(one.region, other.region)


def test_on_synthetic_patients_the_ruler_reads_the_masks_size_or_says_that_it_cannot():
    from core.cohort.node import measure_node
    from core.cohort.phantom import draw_patient, draw_truth, render_node

    pictures, masked = [], []
    for truth in draw_truth(4, 31):
        patient = draw_patient(truth)
        for node in truth.nodes:
            picture, mask = render_node(patient, node.label)
            if mask.sum() >= 5:
                pictures.append(np.clip(picture / np.percentile(picture, 99.5), 0, 1))
                masked.append(measure_node(mask, spacing_mm=(0.573, 0.573)).short_axis_mm)
    read = short_axes_mm(np.float32(pictures), spacing_mm=(0.573, 0.573))
    known = np.isfinite(read)
    wrong = np.abs(read - masked)[known]
    assert len(read) > 15
    assert known.mean() > 0.75
    assert np.median(wrong) < 0.35
    assert (wrong > 1.0).mean() < 0.15
