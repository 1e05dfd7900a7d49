"""Draw the pictures by which the synthetic cohort is judged by eye, into assets/docs.

    LYMPHOSCAPE_REAL_DATA=... python -m tests.benchmarks.phantom_pictures

Makes a synthetic slice beside a real one (ProstateX, same crop in mm, same window: 0 to the
99th percentile of the crop) when the real images are at hand, a contact sheet of forty patches,
a strip of slices, and one node drawn again with one factor changed.
"""

import os
from pathlib import Path

import nibabel as nib
import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage

from core.cohort.phantom import Change, draw_patient, draw_truth, render_node, render_slice
from tests.benchmarks.phantom_patches import cut_patches

OUT = Path(__file__).parents[2] / "assets" / "docs"
CROP_MM = 118.0
ATTRIBUTION = """# Pictures of the synthetic cohort

Made by `python -m tests.benchmarks.phantom_pictures`.

- `phantom_beside_real.png`: left, a synthetic slice; right, a slice of ProstateX-{case}, cropped
  to the same {crop:.0f} mm and shown with the same window. The real half is derived from the
  SPIE-AAPM-NCI PROSTATEx Challenge data (Litjens, Debats, Barentsz, Karssemeijer, Huisman;
  The Cancer Imaging Archive, https://doi.org/10.7937/K9TCIA.2017.MURS5CL), licensed CC BY 3.0
  (https://creativecommons.org/licenses/by/3.0/); changes: one slice, cropped, windowed, scaled.
- `phantom_slices.png`: six slices of one synthetic patient, from the pelvic floor upwards.
- `phantom_patches.png`: forty synthetic patches of 18.3 mm, each scaled to its own range.
- `phantom_one_factor.png`: one synthetic node drawn again with one factor changed at a time.

Everything but the right half of the first picture is synthetic: no patient was scanned.
"""


def window(picture: np.ndarray, side_px: int) -> np.ndarray:
    """Bring a picture to 8 bits, 0 to its 99th percentile, and to a size."""
    scaled = ndimage.zoom(picture.astype(float), side_px / picture.shape[0], order=1)
    return (np.clip(scaled / np.percentile(picture, 99), 0, 1) * 255).astype(np.uint8)


def crop(picture: np.ndarray, pixel_mm: float, middle: tuple[int, int]) -> np.ndarray:
    """A square of CROP_MM about a middle."""
    half = round(CROP_MM / pixel_mm / 2)
    row, column = middle
    return picture[row - half : row + half, column - half : column + half]


def titled(picture: np.ndarray, title: str) -> Image.Image:
    """A picture under one line of text."""
    framed = Image.new("L", (picture.shape[1], picture.shape[0] + 18), 255)
    framed.paste(Image.fromarray(picture), (0, 18))
    ImageDraw.Draw(framed).text((4, 3), title, fill=0)
    return framed


def in_rows(pictures: list[Image.Image], columns: int, gap: int = 4) -> Image.Image:
    """Pictures of one size, side by side in rows."""
    wide, tall = pictures[0].size
    rows = -(-len(pictures) // columns)
    sheet = Image.new("L", (columns * (wide + gap) - gap, rows * (tall + gap) - gap), 255)
    for index, picture in enumerate(pictures):
        at = (index % columns * (wide + gap), index // columns * (tall + gap))
        sheet.paste(picture, at)
    return sheet


def beside_real(real: Path) -> Image.Image:
    """A synthetic and a real slice of about the same height, same crop, same window."""
    image = nib.as_closest_canonical(nib.load(real / "prostatex" / "ProstateX-0000_t2w.nii.gz"))
    volume = np.asarray(image.dataobj)
    shown = volume[::-1, ::-1, 13].T
    pixel_mm = float(image.header.get_zooms()[0])
    truths = draw_truth(168, 1)
    patient = draw_patient(next(t for t in truths[10:] if t.sex == "M" and t.t_stage == 3))
    ours, _ = render_slice(patient, 12)
    halves = (
        (crop(ours, patient.scanner.pixel_mm, (113, 114)), "synthetic"),
        (crop(shown, pixel_mm, (262, 192)), "real (ProstateX-0000, CC BY 3.0)"),
    )
    return in_rows([titled(window(picture, 420), title) for picture, title in halves], 2)


def slices() -> Image.Image:
    """Six slices of one patient."""
    truths = draw_truth(168, 1)
    patient = draw_patient(next(t for t in truths if t.sex == "F" and t.t_stage == 2))
    pictures = [render_slice(patient, k)[0] for k in (2, 6, 9, 12, 15, 19)]
    titles = [f"slice {k}" for k in (2, 6, 9, 12, 15, 19)]
    pairs = zip(pictures, titles, strict=True)
    return in_rows([titled(window(picture, 280), title) for picture, title in pairs], 3)


def contact_sheet() -> Image.Image:
    """Forty patches."""
    patches = []
    for cut in cut_patches(60, 5, 40):
        low, high = cut.picture.min(), cut.picture.max()
        shown = (255 * (cut.picture - low) / (high - low)).astype(np.uint8)
        patches.append(Image.fromarray(np.kron(shown, np.ones((3, 3), np.uint8))))
    return in_rows(patches, 10, gap=3)


def one_factor() -> Image.Image:
    """One node as it is, and with one factor changed at a time."""
    patient = next(
        patient
        for patient in map(draw_patient, draw_truth(60, 5))
        if 4.5 < patient.truth.nodes[0].short_axis_mm < 5.5 and not patient.truth.nodes[0].hilum
    )
    shown = (
        ("as it is", Change()),
        ("+ 3 mm", Change(short_axis_mm=3)),
        ("longer", Change(elongation=0.7)),
        ("irregular", Change(border=0.6)),
        ("mixed", Change(heterogeneity=0.6)),
        ("brighter", Change(signal=0.2)),
    )
    tops = []
    plain, _ = render_node(patient, 1)
    for title, change in shown:
        picture, _ = render_node(patient, 1, change=change)
        scaled = np.clip((picture - plain.min()) / np.ptp(plain), 0, 1) * 255
        tops.append(titled(np.kron(scaled.astype(np.uint8), np.ones((4, 4), np.uint8)), title))
    return in_rows(tops, 6)


def main() -> None:
    """Write every picture that can be made here."""
    OUT.mkdir(parents=True, exist_ok=True)
    slices().save(OUT / "phantom_slices.png", optimize=True)
    contact_sheet().save(OUT / "phantom_patches.png", optimize=True)
    one_factor().save(OUT / "phantom_one_factor.png", optimize=True)
    real = os.environ.get("LYMPHOSCAPE_REAL_DATA")
    if real:
        beside_real(Path(real)).save(OUT / "phantom_beside_real.png", optimize=True)
    else:
        print("LYMPHOSCAPE_REAL_DATA is not set: phantom_beside_real.png is left as it is")
    text = ATTRIBUTION.format(case="0000", crop=CROP_MM)
    (OUT / "phantom_README.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
