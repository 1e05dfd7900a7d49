"""One number of a code changed and nothing else: what the ruler reads of what is then drawn."""

import numpy as np
import pandas as pd

from core.arrays import Code, Codes
from core.growth.delivery import Decode, read

READINGS = ("short_axis_mm", "elongation", "contrast", "texture", "border")
WALK_SD = (-1.0, 1.0)  # either way, in standard deviations of the dimension
LESIONS = 24  # enough for a mean, quick enough to wait for


def traversed(
    codes: Codes,
    dimensions: tuple[int, ...],
    sd: Code,
    *,
    decode: Decode,
    spacing_mm: tuple[float, float],
    spread: dict[str, float],
) -> pd.DataFrame:
    """How much every reading changes for one standard deviation of single dimensions.

    Every lesion is drawn one standard deviation below and above itself; half the difference is
    its change, and the mean over lesions is given in standard deviations of the reading.

    Args:
        codes: Of lesions to start from; at most 24 are taken, evenly.
        dimensions: Which.
        sd: Standard deviation of every dimension over training codes, (latent,).
        decode: Turns codes into pictures.
        spacing_mm: Size of a pixel, (down, across).
        spread: Standard deviation of each reading over training lesions.

    Returns:
        One line a dimension: dimension, a column for each reading, pixels (mean absolute change
        of the picture) and read (share of pictures that the ruler could read).
    """
    taken = codes[np.linspace(0, len(codes) - 1, min(LESIONS, len(codes))).round().astype(int)]
    lines = []
    for index in dimensions:
        moved = np.repeat(taken[None], len(WALK_SD), 0).copy()
        for step, amount in enumerate(WALK_SD):
            moved[step, :, index] += np.float32(amount * sd[index])
        pictures = decode(moved.reshape(-1, codes.shape[1]))
        found = read(pictures, spacing_mm)
        low, high = found[: len(taken)], found[len(taken) :]
        line: dict[str, float] = {"dimension": index}
        for name in READINGS:
            changes = [
                (getattr(b, name) - getattr(a, name)) / 2
                for a, b in zip(low, high, strict=True)
                if a is not None and b is not None
            ]
            scale = spread.get(name, 0.0)
            line[name] = float(np.mean(changes)) / scale if changes and scale > 0 else np.nan
        down, up = pictures[: len(taken)], pictures[len(taken) :]
        line["pixels"] = float(np.abs(up - down).mean() / 2)
        line["read"] = float(np.mean([one is not None for one in found]))
        lines.append(line)
    return pd.DataFrame(lines)
