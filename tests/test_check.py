"""`train.py check`: what was found, what was excluded and why."""

import numpy as np
import pytest

from tests.test_patch import study
from tests.volumes import affine_of, scan, with_nodes


def checked(path, **patch):
    from core.cohort.check import check
    from core.settings import PatchSettings, Settings

    return check(path, Settings(patch=PatchSettings(**patch)))


def test_the_phantom_is_counted_like_its_own_files(tiny_cohort):
    import nibabel as nib

    from core.cohort.cohort import open_cohort
    from core.settings import CohortSettings

    report = checked(tiny_cohort)
    patients = open_cohort(tiny_cohort, CohortSettings()).patients
    positive = sum(p.label for p in patients)
    assert report.labels == (len(patients) - positive, positive)
    assert sum(count for _, count, _ in report.splits) == len(patients)
    nodes = sum(len(np.unique(nib.load(p.mask).dataobj)) - 1 for p in patients)
    lost = sum(1 for _, why in report.excluded if "beyond" in why or "fewer" in why)
    assert report.lesions + lost == nodes
    assert report.resampled == 0
    assert report.grids == (("0.573 x 0.573 x 3.3 mm", len(patients)),)
    assert 3 < report.short_axis_mm.median < 8
    assert report.short_axis_mm.least <= report.long_axis_mm.median <= report.long_axis_mm.most


def test_the_report_names_everything_a_reader_asks(tmp_path, rng):
    values, labels = with_nodes(scan(rng), {3: ((24, 30, 3), 5, 2)})
    pieces = labels.copy()
    pieces[5:9, 5:9, 3] = 3
    path = study(
        tmp_path,
        {
            "a": (values, pieces, affine_of()),
            "b": (values, labels, affine_of((0.573, 0.573, 5.0))),
            "c": (values, labels, affine_of()),
            "d": (values, np.zeros_like(labels), affine_of()),
        },
        split=["train", "train", "test", "test"],
    )
    report = checked(path)
    text = str(report)
    assert report.labels == (2, 1)
    assert report.splits == (("train", 2, 1), ("validation", 0, 0), ("test", 1, 0))
    assert report.resampled == 1
    assert "3 patients, 2 N0, 1 N+; T2w MRI." in text
    assert "2 of 0.573 x 0.573 x 3.3 mm" not in text  # d was scanned too
    assert "3 of 0.573 x 0.573 x 3.3 mm" in text
    assert "in several pieces" in text
    assert "(a 3)" in text
    assert "Excluded: 1.\n  d: the mask is empty" in text
    assert "train has 1 N+ patient, too few to judge by" in text
    assert str(tmp_path) not in text


def test_a_lesion_larger_than_the_patch_is_said(tmp_path, rng):
    values, labels = with_nodes(scan(rng), {1: ((24, 30, 3), 12, 2)})
    path = study(tmp_path, {"a": (values, labels, affine_of())}, split=["train"])
    assert "does not fit the patch (a 14 mm)" in str(checked(path, size_px=16))
    assert "does not fit" not in str(checked(path))


def test_pictures_are_checked_without_sizes(tmp_path, rng):
    images = rng.uniform(0, 1, (9, 28, 28))
    np.savez(tmp_path / "bag.npz", images=images, labels=np.array([0, 1, 0] * 3))
    report = checked(tmp_path / "bag.npz")
    assert report.labels == (6, 3)
    assert report.patches == 9
    assert report.short_axis_mm is None
    assert "without masks" in str(report)


def test_a_broken_study_stops_with_every_patient_named(tmp_path, rng):
    from core.errors import GeometryMismatch, LymphoscapeError, NoNodes

    values, labels = with_nodes(scan(rng), {1: ((24, 30, 3), 5, 2)})
    scans = {name: (values, labels, affine_of()) for name in "abc"}
    path = study(tmp_path, scans, split=["train"] * 3)
    from tests.volumes import write

    for name in "ac":
        write(tmp_path / f"{name}_mask.nii.gz", labels, affine_of(origin=(0, 3, 0)))
    with pytest.raises(GeometryMismatch) as caught:
        checked(path)
    assert [who for who, _ in caught.value.reasons] == ["a", "c"]
    assert isinstance(caught.value, LymphoscapeError)
    empty = {"a": (values, np.zeros_like(labels), affine_of())}
    with pytest.raises(NoNodes):
        checked(study(tmp_path, empty, split=["train"]))
