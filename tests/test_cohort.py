"""Studies on disk: BIDS folders, tables and npz files, whole and malformed."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.volumes import affine_of, scan, with_nodes, write


def opened(path, **settings):
    from core.cohort.cohort import open_cohort
    from core.settings import CohortSettings

    return open_cohort(Path(path), CohortSettings(**settings))


def table(tmp_path, text, name="study.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


HEADER = "patient_id,image,mask,label"


@pytest.fixture
def bids(tmp_path, rng):
    """Two patients as BIDS; the second has no mask."""
    folder = tmp_path / "study"
    folder.mkdir()
    (folder / "dataset_description.json").write_text(
        json.dumps({"Name": "Two", "Lymphoscape": {"Lesion": "lesion", "Outcome": "relapse"}})
    )
    (folder / "participants.tsv").write_text(
        "participant_id\tage\tsex\tt_stage\tn_stage\tname\n"
        "sub-01\t61.5\tM\tT3\tN1b\tJane Doe\n"
        "sub-02\tn/a\tF\tn/a\t0\tJohn Roe\n"
    )
    (folder / "participants.json").write_text(
        json.dumps({"t_stage": {"Description": "pathological T after surgery"}})
    )
    values, labels = with_nodes(scan(rng), {1: ((24, 30, 3), 5, 2)})
    write(folder / "sub-01/anat/sub-01_T2w.nii.gz", values, affine_of())
    write(folder / "sub-02/ses-1/anat/sub-02_ses-1_T2w.nii.gz", values, affine_of())
    mask = "derivatives/nodes/sub-01/anat/sub-01_desc-nodes_dseg.nii.gz"
    write(folder / mask, labels, affine_of())
    return folder


def test_a_bids_study_is_read_with_its_own_words(bids):
    cohort = opened(bids)
    first, second = cohort.patients
    assert (first.patient_id, first.label, first.n_stage, first.t_stage) == ("sub-01", 1, 1, 3)
    assert (first.age, first.sex, second.age, second.sex) == (61.5, "M", None, "F")
    assert first.image.name == "sub-01_T2w.nii.gz"
    assert first.mask.name == "sub-01_desc-nodes_dseg.nii.gz"
    assert second.image.name == "sub-02_ses-1_T2w.nii.gz"
    assert second.mask is None
    assert (cohort.name, cohort.t_stage_is, cohort.synthetic) == ("Two", "pathological", False)
    words = cohort.words
    assert (words.lesion, words.outcome, words.no_outcome) == ("lesion", "relapse", "no relapse")
    assert words.modality == "T2w MRI"


def test_settings_have_the_last_word(bids):
    words = opened(bids, outcome="metastasis", modality="CT").words
    assert (words.lesion, words.outcome, words.modality) == ("lesion", "metastasis", "CT")
    assert words.no_outcome == "no metastasis"


@pytest.mark.parametrize(
    ("outcome", "opposite"),
    [("", "no relapse"), ("N+", "N0"), ("malignant", "benign"), ("death", "no death")],
)
def test_who_has_not_the_outcome_is_called_its_opposite(bids, outcome, opposite):
    assert opened(bids, outcome=outcome).words.no_outcome == opposite


def test_the_phantom_is_a_bids_study_and_says_that_it_is_synthetic(tiny_cohort):
    cohort = opened(tiny_cohort)
    assert cohort.synthetic
    assert len(cohort.patients) == 16
    assert all(p.image.is_file() and p.mask.is_file() for p in cohort.patients)
    assert {p.label for p in cohort.patients} == {0, 1}


def test_extra_columns_are_never_kept(bids):
    assert "Doe" not in repr(opened(bids))


def test_a_table_may_use_relative_and_absolute_paths(tmp_path):
    path = table(
        tmp_path,
        f"{HEADER},t_stage,age,sex\na,scans/a.nii.gz,,0,2,70,f\nb,{tmp_path}/b.nii,m.nii,1,,,\n",
    )
    one, two = opened(path).patients
    assert one.image == tmp_path / "scans/a.nii.gz"
    assert one.mask is None
    assert (one.t_stage, one.age, one.sex) == (2, 70.0, "F")
    assert two.image == tmp_path / "b.nii"
    assert (two.label, two.t_stage, two.age, two.sex) == (1, None, None, None)


@pytest.mark.parametrize(("name", "mark"), [("a.tsv", "\t"), ("a.csv", ","), ("a.csv", ";")])
def test_tabs_commas_and_semicolons_part_columns(tmp_path, name, mark):
    text = "\ufeff" + f"{HEADER}\r\np-1,i.nii,m.nii,1\r\n\r\n".replace(",", mark)
    (patient,) = opened(table(tmp_path, text, name)).patients
    assert patient.patient_id == "p-1"


def test_excluded_patients_are_gone_and_named(tmp_path):
    path = table(tmp_path, f"{HEADER}\na,i,m,1\nb,j,m,not known\n")
    cohort = opened(path, exclude=("b",))
    assert [p.patient_id for p in cohort.patients] == ["a"]
    assert cohort.left_out == (("b", "left out by the settings"),)


MALFORMED = {
    "no mask column": ("patient_id,image,label\na,i,1\n", "no column mask"),
    "no outcome": ("patient_id,image,mask\na,i,m\n", "no column label or n_stage"),
    "no known column": ("x,y\n1,2\n", "no known column"),
    "empty": ("", "no known column"),
    "header alone": (f"{HEADER}\n", "no rows"),
    "twins": (f"{HEADER}\na,i,m,1\na,j,m,0\n", "patient_id a more than once"),
    "twin columns": (f"{HEADER},label\na,i,m,1,0\n", "column label more than once"),
    "label 2": (f"{HEADER}\na,i,m,2\n", "label '2' for a"),
    "label word": (f"{HEADER}\na,i,m,yes\n", "label 'yes' for a"),
    "label missing": (f"{HEADER}\na,i,m,n/a\nb,j,m,1\nc,k,m,\n", "n_stage for a, c; wanted an"),
    "n stage 3": ("patient_id,image,mask,n_stage\na,i,m,3\n", "0 to 2"),
    "n stage negative": ("patient_id,image,mask,n_stage\na,i,m,-1\n", "n_stage '-1'"),
    "t stage 7": (f"{HEADER},t_stage\na,i,m,1,7\n", "1 to 4"),
    "label against stage": (f"{HEADER},n_stage\na,i,m,0,2\n", "agrees with n_stage 2"),
    "shared volume": (f"{HEADER}\na,i,m,1\nb,i,n,0\n", "the volume i for a and for b"),
    "age word": (f"{HEADER},age\na,i,m,1,old\n", "age 'old' for a"),
    "age infinite": (f"{HEADER},age\na,i,m,1,inf\n", "age 'inf' for a"),
    "age 300": (f"{HEADER},age\na,i,m,1,300\n", "0 to 130"),
    "sex": (f"{HEADER},sex\na,i,m,1,7\n", "M, F or n/a"),
    "split": (f"{HEADER},split\na,i,m,1,dev\n", "train, validation or test"),
    "no id": (f"{HEADER}\n ,i,m,1\n", "patient_id ''"),
    "long id": (f"{HEADER}\n{'x' * 500},i,m,1\n", "1 to 64 printable"),
    "control id": (f"{HEADER}\na\x07b,i,m,1\n", "printable"),
    "short row": (f"{HEADER}\na,i\n", "2 cells in line 2"),
    "long row": (f"{HEADER}\na,i,m,1,2\n", "5 cells in line 2"),
    "quote": (f'{HEADER}\n"a,i,m,1\n', "Error while reading"),
    "url": (f"{HEADER}\na,http://x/y.nii,m,1\n", "absolute or relative"),
    "giant cell": (f"{HEADER}\na,{'x' * 5000},m,1\n", "4096 characters"),
    "giant field": (f"{HEADER}\na,{'x' * 200_000},m,1\n", "Error while reading"),
}


@pytest.mark.parametrize("kind", MALFORMED)
def test_a_malformed_table_is_named_in_one_line(tmp_path, kind):
    from core.errors import UnreadableTable

    text, says = MALFORMED[kind]
    with pytest.raises(UnreadableTable) as caught:
        opened(table(tmp_path, text))
    message = str(caught.value)
    assert says in message
    assert message.startswith("study.csv: found ")
    assert "\n" not in message
    assert len(message) < 400
    assert str(tmp_path) not in message


def test_bytes_that_are_no_text_are_refused(tmp_path):
    from core.errors import UnreadableTable

    (tmp_path / "a.csv").write_bytes(b"\xff\xfe\x00\x01" * 50)
    with pytest.raises(UnreadableTable, match="UnicodeDecodeError"):
        opened(tmp_path / "a.csv")
    (tmp_path / "b.csv").write_bytes(b"patient_id,image,mask,label\n" + b"x" * (17 << 20))
    with pytest.raises(UnreadableTable, match="at most"):
        opened(tmp_path / "b.csv")


BROKEN_BIDS = {
    "no participants": ("participants.tsv", None, "participants.tsv was not found"),
    "no stage": ("participants.tsv", "participant_id\tage\nsub-01\t5\n", "n_stage"),
    "no ids": ("participants.tsv", "age\tn_stage\n5\t1\n", "participant_id"),
    "climbing id": ("participants.tsv", "participant_id\tn_stage\nsub-../x\t1\n", "letters"),
    "bare id": ("participants.tsv", "participant_id\tn_stage\n01\t1\n", "sub- and letters"),
    "twins": ("participants.tsv", "participant_id\tn_stage\nsub-1\t1\nsub-1\t0\n", "more than"),
    "broken json": ("dataset_description.json", "{", "JSONDecodeError"),
    "json list": ("dataset_description.json", "[1]", "found list"),
    "deep json": ("participants.json", "[" * 100_000, "while reading"),
}


@pytest.mark.parametrize("kind", BROKEN_BIDS)
def test_a_malformed_bids_study_is_named_in_one_line(bids, kind):
    from core.errors import CohortError

    name, text, says = BROKEN_BIDS[kind]
    (bids / name).unlink()
    if text is not None:
        (bids / name).write_text(text)
    with pytest.raises(CohortError) as caught:
        opened(bids)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert str(bids.parent) not in str(caught.value)


def test_what_is_not_there_or_of_another_kind_is_said(tmp_path):
    from core.errors import CohortError, MissingFile, SettingsError

    with pytest.raises(MissingFile, match="was not found"):
        opened(tmp_path / "nothing")
    (tmp_path / "a.xlsx").write_bytes(b"x")
    with pytest.raises(CohortError, match=r"'\.xlsx'"):
        opened(tmp_path / "a.xlsx")
    path = table(tmp_path, f"{HEADER}\na,i,m,1\n")
    with pytest.raises(SettingsError, match="'z'"):
        opened(path, exclude=("z",))
    with pytest.raises(CohortError, match="no patients"):
        opened(path, exclude=("a",))


def pictures(tmp_path, **arrays):
    np.savez(tmp_path / "bag.npz", **arrays)
    return tmp_path / "bag.npz"


def test_an_npz_makes_every_picture_a_patient(tmp_path, rng):
    images = rng.integers(0, 255, (6, 28, 28)).astype(np.uint8)
    split = np.array(["train"] * 4 + ["val", "test"])
    path = pictures(tmp_path, images=images, labels=np.array([0, 1] * 3), split=split)
    cohort = opened(path)
    assert [p.patient_id for p in cohort.patients][::5] == ["case-0001", "case-0006"]
    assert [p.label for p in cohort.patients] == [0, 1] * 3
    assert [p.split for p in cohort.patients][3:] == ["train", "validation", "test"]
    assert not cohort.has_masks


def test_pictures_come_to_one_scale_fitted_on_training_pictures(tmp_path, rng):
    from core.cohort.patch import cut_patches
    from core.cohort.split import split_patients
    from core.settings import PatchSettings, SplitSettings

    images = rng.uniform(-5, 5, (6, 20, 28))
    images[0], images[-1] = 0.0, 100.0
    split = np.array([0, 0, 0, 1, 2, 2])
    path = pictures(tmp_path, images=images, labels=np.array([0, 1] * 3), split=split)
    cohort = opened(path)
    splits = split_patients(cohort, SplitSettings(), seed=1)
    found = cut_patches(cohort, splits, settings=PatchSettings())
    assert found.patches.shape == (6, 32, 32)
    assert found.patches[0] == pytest.approx(0.5, abs=0.02)
    assert (found.patches[-1] == 1).all()
    assert 0.3 < found.patches[1:5].mean() < 0.7
    assert not found.masks.any()
    assert found.rows["short_axis_mm"].isna().all()
    assert found.rows["key_slice"].all()
    assert found.rows["split"].tolist() == ["train"] * 3 + ["validation"] + ["test"] * 2
    assert found.slices == ()


def test_pictures_of_the_right_size_are_only_scaled(tmp_path, rng):
    from core.cohort.patch import cut_patches
    from core.settings import PatchSettings

    images = rng.integers(0, 256, (5, 32, 32)).astype(np.uint8)
    cohort = opened(pictures(tmp_path, images=images, labels=np.array([0, 1, 0, 1, 1])))
    splits = dict.fromkeys([p.patient_id for p in cohort.patients], "train")
    found = cut_patches(cohort, splits, settings=PatchSettings()).patches
    assert np.corrcoef(found.ravel(), images.ravel())[0, 1] > 0.999


MALFORMED_NPZ = {
    "no images": ({"labels": [0, 1]}, "images (n, h, w)"),
    "colour": ({"images": np.zeros((2, 8, 8, 3)), "labels": [0, 1]}, "images (2, 8, 8, 3)"),
    "fewer labels": ({"images": np.zeros((3, 8, 8)), "labels": [0, 1]}, "labels (2,)"),
    "label 2": ({"images": np.zeros((2, 8, 8)), "labels": [0, 2]}, "0 or 1"),
    "label NaN": ({"images": np.zeros((2, 8, 8)), "labels": [0, np.nan]}, "0 or 1"),
    "pickled": ({"images": np.array([{}, {}], dtype=object), "labels": [0, 1]}, "pickled"),
    "complex": ({"images": np.zeros((2, 8, 8)), "labels": np.array([0j, 1j])}, "complex"),
    "split word": (
        {"images": np.zeros((2, 8, 8)), "labels": [0, 1], "split": ["train", "dev"]},
        "split 'dev'",
    ),
    "short split": (
        {"images": np.zeros((2, 8, 8)), "labels": [0, 1], "split": ["train"]},
        "split of length 1",
    ),
}


@pytest.mark.parametrize("kind", MALFORMED_NPZ)
def test_a_malformed_npz_is_named_in_one_line(tmp_path, kind):
    from core.errors import UnreadableTable

    arrays, says = MALFORMED_NPZ[kind]
    with pytest.raises(UnreadableTable) as caught:
        opened(pictures(tmp_path, **arrays))
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_npz_is_refused(tmp_path):
    from core.errors import UnreadableTable

    (tmp_path / "a.npz").write_bytes(b"PK\x03\x04 nonsense")
    with pytest.raises(UnreadableTable, match="while opening"):
        opened(tmp_path / "a.npz")


def test_pictures_that_are_not_finite_are_all_named(tmp_path):
    from core.cohort.patch import cut_patches
    from core.errors import BrokenPatients
    from core.settings import PatchSettings

    images = np.zeros((4, 8, 8))
    images[1, 2, 3], images[3, 0, 0] = np.nan, np.inf
    cohort = opened(pictures(tmp_path, images=images, labels=np.array([0, 1, 0, 1])))
    splits = dict.fromkeys([p.patient_id for p in cohort.patients], "train")
    with pytest.raises(BrokenPatients) as caught:
        cut_patches(cohort, splits, settings=PatchSettings())
    assert [who for who, _ in caught.value.reasons] == ["case-0002", "case-0004"]


def test_the_fingerprint_knows_patients_and_content_but_not_the_place(bids, tmp_path):
    import shutil

    before = opened(bids).fingerprint()
    moved = shutil.copytree(bids, tmp_path / "elsewhere" / "study")
    assert opened(moved).fingerprint() == before
    path = moved / "sub-01/anat/sub-01_T2w.nii.gz"
    held = bytearray(path.read_bytes())
    held[-9] ^= 1
    path.write_bytes(bytes(held))
    assert opened(moved).fingerprint() != before
    people = (bids / "participants.tsv").read_text()
    (bids / "participants.tsv").write_text(people.replace("61.5", "62"))
    assert opened(bids).fingerprint() != before


def test_a_missing_phantom_is_drawn_and_an_unfinished_one_completed(tmp_path):
    from core.cohort.source import ready_cohort
    from core.settings import CohortSettings

    settings = CohortSettings(path=str(tmp_path / "phantom-2-5"))
    assert len(ready_cohort(settings).patients) == 2
    before = ready_cohort(settings).fingerprint()
    (tmp_path / "phantom-2-5" / "dataset_description.json").unlink()
    image = ready_cohort(settings).patients[0].image
    assert image.is_file()
    assert ready_cohort(settings).fingerprint() == before


def test_a_phantoms_folder_says_which_scanner_it_was_drawn_on(tmp_path):
    from core.cohort.source import PHANTOM, ready_cohort, scanner_of
    from core.settings import CohortSettings

    assert scanner_of(Path("cohorts/phantom-168-1")) == "own"
    assert scanner_of(Path("cohorts/phantom-168-1-other")) == "other"
    assert PHANTOM.fullmatch("phantom-168-1-another") is None
    cohort = ready_cohort(CohortSettings(path=str(tmp_path / "phantom-1-5-other")))
    assert cohort.name.endswith("another scanner")
