from dataclasses import replace

import numpy as np
import pytest

from core.growth.counterfactual import minimal_flip, nearest_of_other_call
from core.growth.delivery import Lesion
from core.latent.direction import Direction
from core.latent.shell import Shell

SPACING_MM = (0.5, 0.5)
Y, X = np.meshgrid(np.arange(32.0) - 16, np.arange(32.0) - 16, indexing="ij")
SPREAD = {"elongation": 0.2, "contrast": 0.05, "texture": 0.02, "border": 0.03}
SIZE = Direction("short_axis_mm", np.array([1, 0, 0, 0], np.float32), "mm", "Larger.", "dimension")
LEVEL = Direction("contrast", np.array([0, 1, 0, 0], np.float32), "", "Brighter.", "dimension")


def decode(codes):
    """A disc of 6 mm plus the first coordinate; the second brightens it, the rest is not drawn."""
    away = np.hypot(Y, X)[None] * 0.5 - (6 + codes[:, 0])[:, None, None] / 2
    level = 0.5 - 0.05 * codes[:, 1][:, None, None]
    return (0.8 - level / (1 + np.exp(np.clip(away / 0.12, -50, 50)))).astype(np.float32)


def encode(pictures):
    """Its inverse: area gives the size, the middle the level."""
    level = 0.8 - pictures[:, 15:18, 15:18].mean((1, 2))
    area = ((0.8 - pictures) / level[:, None, None]).sum((1, 2)) * 0.25
    size = 2 * np.sqrt(area / np.pi) - 6
    codes = np.zeros((len(pictures), 4), np.float32)
    codes[:, 0], codes[:, 1] = size, (0.5 - level) / 0.05
    return codes


def score_of(*weights, bias=-2.0):
    def score(codes):
        return 1 / (1 + np.exp(-(codes @ np.array(weights) + bias)))

    return score


def flip(score, *, code=(0, 0, 0, 0), within=4.0, covariance=None, named=(SIZE, LEVEL)):
    start = np.array(code, np.float32)
    lesion = Lesion.of(start, decode, original=None, spacing_mm=SPACING_MM)
    return minimal_flip(
        lesion, named=named, covariance=np.eye(4) if covariance is None else covariance,
        score=score, threshold=0.5, encode=encode,
        seen=Shell(np.zeros(4), np.eye(4) / within**2),
    )  # fmt: skip


def test_where_only_size_counts_the_flip_is_the_missing_millimetres_in_words():
    found = flip(score_of(1, 0, 0, 0))
    assert found.found
    assert found.named
    assert found.code[0] == pytest.approx(2.0, abs=0.35)
    assert found.code[1] == pytest.approx(0, abs=0.05)
    assert found.words(SPREAD).startswith(("2.", "1.9"))
    assert "mm larger" in found.words(SPREAD)
    assert found.score_before < 0.5 <= found.score_after


def test_a_called_lesion_is_turned_downwards():
    found = flip(score_of(1, 0, 0, 0, bias=1.0))
    assert found.found
    assert "smaller" in found.words(SPREAD)
    assert found.score_after < 0.5 <= found.score_before


def test_what_varies_more_is_cheaper_to_change():
    covariance = np.diag([0.01, 4.0, 1, 1])
    found = flip(score_of(1, 1, 0, 0), covariance=covariance)
    assert abs(found.code[1]) > 5 * abs(found.code[0])
    assert "brighter against its surroundings" in found.words(SPREAD)


def test_a_flip_beyond_what_training_showed_is_not_found():
    found = flip(score_of(1, 0, 0, 0), within=1.0)
    assert not found.found
    assert found.typicality <= 1 + 1e-6


def test_a_flip_that_is_not_drawn_does_not_survive_being_encoded_again():
    found = flip(score_of(0, 0, 3, 0))
    assert not found.found


def test_the_change_of_a_disc_lies_inside_it():
    found = flip(score_of(1, 0, 0, 0))
    mask = np.hypot(Y, X) * 0.5 <= 3
    assert found.inside(decode(np.zeros((1, 4), np.float32))[0], mask) > 0.9


def test_the_nearest_of_the_other_call_is_called_and_labelled_otherwise():
    codes = np.array([[0, 0], [1, 0], [2, 0], [3, 0]], np.float32)
    scores, labels = np.array([0.9, 0.2, 0.8, 0.9]), np.array([0, 1, 1, 1])
    asked = {"called": False, "threshold": 0.5}
    assert nearest_of_other_call(codes, scores, labels, codes[0], **asked) == 2
    nobody = np.zeros(4)
    assert nearest_of_other_call(codes, nobody, labels, codes[0], **asked) is None


def test_the_smallest_stretch_turns_the_call_and_one_a_fiftieth_shorter_does_not():
    score = score_of(1, 0, 0, 0)
    found = flip(score)
    shorter = encode(decode(0.98 * found.code[None]))
    assert found.found
    assert score(shorter)[0] < 0.5


def test_a_lesion_that_cannot_be_ruled_is_said_by_its_outline():
    found = replace(flip(score_of(1, 0, 0, 0)), before=None, by_outline_mm=(-1.3, 8.0))
    assert found.words(SPREAD).startswith("1.3 mm smaller by the code")


def test_where_the_ruler_reads_nothing_a_change_is_said_by_what_the_code_holds():
    from core.growth.change_words import change_in_words

    held = (
        ("short_axis_mm", 1.9, 2.0), ("elongation", -0.4, 0.5), ("contrast", 0.01, 1.0),
        ("irregularity", 0.2, 0.1), ("label", 3.0, 1.0),
    )  # fmt: skip
    said = change_in_words(None, None, {}, by_code=held)
    assert said == (
        "1.9 mm larger, rounder, border more irregular, by the code alone; "
        "the ruler cannot read this picture"
    )
    assert change_in_words(None, None, {}) == "changed in a way that the ruler cannot read"
    small = (("short_axis_mm", 0.05, 2.0), ("elongation", 0.01, 0.5))
    assert change_in_words(None, None, {}, by_code=small).endswith("cannot read")


def test_a_patients_call_is_asked_with_the_changed_picture_in_its_place(tiny_run):
    from dataclasses import replace

    from core.growth.patient_turned import patient_turns
    from core.model import Model
    from core.training.answers import predict_rows

    model = Model.open(tiny_run)
    row = int(np.flatnonzero(tiny_run.rows["key_slice"].to_numpy(bool))[0])
    own = np.flatnonzero(tiny_run.rows["patient_id"] == tiny_run.rows["patient_id"].iloc[row])
    before = predict_rows(model, tiny_run.rows.iloc[own], np.array(tiny_run.codes[own]))
    assert not patient_turns(tiny_run, model)(row, tiny_run.patches[row]), "the scan itself"
    mirrored = np.ascontiguousarray(tiny_run.patches[row][:, ::-1]) ** 2
    codes = np.array(tiny_run.codes[own])
    beside = model.beside(tiny_run.rows.iloc[own], codes)
    codes[own == row] = model.encode(mirrored[None])[0]
    first = tiny_run.rows.iloc[own]
    from core.training.answers import clinical_of

    after = model.predict(
        codes, nodes=first["node"].to_numpy(), features=beside, clinical=clinical_of(first)
    )
    between = (before.probability + after.probability) / 2
    moved = replace(model, kit=replace(model.kit, threshold=between))
    assert patient_turns(tiny_run, moved)(row, mirrored) is True
