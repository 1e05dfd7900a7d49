"""Reading volumes: canonical, checked before believed."""

import gzip
import struct
import time

import nibabel as nib
import numpy as np
import pytest

from tests.volumes import affine_of, scan, write

ORIENTATIONS = ["RAS", "LPS", "LAS", "SPL", "PIR", "AIL"]


@pytest.fixture
def marked():
    """A volume whose every voxel says its place in mm: x + 1000 y + 1e6 z, rounded to mm."""
    return (9, 7, 5)


def places(shape, affine):
    grid = np.stack(np.meshgrid(*[np.arange(n) for n in shape], indexing="ij"), axis=-1)
    return grid @ affine[:3, :3].T + affine[:3, 3]


@pytest.mark.parametrize("codes", ORIENTATIONS)
def test_every_voxel_stays_where_it_was_scanned(tmp_path, marked, codes):
    from core.cohort.volume import read_volume

    affine = affine_of((1.0, 2.0, 3.0), codes, origin=(-5.0, 7.0, 11.0), tilt=10)
    for axis in range(3):
        world = places(marked, affine)[..., axis].astype(np.float32)
        volume = read_volume(write(tmp_path / "a.nii.gz", world, affine))
        assert nib.aff2axcodes(volume.grid.affine) == ("R", "A", "S")
        there = places(volume.grid.shape, volume.grid.affine)[..., axis]
        assert np.allclose(volume.voxels, there, atol=1e-4)


def test_slope_and_intercept_are_applied(tmp_path, rng):
    from core.cohort.volume import read_volume

    values = scan(rng)
    image = nib.Nifti1Image(values, affine_of())
    image.header.set_slope_inter(2.5, -100)
    nib.save(image, tmp_path / "a.nii")
    stored = nib.load(tmp_path / "a.nii")
    found = read_volume(tmp_path / "a.nii").voxels
    assert np.allclose(found, stored.get_fdata(), atol=1e-2)
    assert found.dtype == np.float32


@pytest.mark.parametrize("ending", [".nii", ".nii.gz"])
@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint16", "float32", "float64", ">i2"])
def test_types_and_byte_orders_read_alike(tmp_path, rng, dtype, ending):
    from core.cohort.volume import read_volume

    values = (scan(rng) // 4).astype(dtype)
    image = nib.Nifti1Image(values.astype(values.dtype.newbyteorder("=")), affine_of())
    if dtype.startswith(">"):
        image = nib.Nifti1Image(values, affine_of(), header=nib.Nifti1Header(endianness=">"))
    nib.save(image, tmp_path / f"a{ending}")
    assert np.array_equal(read_volume(tmp_path / f"a{ending}").voxels, values.astype(np.float32))


def test_nifti_2_and_a_fourth_axis_of_one_are_read(tmp_path, rng):
    from core.cohort.volume import read_volume

    values = scan(rng)
    nib.save(nib.Nifti2Image(values[..., None], affine_of()), tmp_path / "a.nii.gz")
    assert read_volume(tmp_path / "a.nii.gz").voxels.shape == values.shape


def test_a_tilted_gantry_is_read_and_a_skewed_slice_refused(tmp_path, rng):
    from core.cohort.volume import read_volume
    from core.errors import UnreadableVolume

    tilted = affine_of()
    tilted[1, 2] = 3.3 * np.tan(np.radians(20))
    volume = read_volume(write(tmp_path / "tilted.nii.gz", scan(rng), tilted))
    assert np.allclose(volume.grid.affine, tilted, atol=1e-6)
    skewed = affine_of()
    skewed[0, 1] = 0.1
    with pytest.raises(UnreadableVolume, match="degrees"):
        read_volume(write(tmp_path / "skewed.nii.gz", scan(rng), skewed))


def damaged(tmp_path, kind, rng):
    """A file of each kind of damage, and what the complaint must say."""
    path = write(tmp_path / "a.nii.gz", scan(rng), affine_of())
    whole = path.read_bytes()
    plain = bytearray(gzip.decompress(whole))

    def put(offset, form, *numbers):
        struct.pack_into(form, plain, offset, *numbers)
        path.write_bytes(gzip.compress(bytes(plain), 1))

    if kind == "truncated gz":
        path.write_bytes(whole[: len(whole) // 2])
    elif kind == "not gz":
        path.write_bytes(b"hello" * 200)
    elif kind == "flipped bit":
        held = bytearray(whole)
        held[len(held) // 2] ^= 4
        path.write_bytes(bytes(held))
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "no header":
        path.write_bytes(gzip.compress(b"x" * 1000))
    elif kind == "short stream":
        path.write_bytes(gzip.compress(bytes(plain[:-1000])))
    elif kind == "4-D":
        write(path, np.stack([scan(rng)] * 2, -1), affine_of())
    elif kind == "2-D":
        write(path, scan(rng)[:, :, 0], affine_of())
    elif kind == "NaN voxel":
        values = scan(rng).astype(np.float32)
        values[3, 4, 5] = np.nan
        write(path, values, affine_of())
    elif kind == "infinite voxel":
        values = scan(rng).astype(np.float64)
        values[3, 4, 5] = 1e300
        write(path, values, affine_of())
    elif kind == "NaN affine":
        put(280, "<f", float("nan"))
    elif kind == "singular affine":
        put(296, "<8f", 0, 0.573, 3.3, 0, 0, 0, 0, 0)
    elif kind == "zero voxel size":
        put(280, "<4f", 0, 0, 0, 0)
    elif kind == "no orientation":
        put(252, "<2h", 0, 0)
    elif kind == "complex":
        write(path, scan(rng).astype(np.complex64), affine_of())
    elif kind == "unknown type":
        put(70, "<h", 9999)
    elif kind == "negative shape":
        put(42, "<h", -5)
    elif kind == "claims 8 GB":
        put(42, "<3h", 1024, 1024, 4096)
    elif kind == "32767 cubed":
        put(42, "<3h", 32767, 32767, 32767)
    elif kind == "voxels far away":
        put(108, "<f", 1e9)
    elif kind == "infinite slope":
        put(112, "<f", float("inf"))
    elif kind == "folder":
        path.unlink()
        path.mkdir()
    return path


WANTED = {
    "truncated gz": "ends early",
    "not gz": "BadGzipFile",
    "flipped bit": "while reading|bytes|header",
    "empty": "bytes|early",
    "no header": "no NIfTI header",
    "short stream": "bytes of voxels",
    "4-D": "the shape 48 x 56 x 8 x 2",
    "2-D": "the shape 48 x 56;",
    "NaN voxel": "1 voxels that are not finite",
    "infinite voxel": "1 voxels that are not finite",
    "NaN affine": "affine that is not finite",
    "singular affine": "singular affine",
    "zero voxel size": "voxels of 0 x",
    "no orientation": "no orientation",
    "complex": "type complex64",
    "unknown type": "while reading",
    "negative shape": "the shape -5 x|reading",
    "claims 8 GB": "claiming 8589934592 bytes",
    "32767 cubed": "claiming",
    "voxels far away": "offset|ends before|voxels at byte",
    "infinite slope": "reading|slope",
    "folder": "a folder",
}


@pytest.mark.parametrize("kind", WANTED)
def test_damage_is_named_in_one_line(tmp_path, rng, kind):
    from core.cohort.volume import read_volume
    from core.errors import UnreadableVolume

    path = damaged(tmp_path, kind, rng)
    began = time.perf_counter()
    with pytest.raises(UnreadableVolume, match=WANTED[kind]) as caught:
        read_volume(path)
    assert time.perf_counter() - began < 2
    message = str(caught.value)
    assert message.startswith("a.nii.gz: found ")
    assert "\n" not in message
    assert str(tmp_path) not in message


def test_a_bomb_is_refused_without_memory(tmp_path):
    import tracemalloc

    from core.cohort.volume import read_volume
    from core.errors import UnreadableVolume

    header = nib.Nifti1Header()
    header.set_data_shape((1000, 1000, 1000))
    header.set_data_dtype(np.uint8)
    header.set_sform(affine_of(), 1)
    header["magic"] = b"n+1"
    header["vox_offset"] = 352
    content = header.binaryblock + b"\0" * 4 + b"\0" * 2_000_000  # claims 1 GB, holds 2 MB
    path = tmp_path / "bomb.nii.gz"
    path.write_bytes(gzip.compress(content) + bytes(1_000_000))
    tracemalloc.start()
    with pytest.raises(UnreadableVolume):
        read_volume(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 50e6


def test_free_text_of_a_header_is_in_no_complaint(tmp_path, rng):
    from core.cohort.volume import read_volume
    from core.errors import UnreadableVolume

    image = nib.Nifti1Image(scan(rng).astype(np.complex64), affine_of())
    image.header["descrip"] = b"Jane Doe 1970-01-01"
    image.header["db_name"] = b"HOSP-4711"
    nib.save(image, tmp_path / "a.nii.gz")
    with pytest.raises(UnreadableVolume) as caught:
        read_volume(tmp_path / "a.nii.gz")
    assert "Jane" not in str(caught.value)
    assert "4711" not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "says"), [(1.5, "1.5"), (-1, "-1"), (np.nan, "not finite"), (np.inf, "not finite")]
)
def test_a_mask_holds_whole_numbers_from_zero(tmp_path, value, says):
    from core.cohort.volume import read_labels
    from core.errors import UnreadableVolume

    labels = np.zeros((6, 6, 4), np.float32)
    labels[2, 2, 2] = value
    with pytest.raises(UnreadableVolume, match=says):
        read_labels(write(tmp_path / "mask.nii.gz", labels, affine_of()))


def test_a_picture_is_no_mask(tmp_path, rng):
    from core.cohort.volume import read_labels
    from core.errors import UnreadableVolume

    values = rng.integers(0, 30_000, (20, 20, 10)).astype(np.int16)
    with pytest.raises(UnreadableVolume, match="different mask values"):
        read_labels(write(tmp_path / "mask.nii.gz", values, affine_of()))


def test_two_grids_are_one_within_a_thousandth_of_a_mm():
    from core.cohort.grid import Grid

    here = Grid((40, 40, 10), affine_of())
    near, off = affine_of(origin=(5e-4, 0, 0)), affine_of(origin=(5e-3, 0, 0))
    assert here.same_as(Grid((40, 40, 10), near))
    assert not here.same_as(Grid((40, 40, 10), off))
    assert not here.same_as(Grid((40, 40, 11), affine_of()))
    assert not here.same_as(Grid((40, 40, 10), affine_of(tilt=0.05)))


def test_a_mask_written_from_the_qform_lies_on_the_same_grid():
    from core.cohort.grid import Grid

    qform, sform = affine_of(), affine_of()
    sform[1, 0] = 2e-3  # the slight shear that a qform cannot hold
    scanned, outlined = Grid((40, 40, 10), sform, qform), Grid((40, 40, 10), qform, qform)
    assert 1e-3 < scanned.furthest_mm(outlined) < 0.1
    assert scanned.same_as(outlined)
    assert outlined.same_as(scanned)
    assert not Grid((40, 40, 10), sform).same_as(outlined)
    moved = affine_of(origin=(0.573, 0, 0))
    assert not Grid((40, 40, 10), moved, qform).same_as(outlined)


def resampled(values, affine, *, spacing_mm, labels=None):
    from core.cohort.grid import Grid
    from core.cohort.resample import resampled
    from core.cohort.volume import LabelMap, Volume

    grid = Grid(values.shape, affine)
    labels = np.zeros(values.shape, np.int32) if labels is None else labels
    volume = Volume(values.astype(np.float32), grid)
    return resampled(volume, LabelMap(labels, grid), spacing_mm=spacing_mm, tolerance=0.05)


def test_axes_within_the_tolerance_or_asked_to_stay_are_untouched(rng):
    values = scan(rng)
    volume, mask = resampled(values, affine_of((0.59, 0.56, 5.0)), spacing_mm=(0.573, 0.573, 0.0))
    assert np.array_equal(volume.voxels, values)
    assert volume.grid is mask.grid or volume.grid.shape == mask.grid.shape


def test_resampling_keeps_a_ramp_where_it_lies():
    affine = affine_of((1.0, 0.9, 3.0), tilt=15, origin=(4, -3, 8))
    world = places((30, 33, 12), affine)
    volume, _ = resampled(world[..., 0] + 2 * world[..., 1], affine, spacing_mm=(0.573, 0.573, 3.3))
    assert volume.grid.spacing_mm == pytest.approx((0.573, 0.573, 3.3))
    there = places(volume.grid.shape, volume.grid.affine)
    inner = (slice(3, -3),) * 2 + (slice(1, -1),)
    expected = there[..., 0] + 2 * there[..., 1]
    assert np.allclose(volume.voxels[inner], expected[inner], atol=1e-3)


def test_coarsening_smooths_first(rng):
    noise = rng.normal(0, 1, (90, 90, 6)).astype(np.float32)
    volume, _ = resampled(noise, affine_of((1.0, 1.0, 3.0)), spacing_mm=(3.0, 3.0, 3.0))
    assert volume.voxels.std() < 0.35


def test_labels_stay_whole_and_keep_their_size(rng):
    labels = np.zeros((60, 60, 6), np.int32)
    labels[20:40, 20:40, 2] = 7
    values = scan(rng, labels.shape)
    _, mask = resampled(
        values, affine_of((0.8, 0.8, 3.3)), spacing_mm=(0.573, 0.573, 3.3), labels=labels
    )
    assert set(np.unique(mask.labels)) == {0, 7}
    assert (mask.labels == 7).sum() * 0.573**2 == pytest.approx(400 * 0.64, rel=0.05)


def test_a_volume_that_would_not_fit_is_refused(rng):
    from core.cohort.resample import TooLarge

    with pytest.raises(TooLarge):
        resampled(scan(rng), affine_of((90.0, 90.0, 90.0)), spacing_mm=(0.5, 0.5, 0.5))


def test_three_hundred_mutants_are_read_finite_or_refused(tmp_path, rng):
    from core.cohort.volume import read_volume
    from core.errors import UnreadableVolume

    path = write(tmp_path / "a.nii.gz", scan(rng, (12, 14, 4)), affine_of())
    packed = path.read_bytes()
    plain = gzip.decompress(packed)
    read, said = 0, []
    for number in range(300):
        mutant = bytearray(plain if number % 4 else packed)
        reach = 352 if number % 4 else len(mutant)
        for _ in range(rng.integers(1, 6)):
            mutant[rng.integers(reach)] = rng.integers(256)
        path.write_bytes(gzip.compress(bytes(mutant), 1) if number % 4 else bytes(mutant))
        try:
            volume = read_volume(path)
        except UnreadableVolume as refused:
            said.append(str(refused))
            continue
        read += 1
        assert np.isfinite(volume.voxels).all()
        assert abs(np.linalg.det(volume.grid.affine)) > 0
    assert 30 < read < 290
    assert not [line for line in said if "\n" in line or not line.startswith("a.nii.gz: found")]
