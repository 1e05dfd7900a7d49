import pytest
import torch

from core.settings import AugmentSettings
from core.training.augment import add_noise, augment, moved
from core.training.remeasure import Scale

STILL = AugmentSettings(
    noise=0, flip=False, log_gamma=0, bias=0, shift_px=0, turn=False, zoom=0, stretch=0
)
NO_NAMES = Scale((), torch.zeros(0), torch.ones(0))


def varied_by(pictures, masks, *, settings, generator):
    """Pictures and masks of a cohort without attributes."""
    none = torch.zeros(len(pictures), 0)
    new = augment(pictures, masks, none, scale=NO_NAMES, settings=settings, generator=generator)
    return new.pictures, new.masks


def chance(seed=1):
    return torch.Generator().manual_seed(seed)


def patches(count=40):
    pictures = torch.rand(count, 1, 32, 32, generator=chance(9))
    masks = (pictures > 0.8).float()
    return pictures, masks


def test_nothing_asked_for_changes_nothing():
    pictures, masks = patches()
    same, same_masks = varied_by(pictures, masks, settings=STILL, generator=chance())
    assert torch.equal(same, pictures)
    assert torch.equal(same_masks, masks)
    assert torch.equal(add_noise(pictures, noise=0.0, generator=chance()), pictures)


def test_picture_and_mask_move_together():
    pictures, masks = patches()
    moving = STILL.model_copy(update={"flip": True, "shift_px": 4.0})
    new, new_masks = moved(pictures, masks, settings=moving, generator=chance())
    assert torch.equal(new_masks, (new > 0.8).float())
    assert not torch.equal(new, pictures)


def test_moving_invents_no_value():
    pictures, masks = patches()
    moving = STILL.model_copy(update={"flip": True, "shift_px": 6.0})
    new, _ = moved(pictures, masks, settings=moving, generator=chance())
    for before, after in zip(pictures, new, strict=True):
        assert set(after.flatten().tolist()) <= set(before.flatten().tolist())


def test_the_centre_never_jitters_further_than_8_px():
    masks = torch.zeros(500, 1, 32, 32)
    masks[:, :, 16, 16] = 1
    wild = STILL.model_copy(update={"shift_px": 50.0})
    _, new = moved(masks, masks, settings=wild, generator=chance())
    away = (new[:, 0].nonzero()[:, 1:] - 16).abs()
    assert new.sum() >= 500
    assert away.max() == 8


@pytest.mark.parametrize("part", ["log_gamma", "bias"])
def test_gamma_and_field_keep_the_range_and_leave_the_mask_alone(part):
    pictures, masks = patches()
    varied = STILL.model_copy(update={part: 0.5})
    new, new_masks = varied_by(pictures, masks, settings=varied, generator=chance())
    assert new.min() >= 0
    assert new.max() <= 1
    assert (new - pictures).abs().mean() > 0.01
    assert torch.equal(new_masks, masks)


def test_gamma_keeps_the_order_of_grey_values():
    pictures, masks = patches(5)
    bent = STILL.model_copy(update={"log_gamma": 0.3})
    new, _ = varied_by(pictures, masks, settings=bent, generator=chance())
    assert torch.equal(new.flatten(1).argsort(1), pictures.flatten(1).argsort(1))


def test_noise_is_no_stronger_than_asked():
    grey = torch.full((400, 1, 32, 32), 0.5)
    sd = (add_noise(grey, noise=0.05, generator=chance()) - 0.5).flatten(1).std(1)
    assert sd.max() < 0.055
    assert sd.mean() == pytest.approx(0.025, abs=0.004)


def test_the_same_seed_gives_the_same_patches():
    pictures, masks = patches()
    first = varied_by(pictures, masks, settings=AugmentSettings(), generator=chance(3))
    second = varied_by(pictures, masks, settings=AugmentSettings(), generator=chance(3))
    other = varied_by(pictures, masks, settings=AugmentSettings(), generator=chance(4))
    assert torch.equal(first[0], second[0])
    assert not torch.equal(first[0], other[0])
