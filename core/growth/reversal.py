"""There and back: a lesion made 3 mm larger, read anew as if it were a scan, and made 3 mm smaller.

And how far the network's own picture of a lesion is from the scan before anything is moved: what
lies between a way that keeps nothing of the scan and the scan itself.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from core.errors import LatentError
from core.evaluation.intervals import mean_interval
from core.growth import trial
from core.growth.by_patient import Counted
from core.growth.delivery import Decode, read
from core.growth.specimen import Specimen


def reversed_error(
    one: Specimen,
    way: trial.Contestant,
    *,
    decode: Decode,
    encode: trial.Encode,
    spacing_mm: tuple[float, float],
) -> float | None:
    """How far +3 mm and then -3 mm ends from the start, mean absolute, in the scale of greys.

    The larger picture is encoded and measured again, as if it were a scan, and made smaller from
    there. A way that keeps nothing of the scan starts at the network's picture of it, every other
    at the scan.

    Returns:
        None where the larger picture, or one of the two walks, cannot be read.
    """
    try:
        larger = way.grow(one, np.array([trial.JUDGED_MM]), "closed").pictures[0]
        code = encode(larger[None])
        again = replace(one, patch=larger, code=code, reading=read(larger[None], spacing_mm)[0])
        if again.reading is None:
            return None
        back = way.grow(again, np.array([-trial.JUDGED_MM]), "closed").pictures[0]
    except LatentError:
        return None
    start = decode(one.code)[0] if way.keep == "nothing" else one.patch
    return float(np.abs(back - start).mean())


def reversed_of(
    entered: Sequence[Specimen],
    ways: Sequence[trial.Contestant],
    *,
    decode: Decode,
    encode: trial.Encode,
    spacing_mm: tuple[float, float],
) -> dict[str, Counted]:
    """Mean error of +3 mm and back by way, and of how many lesions.

    The re-rendering has none: it starts from the truth.

    Args:
        entered: Lesions that the ruler reads.
        ways: What is asked; a way that could not be walked is absent from what is found.
        decode: Turns codes into pictures.
        encode: Turns pictures into codes.
        spacing_mm: Size of a pixel, (down, across).
    """
    found = {}
    for way in ways:
        if way.name == trial.TRUTH:
            continue
        ends = [
            (one.patient_id, end)
            for one in entered
            if one.reading is not None
            and (
                end := reversed_error(one, way, decode=decode, encode=encode, spacing_mm=spacing_mm)
            )
            is not None
        ]
        if ends:
            who, wrong = zip(*ends, strict=True)
            found[way.name] = mean_interval(np.array(wrong), who), len(ends)
    return found


def redrawn_of(
    entered: Sequence[Specimen], ways: Sequence[trial.Contestant], *, decode: Decode
) -> dict[str, Counted]:
    """Mean absolute difference of the network's picture and the scan, for the ways that use it."""
    wrong = [float(np.abs(decode(one.code)[0] - one.patch).mean()) for one in entered]
    error = mean_interval(np.array(wrong), [one.patient_id for one in entered])
    return {way.name: (error, len(entered)) for way in ways if way.way is not None}
