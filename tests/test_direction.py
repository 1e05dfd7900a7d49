import numpy as np
import pytest

from core.errors import UndefinedDirection
from core.latent.direction import Direction
from core.latent.fitting import fit_direction

ROWS = 600
TRAIN = np.arange(ROWS) < 400
VALIDATION = ~TRAIN


def codes_of(latent=5, *, seed=0, mixing=None):
    codes = np.random.default_rng(seed).normal(size=(ROWS, latent))
    return (codes if mixing is None else codes @ mixing).astype(np.float32)


def fit(codes, values, **asked):
    known = {"name": "short_axis_mm", "train": TRAIN, "validation": VALIDATION, "held": {}}
    return fit_direction(codes, np.asarray(values, float), **(known | asked))


@pytest.mark.parametrize("way", ["dimension", "orthogonalised", "difference"])
def test_where_the_attribute_is_one_coordinate_the_direction_is_that_axis(way):
    codes = codes_of()
    found = fit(codes, 5 + 2 * codes[:, 3], way=way, dimension=3)
    assert abs(found.vector[3]) > 0.99
    assert found.scale == pytest.approx(2, rel=0.02)
    assert found.unit == "mm"
    assert found.r2 > 0.97


def test_where_the_label_is_one_coordinate_the_direction_is_that_axis():
    codes = codes_of()
    found = fit(codes, codes[:, 1] > 0, name="label")
    assert found.vector[1] > 0.97
    assert found.unit == "sd"
    assert found.scale == pytest.approx(1 / codes[TRAIN, 1].std(), rel=0.1)


@pytest.mark.parametrize("way", ["orthogonalised", "difference"])
def test_one_step_raises_the_attribute_by_one_unit_even_in_correlated_codes(way):
    mixing = np.random.default_rng(3).normal(size=(5, 5))
    hidden = codes_of(seed=4)
    codes = (hidden @ mixing).astype(np.float32)
    found = fit(codes, 7 + 3 * hidden[:, 0], way=way)
    gained = (found.move @ np.linalg.inv(mixing))[0] * 3
    assert gained == pytest.approx(1, abs=0.05)


def test_orthogonalised_leaves_a_correlated_attribute_where_it_is_and_the_difference_does_not():
    mixing = np.random.default_rng(5).normal(size=(5, 5))
    hidden = codes_of(seed=6)
    hidden[:, 1] += 0.7 * hidden[:, 0]
    codes = (hidden @ mixing).astype(np.float32)
    size, other = hidden[:, 0], hidden[:, 1]
    away = {}
    for way in ("orthogonalised", "difference"):
        found = fit(codes, size, way=way, held={"elongation": other})
        away[way] = abs((found.move @ np.linalg.inv(mixing))[1])
    assert away["orthogonalised"] < 0.03
    assert away["difference"] > 0.5


def test_the_ridge_weights_themselves_are_never_the_direction():
    # dimension 1 carries noise that the weights subtract; moving must not go there
    random = np.random.default_rng(8)
    size, noise = random.normal(size=(2, ROWS))
    codes = np.stack([size + 3 * noise, noise], 1).astype(np.float32)
    found = fit(codes, size, way="orthogonalised")
    assert abs(found.vector[1]) < 0.1
    assert found.vector[0] > 0.99


def test_validation_patients_choose_the_way_and_training_patients_alone_fit_it():
    codes = codes_of()
    values = 5 + codes[:, 0]
    misled = values.copy()
    misled[VALIDATION] = 5 + codes[VALIDATION, 2]
    assert fit(codes, values, dimension=0).way == "dimension"
    way = "difference"
    assert np.array_equal(fit(codes, values, way=way).move, fit(codes, misled, way=way).move)
    # a dimension that carries nothing loses to the ways that look
    assert fit(codes, values, dimension=4).way != "dimension"


def test_a_direction_reads_the_attribute_back():
    codes = codes_of()
    values = 5 + 2 * codes[:, 3]
    found = fit(codes, values, dimension=3, way="dimension")
    assert np.allclose(found.read(codes), values, atol=0.01)
    assert found.low < 2 < 8 < found.high


def direction(*move, unit="mm", name="a"):
    return Direction(name, np.array(move, np.float32), unit, f"More {name}.", "dimension")


def test_a_direction_plus_its_negative_is_nothing():
    nothing = direction(1, 2) + -direction(1, 2)
    assert nothing.is_nothing
    assert not nothing.vector.any()
    assert np.isinf(nothing.scale)
    assert not nothing.step(5).any()


def test_directions_add_scale_and_turn_like_arrows():
    a, b = direction(1, 0), direction(0, 2, name="b")
    assert np.allclose((a + b).move, [1, 2])
    assert np.allclose((a - b).move, [1, -2])
    assert np.allclose((3 * a).move, [3, 0])
    assert np.allclose((-2 * a).move, [-2, 0])
    turned = -a
    assert (-turned).name == a.name
    assert (-turned).description == a.description
    assert a.vector @ a.vector == pytest.approx(1)


def test_arithmetic_says_what_it_did_and_keeps_honest_units():
    a, b = direction(1, 0), direction(0, 2, name="b", unit="")
    assert (a + direction(0, 1, name="c")).unit == "mm"
    assert (a + b).unit == "steps"
    assert (2 * a).unit == "2 mm"
    assert (a + b).name == "a + b"
    assert (-a).name == "−a"
    assert "More a" in (a + b).description
    assert "More b" in (a + b).description


def test_walking_zero_units_stays_at_the_start_bit_for_bit():
    start = np.array([0.1, 0.7], np.float32)
    walked = direction(1, 3).walk(start, np.array([0.0, 2.0]))
    assert np.array_equal(walked[0], start)
    assert np.allclose(walked[1], [2.1, 6.7])


@pytest.mark.parametrize(
    "values", [np.ones(ROWS), np.full(ROWS, np.nan), np.where(np.arange(ROWS) < 2, 1.0, np.nan)]
)
def test_an_attribute_that_does_not_vary_in_training_has_no_direction(values):
    with pytest.raises(UndefinedDirection, match="short_axis_mm"):
        fit(codes_of(), values)


def test_unknown_values_are_left_out_and_not_taken_for_numbers():
    codes = codes_of()
    values = 5 + 2 * codes[:, 3]
    values[::3] = np.nan
    assert fit(codes, values).vector[3] > 0.95
