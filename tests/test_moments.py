import numpy as np
import pytest
import torch

from core.cohort.node import measure_node
from core.networks.moments import Moments, ellipse_complexity


def ellipse(row, column, short, long, turned_deg, size_px=48):
    """A filled ellipse with full axes in pixels, its long axis turned from the column axis."""
    places = torch.arange(size_px, dtype=torch.float64)
    down, across = places[:, None] - row, places[None, :] - column
    angle = torch.deg2rad(torch.tensor(turned_deg, dtype=torch.float64))
    along = across * angle.cos() + down * angle.sin()
    beside = -across * angle.sin() + down * angle.cos()
    return ((2 * along / long) ** 2 + (2 * beside / short) ** 2 <= 1).double()[None, None]


@pytest.mark.parametrize("turned_deg", [0.0, 30.0, 90.0, 140.0])
def test_axes_are_those_that_a_node_is_measured_with(turned_deg):
    mask = ellipse(22, 25, 9, 16, turned_deg)
    node = measure_node(mask[0, 0].numpy() > 0, spacing_mm=(1.0, 1.0))
    short, long = Moments.of(mask).axes
    assert short.item() == pytest.approx(node.short_axis_mm, rel=1e-6)
    assert long.item() == pytest.approx(node.long_axis_mm, rel=1e-6)


def test_the_long_axis_points_where_the_ellipse_does():
    along = Moments.of(ellipse(24, 24, 8, 18, 30.0)).along[0]
    wanted = torch.tensor([np.sin(np.pi / 6), np.cos(np.pi / 6)])
    assert abs((along * wanted).sum()) == pytest.approx(1.0, abs=2e-3)


def test_a_linear_map_multiplies_the_axes():
    moments = Moments.of(ellipse(24, 24, 8, 16, 0.0))
    taller = moments.mapped(torch.diag(torch.tensor([1.5, 1.0]).double())[None])
    assert taller.axes[0].item() == pytest.approx(1.5 * moments.axes[0].item())
    assert taller.axes[1].item() == pytest.approx(moments.axes[1].item())
    assert taller.area.item() == pytest.approx(1.5 * moments.area.item())


def test_an_empty_mask_lies_in_the_middle():
    moments = Moments.of(torch.zeros(1, 1, 32, 32))
    assert moments.centre.tolist() == [[15.5, 15.5]]
    assert moments.edge.item() == 15.5


def test_a_disc_is_the_least_complex_ellipse():
    assert ellipse_complexity(torch.tensor(1.0)).item() == pytest.approx(1.0, abs=1e-6)
    # an ellipse of 2:1 has perimeter 9.6884 for semi-axes 2 and 1 (complete elliptic integral)
    assert ellipse_complexity(torch.tensor(2.0)).item() == pytest.approx(
        9.68845**2 / (4 * np.pi * 2 * np.pi), rel=1e-3
    )
