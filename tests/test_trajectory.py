import numpy as np
import pytest

from core.errors import LatentError
from core.growth.paths import path, stations, through
from core.growth.simulate import between, grow
from core.growth.warp import Circle, Oval, carried, radial_warp
from core.latent.direction import Direction

SPACING_MM = (0.5, 0.5)
LATENT = 4


def linear_decoder():
    weights = np.random.default_rng(0).normal(size=(LATENT, 32 * 32)).astype(np.float32) * 0.05

    def decode(codes):
        return (0.5 + codes @ weights).reshape(-1, 32, 32).astype(np.float32)

    return decode


def disc_decoder(*, bend=1.0, bias_mm=0.0, dark=True, counted=None):
    """Draws a disc of 6 mm plus the first coordinate, bent and biased; the second moves it."""
    y, x = np.meshgrid(np.arange(32.0) - 16, np.arange(32.0) - 16, indexing="ij")

    def decode(codes):
        if counted is not None:
            counted.append(len(codes))
        size_mm = 6 + bias_mm + np.sign(codes[:, 0]) * np.abs(codes[:, 0]) ** bend
        away = np.hypot(y, x)[None] * SPACING_MM[0] - size_mm[:, None, None] / 2
        lesion = 1 / (1 + np.exp(np.clip(away / 0.12, -50, 50)))
        return (0.8 - 0.5 * lesion if dark else 0.2 + 0.5 * lesion).astype(np.float32)

    return decode


def direction(*move, name="short_axis_mm", unit="mm"):
    return Direction(name, np.array(move, np.float32), unit, "Larger.", "dimension")


SIZE = direction(1, 0, 0, 0)
START = np.array([0.3, -0.2, 0.1, 0.7], np.float32)
STEPS = np.array([-1.0, 0.0, 1.0, 2.0, 3.0])


def test_with_a_linear_decoder_the_walk_is_the_known_line():
    decode = linear_decoder()
    way = direction(0.5, -1, 0, 2)
    walked = grow(START, way, STEPS, decode=decode, spacing_mm=SPACING_MM)
    assert np.allclose(walked.codes, START + np.outer(STEPS, [0.5, -1, 0, 2]), atol=1e-6)
    apart = np.diff(walked.pictures[1:], axis=0)
    assert np.allclose(apart, apart[0], atol=1e-5)
    gained = decode(way.move[None])[0] - decode(np.zeros((1, LATENT), np.float32))[0]
    assert np.allclose(apart[0], gained, atol=1e-5)


@pytest.mark.parametrize("loop", ["open", "closed"])
def test_step_zero_is_the_plain_reconstruction_bit_for_bit(loop):
    decode = disc_decoder()
    walked = grow(START, SIZE, STEPS, decode=decode, spacing_mm=SPACING_MM, loop=loop)
    assert np.array_equal(walked.pictures[1], decode(START[None])[0])
    assert np.array_equal(walked.codes[1], START)


def test_asked_is_the_originals_reading_plus_the_request():
    decode = disc_decoder()
    original = decode(np.array([[1.0, 0, 0, 0]], np.float32))[0]
    walked = grow(
        START, SIZE, STEPS, decode=decode, spacing_mm=SPACING_MM, original=original, keep="nothing"
    )
    assert walked.asked_mm == pytest.approx(7.0 + STEPS, abs=0.1)
    assert walked.measured_mm == pytest.approx(6.3 + STEPS, abs=0.1)
    assert walked.monotone == pytest.approx(1)


def test_walking_backwards_shrinks_and_says_so_in_its_sizes():
    walked = grow(START, -SIZE, STEPS, decode=disc_decoder(), spacing_mm=SPACING_MM)
    assert walked.asked_mm == pytest.approx(6.3 - STEPS, abs=0.1)
    assert walked.monotone == pytest.approx(-1)
    closed = grow(
        START, -SIZE, STEPS, decode=disc_decoder(bend=1.3), spacing_mm=SPACING_MM, loop="closed"
    )
    assert closed.measured_mm == pytest.approx(closed.asked_mm, abs=0.06)


@pytest.mark.parametrize("dark", [True, False])
def test_the_closed_loop_reaches_the_size_a_bent_decoder_misses(dark):
    decode = disc_decoder(bend=1.5, dark=dark)
    asked = {"decode": decode, "spacing_mm": SPACING_MM}
    opened = grow(START, SIZE, STEPS, **asked)
    closed = grow(START, SIZE, STEPS, loop="closed", **asked)
    assert np.abs(opened.measured_mm - opened.asked_mm).max() > 0.5
    assert np.abs(closed.measured_mm - closed.asked_mm).max() < 0.06
    assert closed.refused == ("",) * 5


def test_the_closed_loop_draws_at_most_nine_pictures_a_step_and_decodes_them_together():
    counted = []
    decode = disc_decoder(bend=2.5, counted=counted)
    grow(START, SIZE, STEPS, decode=decode, spacing_mm=SPACING_MM, loop="closed")
    assert sum(counted[1:]) <= 9 * len(STEPS)
    assert len(counted) <= 10


def test_a_size_that_cannot_be_reached_is_refused_with_the_nearest():
    def decode(codes):  # never beyond 7 mm
        return disc_decoder()(np.minimum(codes, 1.0))

    walked = grow(START, SIZE, STEPS, decode=decode, spacing_mm=SPACING_MM, loop="closed")
    assert walked.refused[1] == ""
    assert "9.3 mm could not be reached" in walked.refused[4]
    assert "7.0 mm" in walked.refused[4]


def test_what_leaves_the_patch_is_refused_with_the_rulers_reason():
    walked = grow(START, SIZE, np.array([0.0, 12.0]), decode=disc_decoder(), spacing_mm=SPACING_MM)
    assert np.isnan(walked.measured_mm[1])
    assert "edge" in walked.refused[1]


def test_what_leaves_the_shell_is_refused_and_an_unusual_start_is_not():
    def typicality(codes):
        return np.linalg.norm(codes, axis=1) / 2

    asked = {"decode": disc_decoder(), "spacing_mm": SPACING_MM, "typicality": typicality}
    walked = grow(START, SIZE, STEPS, **asked)
    outside = np.linalg.norm(walked.codes, axis=1) > 2
    assert outside.any()
    assert [bool(reason) for reason in walked.refused] == outside.tolist()
    assert "outside what training patients showed" in walked.refused[4]
    unusual = grow(np.array([0.0, 3, 0, 0], np.float32), SIZE, np.array([0.0]), **asked)
    assert unusual.refused == ("",)


def test_scores_are_asked_of_the_codes():
    walked = grow(
        START, SIZE, STEPS, decode=disc_decoder(), spacing_mm=SPACING_MM,
        score=lambda codes: codes[:, 0] / 10,
    )  # fmt: skip
    assert walked.score == pytest.approx((0.3 + STEPS) / 10)
    assert np.isnan(
        grow(START, SIZE, STEPS, decode=disc_decoder(), spacing_mm=SPACING_MM).score
    ).all()


def test_no_size_can_be_asked_along_another_direction_but_the_walk_goes():
    label = direction(1, 0, 0, 0, name="label", unit="sd")
    walked = grow(START, label, STEPS, decode=disc_decoder(), spacing_mm=SPACING_MM)
    assert np.isnan(walked.asked_mm).all()
    assert np.isfinite(walked.measured_mm).all()
    with pytest.raises(LatentError, match="label"):
        grow(START, label, STEPS, decode=disc_decoder(), spacing_mm=SPACING_MM, loop="closed")


def test_where_no_pixel_size_is_known_nothing_is_measured_and_no_size_can_be_asked():
    label = direction(1, 0, 0, 0, name="label", unit="sd")
    asked = {"decode": disc_decoder(), "spacing_mm": None}
    walked = grow(START, label, STEPS, **asked)
    assert walked.measurements == (None,) * 5
    assert walked.refused == ("",) * 5
    assert len(np.unique(walked.pictures[:, 16, 16:24], axis=0)) == 5
    with pytest.raises(LatentError, match="how large a pixel is"):
        grow(START, SIZE, STEPS, loop="closed", **asked)


def test_a_picture_without_a_lesion_can_be_walked_openly_but_not_by_size():
    def grey(codes):
        return np.full((len(codes), 32, 32), 0.5, np.float32)

    walked = grow(START, SIZE, STEPS, decode=grey, spacing_mm=SPACING_MM)
    assert all(walked.refused)
    with pytest.raises(LatentError, match="cannot be read"):
        grow(START, SIZE, STEPS, decode=grey, spacing_mm=SPACING_MM, loop="closed")


def textured_original():
    random = np.random.default_rng(3)
    plain = disc_decoder()(START[None])[0]
    return (plain + random.normal(0, 0.03, plain.shape)).clip(0, 1).astype(np.float32)


def test_with_the_residual_step_zero_is_the_original():
    original = textured_original()
    walked = grow(
        START, SIZE, STEPS, decode=disc_decoder(), spacing_mm=SPACING_MM, original=original,
        keep="residual",
    )  # fmt: skip
    assert np.array_equal(walked.pictures[1], original)
    assert walked.measured_mm == pytest.approx(walked.asked_mm, abs=0.25)


def test_the_residual_carries_the_patients_texture_and_leaves_the_edge_alone():
    original = textured_original()
    kept = grow(
        START, SIZE, np.array([2.0]), decode=disc_decoder(), spacing_mm=SPACING_MM,
        original=original, keep="residual",
    ).pictures[0]  # fmt: skip
    drawn = disc_decoder()(START[None] + 2 * SIZE.move[None])[0]
    assert (kept - drawn)[8:24, 8:24].std() > 0.01
    for edge in (np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1]):
        assert kept[edge] == pytest.approx(original[edge], abs=0.01)


def test_with_the_surroundings_kept_the_scan_shows_wherever_no_lesion_lies():
    original = textured_original()
    walked = grow(
        START, SIZE, np.array([-1.0, 2.0]), decode=disc_decoder(), spacing_mm=SPACING_MM,
        original=original,
    )  # fmt: skip
    y, x = np.meshgrid(np.arange(32.0) - 16, np.arange(32.0) - 16, indexing="ij")
    far = np.hypot(y, x) * SPACING_MM[0] > 8.3 / 2 + 2.5
    assert np.abs(walked.pictures - original)[:, far].max() < 1e-3
    assert walked.measured_mm == pytest.approx(walked.asked_mm, abs=0.3)


def test_the_residual_follows_a_change_of_shape():
    y, x = np.meshgrid(np.arange(32.0) - 16, np.arange(32.0) - 16, indexing="ij")
    spots = np.exp(-((y - 4) ** 2 + x**2) / 2) + np.exp(-((x - 4) ** 2 + y**2) / 2)
    before, after = Oval(16, 16, 36, 36, 0), Oval(16, 16, 16, 81, 0)
    moved = carried(spots, before, after)
    down, across = moved[17:, 16].argmax() + 1, moved[16, 17:].argmax() + 1
    assert down == pytest.approx(4 * 4 / 6, abs=0.6)
    assert across == pytest.approx(4 * 9 / 6, abs=0.6)


def test_an_oval_is_brought_onto_a_tilted_one_with_its_centre():
    y, x = np.meshgrid(np.arange(48.0), np.arange(48.0), indexing="ij")

    def filled(oval):
        form = np.linalg.inv(oval.matrix)
        away = form[0, 0] * (y - oval.row) ** 2 + form[1, 1] * (x - oval.column) ** 2
        away = away + 2 * form[0, 1] * (y - oval.row) * (x - oval.column)
        return 1 / (1 + np.exp(np.clip((np.sqrt(away) - 0.9) / 0.03, -50, 50)))

    before, after = Oval(23, 24, 49, 49, 0), Oval(24, 25, 100, 49, 30)
    moved = carried(filled(before), before, after)
    assert np.abs(moved - filled(after)).mean() < 0.005


def test_a_residual_needs_an_original():
    with pytest.raises(LatentError, match="original"):
        grow(START, SIZE, STEPS, decode=disc_decoder(), spacing_mm=SPACING_MM, keep="residual")


def smooth_picture():
    y, x = np.meshgrid(np.linspace(0, 3, 48), np.linspace(0, 2, 48), indexing="ij")
    return np.sin(y) * np.cos(x)


ABOUT = Circle(23.0, 25.0, 7.0)


@pytest.mark.parametrize("growth", [0.6, 1.4, 1.9])
def test_the_warp_is_the_identity_at_the_patchs_edge(growth):
    picture = smooth_picture()
    warped = radial_warp(picture, growth, about=ABOUT)
    for edge in (np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1]):
        assert warped[edge] == pytest.approx(picture[edge], abs=1e-6)
    assert np.abs(warped - picture).max() > 0.05


def test_a_warp_by_one_changes_nothing_and_its_inverse_undoes_it():
    picture = smooth_picture()
    assert radial_warp(picture, 1.0, about=ABOUT) == pytest.approx(picture, abs=1e-9)
    there = radial_warp(picture, 1.5, about=ABOUT)
    back = radial_warp(there, 1 / 1.5, about=Circle(23.0, 25.0, 7.0 * 1.5))
    assert back == pytest.approx(picture, abs=0.01)


def test_the_warp_enlarges_a_disc_by_its_factor():
    y, x = np.meshgrid(np.arange(48.0) - 23, np.arange(48.0) - 25, indexing="ij")
    disc = 1 / (1 + np.exp(np.clip((np.hypot(y, x) - 6) / 0.3, -50, 50)))
    grown = radial_warp(disc, 1.5, about=ABOUT)
    assert grown.sum() / disc.sum() == pytest.approx(1.5**2, rel=0.03)


def test_a_warp_that_would_leave_the_patch_is_held_inside():
    warped = radial_warp(smooth_picture(), 20.0, about=ABOUT)
    assert np.isfinite(warped).all()
    assert warped[0] == pytest.approx(smooth_picture()[0], abs=1e-6)


@pytest.mark.parametrize("mode", ["straight", "spherical"])
def test_a_walk_between_two_lesions_begins_and_ends_with_them(mode):
    end = np.array([-0.5, 0.6, 0.9, -0.4], np.float32)
    decode = disc_decoder()
    walked = between(START, end, 7, decode=decode, spacing_mm=SPACING_MM, mode=mode)
    assert len(walked) == 7
    assert np.array_equal(walked.codes[[0, -1]], [START, end])
    assert np.array_equal(walked.pictures[0], decode(START[None])[0])
    assert np.isnan(walked.asked_mm).all()


def test_straight_walks_are_straight_and_spherical_ones_keep_their_distance_from_the_middle():
    shares = np.linspace(0, 1, 9)
    a, b = np.array([3.0, 0, 0, 0], np.float32), np.array([0, 3.0, 0, 0], np.float32)
    straight = path(a, b, shares, mode="straight")
    assert np.allclose(np.diff(straight, axis=0), (b - a) / 8, atol=1e-6)
    sphere = path(a, b, shares, mode="spherical")
    assert np.allclose(np.linalg.norm(sphere, axis=1), 3, atol=1e-5)
    assert np.allclose(path(a, 2 * a, shares, mode="spherical"), np.outer(1 + shares, a), atol=1e-5)


def ring_of_codes():
    angle = np.linspace(0, np.pi, 60)
    codes = np.zeros((60, LATENT), np.float32)
    codes[:, 0], codes[:, 1] = 3 * np.cos(angle), 3 * np.sin(angle)
    return codes


def test_the_way_through_neighbours_follows_the_data_and_its_steps_are_even():
    codes = ring_of_codes()
    shares = np.linspace(0, 1, 15)
    way = through(codes[0], codes[-1], shares, codes[1:-1])
    assert np.linalg.norm(way, axis=1) == pytest.approx(np.full(15, 3), abs=0.02)
    assert np.array_equal(way[[0, -1]], codes[[0, -1]])
    hops = np.linalg.norm(np.diff(way, axis=0), axis=1)
    assert hops == pytest.approx(np.full(14, hops.mean()), rel=0.02)
    visited = stations(codes[0], codes[-1], codes[1:-1])
    assert (np.diff(visited) > 0).all()


def test_a_way_through_neighbours_needs_neighbours_that_lead_there():
    asked = {"decode": disc_decoder(), "spacing_mm": SPACING_MM, "mode": "neighbours"}
    with pytest.raises(LatentError, match="codes of real"):
        between(START, -START, 5, **asked)
    random = np.random.default_rng(0)
    far = random.normal(size=(40, LATENT)).astype(np.float32) * 0.01
    apart = np.concatenate([far + START, far - 50])
    with pytest.raises(LatentError, match="leads from one to the other"):
        between(START, START - 50 - START, 5, real=apart, **asked)


def test_step_sizes_are_the_lengths_of_the_way_and_the_changes_of_the_picture():
    walked = grow(START, SIZE, STEPS, decode=disc_decoder(), spacing_mm=SPACING_MM)
    assert walked.hops == pytest.approx([0, 1, 1, 1, 1])
    assert walked.changes[0] == 0
    assert (walked.changes[1:] > 0.001).all()


def test_the_table_says_what_was_asked_and_measured():
    walked = grow(START, SIZE, STEPS, decode=disc_decoder(), spacing_mm=SPACING_MM)
    table = walked.table()
    assert table["asked_mm"].tolist() == walked.asked_mm.tolist()
    assert table["measured_mm"].tolist() == walked.measured_mm.tolist()
    assert len(table) == 5
