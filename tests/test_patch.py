"""Patches: cut at the right place, the right way round, on one scale."""

import numpy as np
import pytest

from tests.volumes import SPACING_MM, affine_of, scan, with_nodes, write


def study(tmp_path, scans, *, split=None):
    """A table of volumes and masks; `scans` maps a patient to (values, labels, affine)."""
    lines = ["patient_id,image,mask,label" + (",split" if split else "")]
    for number, (name, (values, labels, affine)) in enumerate(scans.items()):
        write(tmp_path / f"{name}.nii.gz", values, affine)
        mask = ""
        if labels is not None:
            mask = write(tmp_path / f"{name}_mask.nii.gz", labels, affine).name
        end = f",{split[number]}" if split else ""
        lines.append(f"{name},{name}.nii.gz,{mask},{number % 2}{end}")
    (tmp_path / "study.csv").write_text("\n".join(lines) + "\n")
    return tmp_path / "study.csv"


def cut(path, *, split="train", progress=None, **settings):
    from core.cohort.cohort import open_cohort
    from core.cohort.patch import cut_patches
    from core.progress import silent
    from core.settings import CohortSettings, PatchSettings

    cohort = open_cohort(path, CohortSettings())
    splits = {p.patient_id: p.split or split for p in cohort.patients}
    chosen = PatchSettings(**settings)
    return cut_patches(cohort, splits, settings=chosen, progress=progress or silent)


def one_node(rng, **where):
    node = ((24, 30, 3), 5, 3)
    return with_nodes(scan(rng), {where.get("label", 1): where.get("node", node)})


@pytest.mark.parametrize("codes", ["RAS", "LPS", "LAS", "SPL", "IAR"])
def test_the_lesion_lies_in_the_middle_however_the_file_is_stored(tmp_path, rng, codes):
    import nibabel as nib
    from nibabel.orientations import apply_orientation, axcodes2ornt, ornt_transform

    values, labels = one_node(rng)
    turn = ornt_transform(axcodes2ornt("RAS"), axcodes2ornt(codes))
    affine = affine_of(tilt=12) @ nib.orientations.inv_ornt_aff(turn, values.shape)
    assert nib.aff2axcodes(affine) == tuple(codes)
    stored = apply_orientation(values, turn), apply_orientation(labels, turn), affine
    plain = study(tmp_path / "plain", {"a": (values, labels, affine_of(tilt=12))})
    table, same = cut(study(tmp_path, {"a": stored})), cut(plain)
    for mask in table.masks:
        assert np.abs(np.argwhere(mask).mean(axis=0) - 16).max() <= 0.5
    assert np.allclose(table.patches, same.patches, atol=1e-6)
    assert np.allclose(np.stack(table.grid["affine"]), np.stack(same.grid["affine"]), atol=1e-4)
    sizes = ["short_axis_mm", "long_axis_mm", "compactness", "contrast", "slice_k", "node"]
    assert np.allclose(table.rows[sizes], same.rows[sizes], atol=1e-6)


def test_rows_run_to_posterior_and_columns_to_the_patients_left(tmp_path, rng):
    values, labels = one_node(rng)
    values[24 + 12, 30] = 5000  # i grows towards Right: 12 px to the patient's right
    values[24, 30 - 9] = 5000  # j grows towards Anterior: 9 px behind
    patch = cut(study(tmp_path, {"a": (values, labels, affine_of())})).patches[0]
    bright = {tuple(place) for place in np.argwhere(patch > 0.99).tolist()}
    assert bright == {(16, 16 - 12), (16 + 9, 16)}


@pytest.mark.parametrize("spacing", [SPACING_MM, (0.8, 0.7, 5.0), (0.4, 0.45, 3.0)])
def test_every_pixel_lies_within_1e_4_mm_of_the_place_it_was_scanned(tmp_path, rng, spacing):
    """A volume whose voxels hold their own place in mm tells where each pixel came from."""
    from core.cohort.standardise import histogram
    from core.cohort.volume import read_volume

    affine = affine_of(spacing, "LPS", origin=(3.0, -8.0, 20.0), tilt=8)
    shape = (80, 90, 10)
    index = np.stack(np.meshgrid(*[np.arange(n) for n in shape], indexing="ij"), -1)
    world = index @ affine[:3, :3].T + affine[:3, 3]
    _, labels = with_nodes(scan(rng, shape), {5: ((40, 50, 4), 6, 2)})
    pixels = np.stack(np.meshgrid(np.arange(32), np.arange(32), indexing="ij"), -1)
    for axis in range(3):
        folder = tmp_path / str(axis)
        values = world[..., axis].astype(np.float32)
        table = cut(study(folder, {"a": (values, labels, affine)}), standardise=False)
        levels = histogram(read_volume(folder / "a.nii.gz").voxels)
        low, high = table.landmarks.values
        for row, patch in enumerate(table.patches):
            scanned = levels[0] + (patch - low) / (high - low) * (levels[-1] - levels[0])
            to_mm = np.array(table.grid["affine"][row]).reshape(4, 4)
            claimed = (pixels @ to_mm[:3, :2].T + to_mm[:3, 3])[..., axis]
            whole = (patch > 0) & (patch < 1)
            assert whole.sum() > 200
            assert np.abs(scanned - claimed)[whole].max() < 1e-4


def test_corner_shape_and_affine_say_the_same(tmp_path, rng):
    values, labels = one_node(rng)
    affine = affine_of(codes="LPS", tilt=20)
    table = cut(study(tmp_path, {"a": (values, labels, affine)}))
    from core.cohort.volume import read_volume

    grid = read_volume(tmp_path / "a.nii.gz").grid
    for _, place in table.grid.iterrows():
        to_mm = np.array(place["affine"]).reshape(4, 4)
        corner = grid.affine @ [*place["corner"], 1]
        assert np.allclose(to_mm[:, 3], corner, atol=1e-9)
        assert tuple(place["shape"]) == grid.shape
        i, j, k = place["corner"]
        last = grid.affine @ [i - 31, j - 31, k, 1]
        assert np.allclose(to_mm @ [31, 31, 0, 1], last, atol=1e-9)


def test_the_middle_pixel_is_the_masks_centroid_in_mm(tmp_path, rng):
    values, labels = one_node(rng)
    affine = affine_of(codes="LPS", tilt=20, origin=(10, 20, 30))
    table = cut(study(tmp_path, {"a": (values, labels, affine)}))
    for row, place in table.grid.iterrows():
        k = table.rows["slice_k"][row]
        middle = np.array(place["affine"]).reshape(4, 4) @ [16, 16, 0, 1]
        slice_in_file = k  # S stays last and upright in LPS
        centroid = np.argwhere(labels[:, :, slice_in_file]).mean(axis=0)
        world = affine @ [*centroid, slice_in_file, 1]
        assert np.linalg.norm(middle - world) < 0.573 * 0.71


def test_a_lesion_at_the_edge_is_padded_with_black(tmp_path, rng):
    values, labels = with_nodes(scan(rng), {1: ((2, 54, 3), 4, 1)})
    table = cut(study(tmp_path, {"a": (values, labels, affine_of())}))
    patch, mask = table.patches[0], table.masks[0]
    centre = np.argwhere(labels[:, :, 3]).mean(axis=0)
    assert np.abs(np.argwhere(mask).mean(axis=0) - 16).max() <= 0.5
    down = 16 - (55 - round(centre[1]))
    assert (patch[:down] == 0).all()
    assert (patch[down : down + 20, 4:14] > 0).all()
    assert np.isfinite(table.rows["contrast"]).all()


def test_the_largest_slice_and_those_of_half_its_area_three_at_most(tmp_path, rng):
    values, labels = scan(rng, (48, 56, 9)), np.zeros((48, 56, 9), np.int16)
    for k, pixels in enumerate([30, 49, 50, 100, 90, 80, 70, 0, 0]):
        labels[10 : 10 + pixels // 10, 20:30, k] = 1
        labels[20, 20 : 20 + pixels % 10, k] = 1
    rows = cut(study(tmp_path, {"a": (values, labels, affine_of())})).rows
    assert rows["slice_k"].tolist() == [3, 4, 5]
    assert rows["key_slice"].tolist() == [True, False, False]
    more = cut(tmp_path / "study.csv", slices_per_node=9).rows
    assert more["slice_k"].tolist() == [3, 4, 5, 6, 2]
    assert rows["area_mm2"].is_monotonic_decreasing


def test_largest_patches_first_and_at_most_as_many_as_asked(tmp_path, rng):
    nodes = {n: ((12 + 12 * (n % 3), 15 + 15 * (n % 2), 1), 2 + n * 0.4, 2) for n in range(1, 7)}
    values, labels = with_nodes(scan(rng), nodes)
    path = study(tmp_path, {"a": (values, labels, affine_of())})
    table = cut(path, patches_per_patient=5)
    assert len(table.rows) == 5
    assert table.rows["area_mm2"].is_monotonic_decreasing
    lost = set(nodes) - set(table.rows["node"])
    assert {f"lymph node {n} is beyond the 5 patches" for n in lost} == {
        why for _, why in table.excluded
    }
    assert lost


def test_a_patients_own_number_names_the_lesion(tmp_path, rng):
    values, labels = one_node(rng, label=300)
    assert set(cut(study(tmp_path, {"a": (values, labels, affine_of())})).rows["node"]) == {300}


def test_what_cannot_be_used_is_excluded_and_named(tmp_path, rng):
    values, labels = one_node(rng)
    speck = labels.copy()
    speck[40, 40, 6] = 9
    speck[41, 40, 6] = 9
    few = np.where(speck == 9, 9, 0).astype(np.int16)
    path = study(
        tmp_path,
        {
            "good": (values, speck, affine_of()),
            "empty": (values, np.zeros_like(labels), affine_of()),
            "none": (values, None, affine_of()),
            "speck": (values, few, affine_of()),
            "flat": (np.full_like(values, 7), labels, affine_of()),
        },
    )
    table = cut(path)
    assert set(table.rows["patient_id"]) == {"good"}
    assert table.excluded == (
        ("good", "lymph node 9 covers 2 pixels of its largest slice, fewer than 3"),
        ("empty", "the mask is empty"),
        ("none", "there is no mask"),
        ("speck", "lymph node 9 covers 2 pixels of its largest slice, fewer than 3"),
        ("speck", "no lymph node is left"),
        ("flat", "all voxels of the volume are alike"),
    )


def test_every_broken_patient_is_named_before_the_reading_stops(tmp_path, rng):
    from core.errors import BrokenPatients, GeometryMismatch

    values, labels = one_node(rng)
    broken = values.astype(np.float32)
    broken[1, 2, 3] = np.inf
    path = study(
        tmp_path,
        {
            "fine": (values, labels, affine_of()),
            "moved": (values, labels, affine_of()),
            "cropped": (values, labels, affine_of()),
        },
    )
    write(tmp_path / "moved_mask.nii.gz", labels, affine_of(origin=(0.01, 0, 0)))
    write(tmp_path / "cropped_mask.nii.gz", labels[:-1], affine_of())
    with pytest.raises(GeometryMismatch) as caught:
        cut(path)
    assert [who for who, _ in caught.value.reasons] == ["moved", "cropped"]
    assert "0.01 mm apart" in caught.value.reasons[0][1]
    write(tmp_path / "fine.nii.gz", broken, affine_of())
    with pytest.raises(BrokenPatients, match="not finite") as caught:
        cut(path)
    assert [who for who, _ in caught.value.reasons] == ["fine", "moved", "cropped"]
    assert str(tmp_path) not in str(caught.value)


def test_a_missing_volume_stops_and_is_named(tmp_path, rng):
    from core.errors import BrokenPatients

    values, labels = one_node(rng)
    path = study(tmp_path, {"a": (values, labels, affine_of()), "b": (values, labels, affine_of())})
    (tmp_path / "b.nii.gz").unlink()
    with pytest.raises(BrokenPatients, match=r"b: b\.nii\.gz: found no such file"):
        cut(path)


def test_landmarks_know_training_patients_only(tmp_path, rng):
    values, labels = one_node(rng)
    strange = (values.astype(np.float32) ** 1.7).astype(np.float32)
    names = ["train", "train", "test"]
    scans = {n: (one_node(rng)[0], labels, affine_of()) for n in "ab"}
    with_test = study(tmp_path / "one", {**scans, "c": (values, labels, affine_of())}, split=names)
    other = study(tmp_path / "two", {**scans, "c": (strange, labels, affine_of())}, split=names)
    one, two = cut(with_test), cut(other)
    assert one.landmarks == two.landmarks
    train = (one.rows["split"] == "train").to_numpy()
    assert np.array_equal(one.patches[train], two.patches[train])


def test_a_scanners_gain_changes_no_patch(tmp_path, rng):
    values, labels = one_node(rng)
    louder = (values * 3 + 40).astype(np.int16)
    scans = {"a": (values, labels, affine_of()), "b": (louder, labels, affine_of())}
    table = cut(study(tmp_path, scans))
    first = (table.rows["patient_id"] == "a").to_numpy()
    assert np.allclose(table.patches[first], table.patches[~first], atol=2e-3)


def test_patches_differ_in_brightness_where_tissue_does(tmp_path, rng):
    """No patch is ever stretched by itself: a flat patch stays flat."""
    nodes = {1: ((40, 50, 2), 3, 1), 2: ((20, 30, 2), 3, 1)}
    values, labels = with_nodes(scan(rng, (70, 80, 8)), nodes)
    values[30:, 40:, :] = np.where(labels[30:, 40:] > 0, 310, 300)
    table = cut(study(tmp_path, {"a": (values, labels, affine_of())}))
    ranges = np.ptp(table.patches[:, 12:20, 12:20], axis=(1, 2))
    spread = dict(zip(table.rows["node"], ranges, strict=True))
    assert spread[1] < 0.3 * spread[2]


def test_slices_show_what_the_patches_show(tmp_path, rng):
    values, labels = with_nodes(scan(rng), {1: ((24, 30, 3), 5, 2), 4: ((34, 20, 3), 3, 1)})
    table = cut(study(tmp_path, {"a": (values, labels, affine_of())}))
    assert [one.slice_k for one in table.slices] == [3, 4]
    picture = table.slices[0]
    assert picture.picture.shape == (56, 48)
    assert picture.spacing_mm == pytest.approx((0.573, 0.573))
    assert [outline.node for outline in picture.outlines] == [1, 4]
    row = int(np.flatnonzero((table.rows["node"] == 1) & table.rows["key_slice"])[0])
    i, j, _ = table.grid["corner"][row]
    top, left = 56 - 1 - j, 48 - 1 - i
    part = picture.picture[top : top + 32, left : left + 32] / 255
    inner = (slice(max(0, -top), 32), slice(max(0, -left), 32))
    shown = table.patches[row][: part.shape[0], : part.shape[1]]
    assert np.abs(part - shown)[inner].mean() < 0.01
    polygon = np.array(picture.outlines[0].points[0])
    centre = np.argwhere(labels[::-1, ::-1, 3].T == 1)
    assert np.allclose(polygon.min(axis=0), centre.min(axis=0) - 0.5)
    assert np.allclose(polygon.max(axis=0), centre.max(axis=0) + 0.5)


def test_slices_survive_writing(tmp_path, rng):
    from core.errors import RunUnusable
    from core.slices import read_slices, write_slices

    values, labels = one_node(rng)
    table = cut(study(tmp_path, {"a": (values, labels, affine_of())}))
    write_slices(table.slices, tmp_path / "slices")
    back = read_slices(tmp_path / "slices", run="r")
    assert [(e.patient_id, e.slice_k, e.outlines) for e in back] == [
        (s.patient_id, s.slice_k, s.outlines) for s in table.slices
    ]
    assert back[0].path.name == "a_k3.webp"
    error = np.abs(back[0].read().astype(float) - table.slices[0].picture)
    assert error.mean() < 8
    index = tmp_path / "slices" / "index.json"
    index.write_text(index.read_text().replace("a_k3.webp", "../a.webp"))
    with pytest.raises(RunUnusable, match=r"index\.json"):
        read_slices(tmp_path / "slices", run="r")
    assert read_slices(tmp_path / "nothing", run="r") == ()


@pytest.mark.parametrize("name", ["../up", "a/b", ".hidden", "a b", "é", "<script>", "C:\\x"])
def test_a_pseudonym_makes_a_plain_file_name(name):
    from core.slices import safe_name

    safe = safe_name(name)
    assert not set(safe) & set("/\\<>: ")
    assert not safe.startswith(".")


def test_the_contracts_columns_are_there_and_rows_line_up(tmp_path, rng):
    values, labels = one_node(rng)
    seen = []
    table = cut(
        study(tmp_path, {n: (values, labels, affine_of()) for n in ("z", "a", "m")}),
        progress=lambda *step: seen.append(step),
    )
    from core.cohort.node import FEATURES

    assert table.rows["row"].tolist() == list(range(len(table.rows)))
    assert table.grid["row"].tolist() == table.rows["row"].tolist()
    assert len(table.patches) == len(table.masks) == len(table.rows)
    assert table.rows["patient_id"].drop_duplicates().tolist() == ["z", "a", "m"]
    wanted = {"split", "node", "slice_k", "key_slice", "heterogeneity", "contrast", "area_mm2"}
    assert wanted | set(FEATURES) | {"label", "n_stage", "t_stage", "age", "sex"} <= set(table.rows)
    assert table.rows["n_stage"].isna().all()
    assert table.patches.dtype == np.float32
    assert table.masks.dtype == bool
    assert seen == [("reading volumes", n, 3) for n in (1, 2, 3)]
    assert table.rows.groupby(["patient_id", "node"])["key_slice"].sum().eq(1).all()


def test_the_table_survives_parquet(tmp_path, rng):
    import pandas as pd

    values, labels = one_node(rng)
    table = cut(study(tmp_path, {"a": (values, labels, affine_of())}))
    for name in ("rows", "grid"):
        getattr(table, name).to_parquet(tmp_path / f"{name}.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "rows.parquet"), table.rows)
    grid = pd.read_parquet(tmp_path / "grid.parquet")
    assert np.array_equal(np.stack(grid["affine"]), np.stack(table.grid["affine"]))


def test_nothing_left_to_train_on_is_said(tmp_path, rng):
    from core.errors import NoNodes

    values, labels = one_node(rng)
    path = study(tmp_path, {"a": (values, np.zeros_like(labels), affine_of())})
    with pytest.raises(NoNodes, match="a: the mask is empty"):
        cut(path)
    good = study(tmp_path, {"a": (values, labels, affine_of())})
    with pytest.raises(NoNodes, match="training patients"):
        cut(good, split="test")
