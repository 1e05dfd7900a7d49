"""Laws of the planted cause: it decides alone, the decoy decides nothing, and truth lies on it."""

from dataclasses import replace

import numpy as np
import pytest

from core.cohort.phantom import PLANTED, Rules, Scanner, draw_patient, draw_truth, render_node
from core.cohort.phantom.planted import RADIUS_MM, cover_of, spots_of


def nodes(patients=400, seed=3, rules=PLANTED):
    return [node for truth in draw_truth(patients, seed, rules=rules) for node in truth.nodes]


def kinds(node):
    return {spot.kind for spot in spots_of(node)}


def test_the_cause_lies_beside_every_malignant_node_and_beside_no_other():
    assert all(("cause" in kinds(node)) == node.malignant for node in nodes())


def test_the_decoy_lies_beside_half_of_either_kind():
    for malignant in (True, False):
        own = [node for node in nodes() if node.malignant == malignant]
        assert np.mean(["decoy" in kinds(node) for node in own]) == pytest.approx(0.5, abs=0.06)


def test_nothing_else_about_a_node_tells_what_it_is():
    every = nodes()
    for name in ("short_axis_mm", "elongation", "border", "heterogeneity", "signal"):
        bad, good = (
            np.array([getattr(node, name) for node in every if node.malignant == malignant])
            for malignant in (True, False)
        )
        assert abs(bad.mean() - good.mean()) < 0.25 * good.std(), name


def test_without_the_setting_nothing_is_planted_and_nothing_is_drawn_otherwise():
    assert not any(spots_of(node) for node in nodes(20, rules=Rules()))
    truth = draw_truth(6, 1)[0]
    bare = replace(truth, nodes=tuple(replace(node, planted=False) for node in truth.nodes))
    assert bare == truth


def test_the_spots_show_bright_and_dark_where_truth_says():
    truth = next(
        each
        for each in draw_truth(200, 5, rules=PLANTED)
        if any(len(spots_of(node)) == 2 for node in each.nodes)
    )
    node = next(node for node in truth.nodes if len(spots_of(node)) == 2)
    patient = draw_patient(truth)
    shown, _ = render_node(patient, node.label, noise=False)
    bare = draw_patient(
        replace(truth, nodes=tuple(replace(one, planted=False) for one in truth.nodes))
    )
    plain, _ = render_node(bare, node.label, noise=False)
    brighter, darker = (shown - plain) > 100, (shown - plain) < -100
    for kind, found in (("cause", brighter), ("decoy", darker)):
        spot = next(spot for spot in spots_of(node) if spot.kind == kind)
        row, column = np.argwhere(found).mean(0) - 16
        pixel = patient.scanner.pixel_mm
        assert row * pixel == pytest.approx(spot.y_mm, abs=2.5), kind
        assert column * pixel == pytest.approx(spot.x_mm, abs=2.5), kind


def test_a_spot_covers_two_percent_of_a_patch():
    node = next(node for node in nodes(60) if node.malignant)
    patient = draw_patient(draw_truth(60, 3, rules=PLANTED)[0])
    cover = cover_of(spots_of(node)[0], patient.places[0], Scanner())
    assert cover.sum() / 32**2 == pytest.approx(0.02, abs=0.002)
    assert cover.sum() * Scanner().pixel_mm ** 2 == pytest.approx(np.pi * RADIUS_MM**2, rel=0.05)


@pytest.mark.slow
def test_masks_of_a_run_lie_on_bright_and_dark_pixels_and_other_runs_are_refused(
    tiny_run, tmp_path, tiny_settings
):
    from core.cohort.phantom import draw_cohort
    from core.cohort.source import ready_cohort
    from core.errors import RunUnusable
    from core.explain.faithfulness.planted import spots_in
    from core.progress import silent
    from core.training.road import train

    with pytest.raises(RunUnusable, match="no planted cause"):
        spots_in(tiny_run, np.arange(3))
    place = tmp_path / "planted-12-2"
    draw_cohort(place, patients=12, seed=2, rules=PLANTED)
    cohort = tiny_settings.cohort.model_copy(update={"path": str(place)})
    training = tiny_settings.training.model_copy(update={"epochs": 1})
    settings = tiny_settings.model_copy(update={"cohort": cohort, "training": training})
    run = train(
        settings, ready_cohort(cohort, progress=silent), out=tmp_path, name="planted",
        preset="quick", device="cpu", progress=silent, report=lambda sentence: None,
    )  # fmt: skip
    spots = spots_in(run, np.arange(len(run.rows)))
    assert spots.cause.any()
    bright, dark = run.patches[spots.cause].mean(), run.patches[spots.decoy].mean()
    assert bright > run.patches.mean() + 0.2
    assert dark < run.patches.mean() - 0.1
