"""Laws of the compiled loops: the ruler and the warps give what the plain definitions give."""

import numpy as np
import pytest

from core.errors import MeasureFailed
from core.growth import compiled_fence, compiled_region
from core.growth.blending import nearness
from core.growth.contour import Ellipse, enlarged, find_region
from core.growth.fence import ANYTHING, find_fences
from core.growth.measure import CORE, measure_all
from core.growth.warp import Oval, Spline, carried
from tests import plain_ruler
from tests.test_measure import SPACING_MM, lesion


def pictures():
    """Lesions, rugged and clipped ones, and noise, in which fences and regions are hard to find."""
    random = np.random.default_rng(7)
    drawn = [
        lesion(
            random.uniform(3, 12), elongation=random.uniform(1, 1.8), angle=random.uniform(0, 3),
            inside=inside, around=1 - inside, noise=noise, seed=seed,
            shift_px=tuple(random.uniform(-1.5, 1.5, 2)),
        )
        for seed, (inside, noise) in enumerate(
            (inside, noise) for inside in (0.1, 0.3, 0.45, 0.8) for noise in (0, 0.05, 0.2, 0.6)
        )
    ]  # fmt: skip
    noise = random.random((8, 32, 32)).astype(np.float32)
    smooth = (noise + np.roll(noise, 1, 1) + np.roll(noise, 1, 2) + np.roll(noise, 2, 2)) / 4
    return np.concatenate([np.stack(drawn), noise, smooth, np.full((1, 32, 32), 0.5, np.float32)])


def test_fences_are_those_that_numpy_lays():
    fine = enlarged(pictures())
    for found, plain in zip(find_fences(fine), plain_ruler.fences(fine), strict=True):
        assert np.array_equal(found.radii, plain.radii)
        assert found.dark == plain.dark
        assert found[2:] == pytest.approx(plain[2:], rel=1e-9, abs=1e-12)


def test_regions_and_levels_are_those_that_numpy_finds_bit_for_bit():
    fine, found = enlarged(pictures()), 0
    for picture, fence in zip(fine, plain_ruler.fences(fine), strict=True):
        try:
            plain = plain_ruler.region(picture, fence)
        except MeasureFailed as error:
            with pytest.raises(MeasureFailed, match=str(error)):
                find_region(picture, fence, trust=ANYTHING)
            continue
        region, *levels = find_region(picture, fence, trust=ANYTHING)
        assert np.array_equal(region, plain[0])
        assert levels == list(plain[1:])
        found += 1
    assert found > 20


def test_of_ragged_regions_the_piece_and_its_holes_are_those_that_labels_find():
    random, away = np.random.default_rng(8), np.hypot(*np.mgrid[-20:21, -25:26])
    for share in (0.0, 0.02, 0.3, 0.5, 0.6, 0.8, 1.0):
        region = random.random(away.shape) < share
        plain = plain_ruler._whole(region, away)
        assert np.array_equal(compiled_region.whole(region, away), plain)
        for by in range(4):
            grown = compiled_region._grown(region, by)
            assert np.array_equal(grown, plain_ruler._grown(region, by))


def test_readings_are_those_of_the_plain_moments():
    read = measure_all(pictures(), spacing_mm=SPACING_MM, trust=ANYTHING)
    fine = enlarged(pictures())
    for picture, one in zip(fine, read, strict=True):
        if one is None:
            continue
        plain = plain_ruler.ellipse(one.region)
        assert vars(Ellipse.of(one.region)) == pytest.approx(vars(plain), rel=1e-11, abs=1e-11)
        spreads = plain_ruler.spreads(picture, one.region, CORE)
        assert (one.texture, one.border) == pytest.approx(spreads, rel=1e-9, abs=1e-12)
    assert sum(one is not None for one in read) > 20


@pytest.mark.parametrize("scale", [1.0, 1e-3, 300.0])
def test_places_of_the_ascending_order_are_those_of_a_sorted_row(scale):
    random = np.random.default_rng(9)
    for values in (random.normal(0.4, 0.3, 3001), random.integers(0, 3, 500) / 2, np.ones(9)):
        wanted = np.array([0, 1, len(values) // 3, len(values) - 1])
        found = compiled_fence.ordered(scale * values, wanted)
        assert found.tolist() == np.sort(scale * values)[wanted].tolist()


OVALS = [
    (Oval(16, 16, 36, 36, 0), Oval(16, 16, 16, 81, 0)),
    (Oval(15.3, 16.2, 49, 30, 9), Oval(16.1, 14.9, 100, 49, 30)),
    (Oval(16, 16, 200, 400, 100), Oval(3, 28, 300, 30, 5)),
    (Oval(16, 16, 1e-12, 1e-12, 0), Oval(16, 16, 1e-12, 1e-12, 0)),
]


@pytest.mark.parametrize(("before", "after"), OVALS)
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_a_carried_picture_is_the_one_that_scipy_interpolates(before, after, kind):
    picture = np.random.default_rng(10).normal(0, 1, (32, 36)).astype(kind)
    found, plain = carried(picture, before, after), plain_ruler.carried(picture, before, after)
    assert found.dtype == plain.dtype == kind
    assert np.abs(found - plain).max() < (1e-6 if kind is np.float32 else 1e-10)
    assert np.array_equal(carried(Spline.of(picture), before, after), found)


def test_nearness_is_scipys_blur_of_the_dilated_region():
    random = np.random.default_rng(11)
    for share in (0.0, 0.001, 0.1, 1.0):
        region = random.random((128, 96)) < share
        assert np.abs(nearness(region) - plain_ruler.nearness(region)).max() < 1e-12


def test_once_made_ready_nothing_is_compiled_while_somebody_drags():
    from core.growth import compiled_warp
    from core.growth.delivery import KEEPS, Lesion
    from core.growth.readying import ready
    from tests.test_trajectory import SIZE, START, disc_decoder, textured_original

    def signatures():
        return {
            (module.__name__, name): len(one.signatures)
            for module in (compiled_fence, compiled_region, compiled_warp)
            for name, one in vars(module).items()
            if hasattr(one, "signatures")
        }

    ready()
    made = signatures()
    assert made["core.growth.compiled_warp", "carry"] == 1
    for keep in KEEPS:
        lesion = Lesion.of(
            START, disc_decoder(), original=textured_original(), spacing_mm=SPACING_MM, keep=keep,
            share=0.3, along=SIZE,
        )  # fmt: skip
        lesion.deliver(START + np.outer([0.0, 1.0], SIZE.move).astype(np.float32))
    assert signatures() == made
