"""Patches of the synthetic cohort and what can be measured on one, on its own 0..1 scale."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from core.cohort.phantom import DrawnPatient, draw_patient, draw_truth, render_slice
from core.cohort.phantom.render import key_slice

SIZE = 32


@dataclass(frozen=True)
class Cut:
    """One node's patch: picture and noise-free picture in scanner units, mask, other nodes."""

    picture: np.ndarray
    clean: np.ndarray
    mask: np.ndarray
    others: np.ndarray


def cut_patches(patients: int, seed: int, most: int) -> list[Cut]:
    """Patches of 32 x 32 pixels of 0.573 mm about the nodes of a cohort, key slices only."""
    cuts: list[Cut] = []
    for truth in draw_truth(patients, seed):
        patient = draw_patient(truth)
        for k in sorted({key_slice(patient, node.label) for node in truth.nodes}):
            cuts += _cut_slice(patient, k)
        if len(cuts) >= most:
            break
    return cuts[:most]


def _cut_slice(patient: DrawnPatient, k: int) -> list[Cut]:
    picture, labels = render_slice(patient, k)
    clean, _ = render_slice(patient, k, noise=False)
    cuts = []
    for label in np.unique(labels[labels > 0]):
        if key_slice(patient, int(label)) != k:
            continue
        row, column = (round(float(at.mean())) for at in np.nonzero(labels == label))
        window = (
            slice(row - SIZE // 2, row + SIZE // 2),
            slice(column - SIZE // 2, column + SIZE // 2),
        )
        if picture[window].shape == (SIZE, SIZE):
            here = labels[window]
            cuts.append(
                Cut(picture[window], clean[window], here == label, (here > 0) & (here != label))
            )
    return cuts


def otsu(values: np.ndarray) -> float:
    """The threshold that parts dark from bright best (Otsu 1979)."""
    counts, edges = np.histogram(values, bins=64)
    middles = (edges[1:] + edges[:-1]) / 2
    below = np.cumsum(counts)
    above = below[-1] - below
    sums = np.cumsum(counts * middles)
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = below * above * (sums / below - (sums[-1] - sums) / above) ** 2
    return float(middles[np.nanargmax(apart)])


def measure(cut: Cut) -> dict[str, float]:
    """Everything of the appearance table that one patch can answer; NaN where it cannot."""
    low, high = float(cut.picture.min()), float(cut.picture.max())
    picture, clean = ((p - low) / (high - low) for p in (cut.picture, cut.clean))
    node = cut.mask
    near = ndimage.binary_dilation(node, iterations=3)
    threshold = otsu(picture[~near & ~cut.others]) if (~near).any() else 0.5
    bright = (picture > threshold) & ~near & ~cut.others
    fat = float(np.median(picture[bright]))
    found = {"fat": fat}
    row, column = (round(float(at.mean())) for at in np.nonzero(node))
    centre = float(picture[row - 1 : row + 2, column - 1 : column + 2].mean())
    found |= {"node": centre, "node to fat": centre / fat, "fat minus node": fat - centre}
    found |= _rim(picture, node, centre, fat)
    found["edge, px"] = _edge(clean, node, fat)
    found["noise sd"] = float((picture - clean).std())
    flat = _flat_fat(clean, fat, near | cut.others)
    found["fat texture sd"] = float(_detrended(clean, flat).std()) if flat.sum() > 80 else np.nan
    found["shading"] = _shading(clean, flat)
    inside = ndimage.binary_erosion(node, iterations=2)
    found["inside sd"] = float(picture[inside].std()) if inside.sum() >= 6 else np.nan
    found |= _dark(picture, node, fat)
    found |= _autocorrelation(picture)
    found["poor"] = float(found["noise sd"] > 0.065)
    return found


def _rim(picture: np.ndarray, node: np.ndarray, centre: float, fat: float) -> dict[str, float]:
    """Brightest and darkest of the two rims along the frequency-encoding axis; node 0, fat 1."""
    if fat - centre < 0.15:  # too faint for a rim to be told from noise
        return {"bright rim": np.nan, "dark rim": np.nan}
    rows, columns = np.nonzero(node)
    middle = round(float(rows.mean()))
    band = picture[middle - 1 : middle + 2].mean(axis=0)
    left, right = columns[rows == middle].min(), columns[rows == middle].max()
    bright = band[max(left - 2, 0) : left + 2].max()
    dark = band[right - 1 : right + 2].min()
    return {
        "bright rim": (bright - centre) / (fat - centre),
        "dark rim": (dark - centre) / (fat - centre),
    }


def _edge(clean: np.ndarray, node: np.ndarray, fat: float) -> float:
    """10 to 90 % width across the node's edge along the other axis, noise-free, in pixels."""
    rows, columns = np.nonzero(node)
    column = round(float(columns.mean()))
    profile = clean[:, column - 1 : column + 2].mean(axis=1)
    top, bottom = rows[columns == column].min(), rows[columns == column].max()
    widths = []
    for start, way in ((top, -1), (bottom, 1)):
        line = profile[start - way * 2 : start + way * 5 : way][:7]
        if len(line) < 7 or (bottom - top) < 5:
            continue
        inner, outer = line[0], line[4:].mean()
        if outer - inner < 0.1 or abs(outer - fat) > 0.12:
            continue
        share = (line - inner) / (outer - inner)
        fine = np.interp(np.arange(0, 6.01, 0.05), np.arange(7), share)
        beyond = np.argmax(fine > 0.9)
        widths.append((beyond - np.flatnonzero(fine[:beyond] < 0.1)[-1]) * 0.05)
    return float(np.mean(widths)) if widths else np.nan


def _flat_fat(clean: np.ndarray, fat: float, left_out: np.ndarray) -> np.ndarray:
    odd = (np.abs(clean - fat) > 0.22) | left_out
    return ~ndimage.binary_dilation(odd, iterations=1)


def _plane(clean: np.ndarray, flat: np.ndarray) -> np.ndarray:
    rows, columns = np.nonzero(flat)
    design = np.stack([np.ones(len(rows)), rows - 16, columns - 16], axis=1)
    return np.linalg.lstsq(design, clean[flat], rcond=None)[0]


def _detrended(clean: np.ndarray, flat: np.ndarray) -> np.ndarray:
    plane = _plane(clean, flat)
    rows, columns = np.nonzero(flat)
    return clean[flat] - (plane[0] + plane[1] * (rows - 16) + plane[2] * (columns - 16))


def _shading(clean: np.ndarray, flat: np.ndarray) -> float:
    """How much the fat's level changes over the patch, along its steepest direction."""
    if flat.sum() < 200:
        return np.nan
    return float(np.hypot(*_plane(clean, flat)[1:]) * SIZE)


def _dark(picture: np.ndarray, node: np.ndarray, fat: float) -> dict[str, float]:
    """A large dark region that enters, and small dark look-alikes."""
    smooth = ndimage.gaussian_filter(picture, 0.5)
    dark, many = ndimage.label((smooth < 0.55 * fat) & ~ndimage.binary_dilation(node))
    large, small = [], []
    for index in range(1, many + 1):
        region = dark == index
        border = region[[0, -1]].any() or region[:, [0, -1]].any()
        if region.sum() >= 50 and border:
            large.append(region)
        elif 4 <= region.sum() <= 30:
            small.append(region)
    largest = max(large, key=np.sum, default=None)
    return {
        "large dark": float(largest is not None),
        "large dark to fat": np.nan
        if largest is None
        else float(np.median(picture[largest])) / fat,
        "small dark": float(len(small)),
        "small dark to fat": float(np.mean([picture[region].min() for region in small])) / fat
        if small
        else np.nan,
    }


def _autocorrelation(picture: np.ndarray) -> dict[str, float]:
    centred = picture - picture.mean()
    found = {}
    for lag in (1, 2, 4):
        for name, shifted, kept in (
            ("columns", centred[:, lag:], centred[:, :-lag]),
            ("rows", centred[lag:], centred[:-lag]),
        ):
            found[f"{name} at {lag} px"] = float(np.mean(shifted * kept) / np.mean(centred**2))
    return found


def fat_slope(cuts: list[Cut]) -> float:
    """Slope of the power spectrum of fat's texture, over patches' quarters that hold little else.

    Read on the noise-free picture, like the texture's strength: noise has a row of its own.

    A quarter counts when at most 10 % of it is something else; those pixels take its median.
    """
    spectra = []
    window = np.outer(np.hanning(16), np.hanning(16))
    for cut in cuts:
        threshold = otsu(cut.clean)
        for top in (0, 16):
            for left in (0, 16):
                part = (slice(top, top + 16), slice(left, left + 16))
                clean = cut.clean[part]
                quarter = clean.copy()
                fat = float(np.median(clean))
                odd = np.abs(clean - fat) > 0.22 * fat
                if fat < threshold or odd.mean() > 0.10:
                    continue
                quarter[odd] = fat
                spectra.append(np.abs(np.fft.fft2((quarter - quarter.mean()) * window)) ** 2)
    if len(spectra) < 20:
        return float("nan")
    mean = np.mean(spectra, axis=0)
    radius = np.hypot(np.fft.fftfreq(16)[:, None], np.fft.fftfreq(16)[None, :])
    kept = (radius > 0.1) & (radius < 0.32)
    return float(np.polyfit(np.log(radius[kept]), np.log(mean[kept]), 1)[0])
