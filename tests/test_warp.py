import pytest
import torch

from core.networks.moments import Moments
from core.networks.warp import Dimension, fits, relit, reshaped, stretch
from tests.test_moments import ellipse


def picture_of(mask):
    return 0.6 - 0.3 * mask


def changed(mask, *, size=1.0, elongation=1.0, picture=None):
    moments = Moments.of(mask)
    matrix = stretch(
        moments.along, size=torch.tensor([size]), elongation=torch.tensor([elongation])
    )
    picture = picture_of(mask) if picture is None else picture
    return reshaped(picture, mask, moments, matrix)


def node(short=12.0, long=18.0, turned_deg=30.0, row=23.0, column=25.0):
    return ellipse(row, column, short, long, turned_deg).float()


@pytest.mark.parametrize("factor", [0.6, 1.0, 1.4])
def test_a_lesion_grows_by_the_factor_keeps_its_shape_and_stays_where_it_is(factor):
    mask = node()
    before, after = Moments.of(mask), Moments.of(changed(mask, size=factor)[1])
    for old, new in zip(before.axes, after.axes, strict=True):
        assert new.item() == pytest.approx(factor * old.item(), rel=0.04)
    assert torch.allclose(after.centre, before.centre, atol=0.2)


@pytest.mark.parametrize("factor", [0.8, 1.3])
def test_a_lesion_is_made_longer_and_keeps_its_short_axis(factor):
    mask = node()
    before, after = Moments.of(mask).axes, Moments.of(changed(mask, elongation=factor)[1]).axes
    assert after[0].item() == pytest.approx(before[0].item(), rel=0.04)
    assert after[1].item() == pytest.approx(factor * before[1].item(), rel=0.04)


def test_no_change_asked_for_changes_nothing():
    mask = node()
    noise = torch.rand(mask.shape, generator=torch.Generator().manual_seed(1))
    picture = picture_of(mask) + 0.05 * noise
    same, same_mask = changed(mask, picture=picture)
    assert torch.allclose(same, picture, atol=1e-4)
    assert torch.equal(same_mask, mask)


def test_beyond_the_nearest_edge_nothing_moves():
    picture = torch.rand(1, 1, 48, 48, generator=torch.Generator().manual_seed(2))
    moved, _ = changed(node(row=24, column=24), size=1.4, picture=picture)
    places = torch.arange(48.0) - 24
    outside = torch.hypot(places[:, None], places[None, :]) >= 23.5
    assert torch.allclose(moved[0, 0][outside], picture[0, 0][outside], atol=1e-4)
    assert not torch.allclose(moved[0, 0][~outside], picture[0, 0][~outside], atol=1e-2)


def test_growing_and_shrinking_back_is_near_the_start():
    mask = node(row=24, column=24)
    there, there_mask = changed(mask, size=1.4)
    back, _ = changed(there_mask, size=1 / 1.4, picture=there)
    assert (back - picture_of(mask)).abs().mean() < 0.02


def test_what_does_not_fit_is_told_apart():
    masks = torch.cat([node(), node(30, 40, 0.0), torch.zeros(1, 1, 48, 48)])
    moments = Moments.of(masks)
    larger = stretch(moments.along, size=torch.full((3,), 1.3), elongation=torch.ones(3))
    crushed = stretch(moments.along, size=torch.full((3,), 0.3), elongation=torch.ones(3))
    assert fits(moments, larger).tolist() == [True, False, False]
    assert fits(moments, crushed).tolist() == [False, False, False]


def test_a_step_of_the_size_dimension_is_a_known_number_of_mm():
    size = Dimension(place=0, mean=5.0, sd=2.0)
    z = torch.tensor([0.0, 1.0])
    before_mm = 5.0 + 2.0 * z
    after_mm = before_mm * size.factor(z, torch.tensor([1.0, -0.5]))
    assert torch.allclose(after_mm - before_mm, torch.tensor([2.0, -1.0]))


def test_another_light_stays_inside_the_lesion():
    mask = node()
    grain = torch.rand(mask.shape, generator=torch.Generator().manual_seed(3))
    picture = picture_of(mask) + 0.1 * grain
    lit = relit(picture, mask, brighter=torch.tensor([0.1]), uneven=torch.tensor([2.0]))
    inside = (-torch.nn.functional.max_pool2d(-mask, 3, 1, 1))[0, 0] > 0
    assert torch.equal(lit[mask == 0], picture[mask == 0])
    assert (lit - picture)[0, 0][inside].mean().item() == pytest.approx(0.1, abs=0.01)
    spread = lit[0, 0][inside].std() / picture[0, 0][inside].std()
    assert spread.item() == pytest.approx(2.0, rel=0.05)
