"""What is said of groups: whether there are any, which come back, and what the cut itself made."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.latent.clusters import find_clusters
from core.latent.evidence import Study, Support
from dashboard.figures import groups


@pytest.fixture(scope="module")
def clusters():
    """Two groups of 30 and 70 of 100 training patches, in one of four dimensions."""
    random = np.random.default_rng(1)
    codes = random.normal(size=(100, 4)).astype(np.float32)
    codes[30:, 0] += 20
    rows = pd.DataFrame(
        {"patient_id": [f"p{i // 2}" for i in range(100)], "label": 0, "split": "train"}
    )
    return find_clusters(
        codes, rows, 2, train=np.ones(100, bool), seed=0, dims=2, attributes=()
    )  # fmt: skip


def support(k=2, *, jaccard=(0.9, 0.8), sizes=(30, 70), ari=0.9, silhouette=0.5):
    return Support(
        k=k, silhouette=silhouette, nulls=(0.2, 0.3), gap=0.1, gap_error=0.01, ari=ari,
        ari_low=ari, ari_high=ari, jaccard=jaccard, sizes=sizes, left_out=0, explained=(),
        ami_label=None, ami_t_stage=None,
    )  # fmt: skip


def study(*found, rows=100, method="kmeans"):
    return Study(method, 2, "the 2 named dimensions", rows, 1, found)


def test_the_verdict_names_the_supported_number_or_refuses_every_one(tiny_run):
    said = groups.verdict(study(support()), tiny_run)
    assert said.startswith("**Two groups are supported**")
    assert "silhouette 0.50 against 0.25" in said
    refused = groups.verdict(study(support(ari=0.4)), tiny_run)
    assert refused.startswith("**No number of groups is supported**")
    assert "kinds of lymph node" in refused
    alone = groups.verdict(study(support(1, jaccard=(), sizes=(100,)), method="hdbscan"), tiny_run)
    assert "no separate dense regions" in alone
    dense = groups.verdict(study(support(), method="hdbscan"), tiny_run)
    assert "finds two dense regions" in dense
    torn = groups.verdict(study(support(jaccard=(0.9, 0.5)), method="hdbscan"), tiny_run)
    assert "1 of 2 groups do not come back" in torn


def test_a_headline_claims_no_groups_that_were_refused(clusters):
    assert groups.title(None, clusters) == "Two groups of alike pictures"
    assert groups.title(study(support()), clusters) == "Two groups of alike pictures"
    assert groups.title(study(support(ari=0.4)), clusters) == "Two groups, cut for convenience"


def test_a_figure_just_below_what_is_wanted_does_not_read_as_reaching_it():
    assert "agreement 0.797, wanted 0.80" in groups.trouble(support(ari=0.797))


def test_a_group_comes_back_as_often_as_its_own_number_says(clusters):
    found = study(support(jaccard=(0.9, 0.6)))
    assert groups.came_back(found, clusters, 0) == 0.9
    assert groups.came_back(found, clusters, 1) == 0.6
    assert groups.came_back(None, clusters, 0) is None
    assert groups.came_back(study(support(3)), clusters, 0) is None  # another K was looked at
    assert "takes no name" in groups.came_back_line(0.6)
    assert "takes no name" not in groups.came_back_line(0.9)


def test_a_sample_s_groups_stand_for_all_only_where_they_are_as_large(clusters):
    same = study(support(jaccard=(0.9, 0.6), sizes=(6, 14)), rows=20)
    other = study(support(jaccard=(0.9, 0.6), sizes=(14, 6)), rows=20)
    assert groups.came_back(same, clusters, 0) == 0.9
    assert groups.came_back(other, clusters, 0) == 0.6  # they may be others: the least of all
    assert "in 20 of the 100 patches" in groups.sampled(same, clusters)
    assert groups.sampled(study(support()), clusters) == ""


def test_differences_that_the_cut_made_are_told_from_others(clusters):
    carried = ("short_axis_mm", "contrast")
    assert "were cut along dimensions that carry" in groups.cut_by(clusters, carried)
    assert "no finding of its own" in groups.cut_by(replace(clusters, dims=4), carried)
    assert groups.cut_by(clusters, ()) == ""


def lab(colour):
    """CIELAB of "#RRGGBB" under D65, in which 10 is plainly another colour."""
    rgb = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    to_xyz = [[0.4125, 0.3576, 0.1804], [0.2127, 0.7152, 0.0722], [0.0193, 0.1192, 0.9503]]
    x, y, z = np.cbrt(np.array(to_xyz) @ linear / [0.9505, 1, 1.0888])
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def test_twenty_groups_have_colours_of_their_own_and_none_is_that_of_no_group():
    from dashboard import cartography
    from dashboard.figures import theme

    assert len(theme.CLUSTERS) == cartography.MOST_CLUSTERS
    taken = (theme.NEUTRAL, theme.POSITIVE, theme.NEGATIVE)  # no group, and the two labels
    hues = np.array([lab(colour) for colour in (*theme.CLUSTERS, *taken)])
    apart = np.linalg.norm(hues[:, None] - hues[None], axis=2) + 1e3 * np.eye(len(hues))
    assert apart.min() > 15
