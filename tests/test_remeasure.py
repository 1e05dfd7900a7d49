import numpy as np
import pytest
import torch

from core.cohort.node import measure_node, measure_signal
from core.networks.moments import Moments
from core.networks.warp import stretch
from core.settings import AugmentSettings
from core.training.augment import Draw, augment, bent
from core.training.remeasure import Light, Scale, remeasured
from tests.test_moments import ellipse

NAMES = ("short_axis_mm", "elongation", "contrast", "heterogeneity", "irregularity")
BENDING = AugmentSettings(
    noise=0, flip=True, log_gamma=0.2, bias=0.15, shift_px=1, zoom=0.2, stretch=0.4, bent_share=1
)


def lesions(count=24, seed=5):
    """Textured ellipses on a brighter ground, and what they measure as they are."""
    rng = np.random.default_rng(seed)
    masks = torch.cat(
        [
            ellipse(24, 24, short, short * rng.uniform(1.2, 1.8), rng.uniform(0, 180))
            for short in rng.uniform(8, 13, count)
        ]
    ).float()
    grain = torch.from_numpy(rng.normal(0, 0.05, masks.shape)).float()
    return (0.65 + 0.02 * grain - (0.25 + grain) * masks).clamp(0, 1), masks


def measured(pictures, masks):
    rows = []
    for picture, mask in zip(pictures[:, 0].numpy(), masks[:, 0].numpy() > 0, strict=True):
        node = measure_node(mask, spacing_mm=(1.0, 1.0))
        uneven, contrast = measure_signal(picture, mask)
        shape = node.short_axis_mm, node.elongation, contrast, uneven, node.irregularity
        rows.append(shape)
    return torch.tensor(rows, dtype=torch.float32)


SCALE = Scale(
    NAMES, torch.tensor([5.0, 1.4, -0.2, 0.05, 0.05]), torch.tensor([2, 0.3, 0.1, 0.02, 0.03])
)


def test_what_augmentation_says_of_a_patch_is_what_a_fresh_measurement_says():
    pictures, masks = lesions()
    z = (measured(pictures, masks) - SCALE.mean) / SCALE.sd
    varied = augment(
        pictures,
        masks,
        z,
        scale=SCALE,
        settings=BENDING,
        generator=torch.Generator().manual_seed(2),
    )
    told = varied.attributes * SCALE.sd + SCALE.mean
    fresh = measured(varied.pictures, varied.masks)
    off = (told - fresh).abs()
    # short axis in px, elongation, contrast, heterogeneity, irregularity
    assert (off.mean(0) < torch.tensor([0.25, 0.06, 0.02, 0.012, 0.02])).all()
    # and it follows the change: saying the old values would be far off
    stale = (measured(pictures, masks) - fresh).abs().mean(0)
    assert (off.mean(0)[:4] < 0.6 * stale[:4]).all()


def test_nothing_changed_is_measured_as_before():
    pictures, masks = lesions(4)
    z = torch.randn(4, 5, generator=torch.Generator().manual_seed(1))
    z[0, 2] = torch.nan
    moments, light = Moments.of(masks), Light.of(pictures, masks)
    same = remeasured(z, SCALE, before=moments, after=moments, old_light=light, new_light=light)
    assert torch.allclose(same, z, atol=1e-5, equal_nan=True)


def test_a_lesion_stretched_along_itself_is_longer_by_that_factor():
    pictures, masks = lesions(6)
    moments, light = Moments.of(masks), Light.of(pictures, masks)
    matrix = stretch(moments.along, size=torch.ones(6), elongation=torch.full((6,), 1.25))
    z = torch.zeros(6, 5)
    new = remeasured(
        z, SCALE, before=moments, after=moments.mapped(matrix), old_light=light, new_light=light
    )
    raw = new * SCALE.sd + SCALE.mean
    assert torch.allclose(raw[:, 1], torch.full((6,), 1.4 * 1.25), atol=1e-4)
    assert torch.allclose(raw[:, 0], torch.full((6,), 5.0), atol=1e-4)


def test_the_core_and_the_ring_read_as_they_do_on_the_cohort():
    pictures, masks = lesions(12)
    light, slow = Light.of(pictures, masks), measured(pictures, masks)
    assert (light.contrast - slow[:, 2]).abs().max() < 0.03
    assert (light.heterogeneity - slow[:, 3]).abs().max() < 0.01


def test_no_lesion_is_bent_out_of_its_patch():
    masks = ellipse(24, 24, 30, 38, 20.0).float().repeat(50, 1, 1, 1)
    wild = BENDING.model_copy(update={"zoom": 1.0, "stretch": 1.0})
    moments = Moments.of(masks)
    draw = Draw(50, torch.device("cpu"), torch.Generator().manual_seed(3))
    _, new, matrix = bent(masks, masks, moments, settings=wild, draw=draw)
    rim = torch.cat([new[:, 0, 0], new[:, 0, -1], new[:, 0, :, 0], new[:, 0, :, -1]], dim=1)
    assert not rim.any()
    assert matrix.shape == (50, 2, 2)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_the_share_that_is_bent_is_the_share_asked_for(share):
    pictures, masks = lesions(8)
    moments = Moments.of(masks)
    draw = Draw(8, torch.device("cpu"), torch.Generator().manual_seed(4))
    settings = BENDING.model_copy(update={"bent_share": share})
    new, _, _ = bent(pictures, masks, moments, settings=settings, draw=draw)
    same = (new == pictures).flatten(1).all(1)
    assert same.float().mean().item() == 1 - share
