import pytest
import torch

from core.networks.warp import Disc, SizeDimension, fits, grown


def disc_at(row, column, radius, size_px=48):
    places = torch.arange(size_px, dtype=torch.float32)
    away = torch.hypot(places[:, None] - row, places[None, :] - column)
    mask = (away <= radius).float()[None, None]
    return 0.6 - 0.3 * mask, mask


@pytest.mark.parametrize("factor", [0.6, 1.0, 1.5, 2.0])
def test_a_disc_grows_by_the_factor_and_stays_where_it_is(factor):
    picture, mask = disc_at(23, 25, 7)
    before = Disc.of(mask)
    after = Disc.of(grown(picture, mask, torch.tensor([factor]))[1])
    assert after.radius.item() == pytest.approx(factor * before.radius.item(), rel=0.05)
    assert after.row.item() == pytest.approx(before.row.item(), abs=0.2)
    assert after.column.item() == pytest.approx(before.column.item(), abs=0.2)


def test_a_factor_of_one_changes_nothing():
    picture, mask = disc_at(20, 28, 6)
    picture = picture + 0.05 * torch.rand(picture.shape, generator=torch.Generator().manual_seed(1))
    same, same_mask = grown(picture, mask, torch.ones(1))
    assert torch.allclose(same, picture, atol=1e-5)
    assert torch.equal(same_mask, mask)


def test_beyond_the_nearest_edge_nothing_moves():
    picture = torch.rand(1, 1, 48, 48, generator=torch.Generator().manual_seed(2))
    _, mask = disc_at(24, 24, 6)
    moved, _ = grown(picture, mask, torch.tensor([1.8]))
    places = torch.arange(48.0) - 24
    outside = torch.hypot(places[:, None], places[None, :]) >= 23
    assert torch.allclose(moved[0, 0][outside], picture[0, 0][outside], atol=1e-5)
    assert not torch.allclose(moved[0, 0][~outside], picture[0, 0][~outside], atol=1e-2)


def test_growing_and_shrinking_back_is_near_the_start():
    picture, mask = disc_at(24, 24, 8)
    there, there_mask = grown(picture, mask, torch.tensor([1.5]))
    back, _ = grown(there, there_mask, torch.tensor([1 / 1.5]))
    assert (back - picture).abs().mean() < 0.02


def test_what_does_not_fit_is_told_apart():
    masks = torch.cat([disc_at(24, 24, 8)[1], disc_at(24, 24, 20)[1], torch.zeros(1, 1, 48, 48)])
    assert fits(masks, torch.full((3,), 1.5)).tolist() == [True, False, False]
    assert fits(masks, torch.full((3,), 0.3)).tolist() == [False, False, False]


def test_a_step_of_the_size_dimension_is_a_known_number_of_mm():
    mean_mm, sd_mm = 5.0, 2.0
    size = SizeDimension(dimension=0, mean_sd=mean_mm / sd_mm)
    z = torch.tensor([0.0, 1.0])
    before_mm = mean_mm + sd_mm * z
    after_mm = before_mm * size.factor(z, torch.tensor([1.0, -0.5]))
    assert torch.allclose(after_mm - before_mm, torch.tensor([2.0, -1.0]))
