"""There and back: a lesion made 3 mm larger, encoded again, and made 3 mm smaller from there."""

from collections.abc import Iterator, Sequence

import numpy as np

from core.arrays import Code, Patch
from core.errors import LatentError
from core.evaluation.intervals import Interval, mean_interval
from core.growth.calibrate import calibrated_way
from core.growth.delivery import Decode, Keep
from core.growth.simulate import SIZE, grow
from core.growth.specimen import Specimen
from core.growth.trial import JUDGED_MM, Contestant, Encode
from core.latent.direction import Direction
from core.latent.space import LatentSpace


def reversed_error(
    entered: Sequence[Specimen],
    along: Direction,
    keep: Keep,
    *,
    decode: Decode,
    encode: Encode,
    spacing_mm: tuple[float, float],
    share: float | None = None,
) -> Iterator[tuple[str, float]]:
    """How far +3 mm and then -3 mm ends from the start, mean absolute, with each patient.

    The larger picture is encoded again, as if it were a scan, and made smaller from there.
    """

    def walked(patch: Patch, code: Code, step_mm: float) -> Patch:
        found = grow(
            code,
            along,
            np.array([step_mm]),
            decode=decode,
            spacing_mm=spacing_mm,
            original=patch,
            loop="closed",
            keep=keep,
            share=share,
        )
        grown: Patch = found.pictures[0]
        return grown

    for one in entered:
        try:
            larger = walked(one.patch, one.code[0], JUDGED_MM)
            back = walked(larger, encode(larger[None])[0], -JUDGED_MM)
        except LatentError:
            continue
        start = one.patch if keep != "nothing" else decode(one.code)[0]
        yield one.patient_id, float(np.abs(back - start).mean())


def reversed_of(
    entered: Sequence[Specimen],
    ways: Sequence[Contestant],
    *,
    space: LatentSpace,
    decode: Decode,
    encode: Encode,
    spacing_mm: tuple[float, float],
) -> dict[str, Interval]:
    """Mean error of +3 mm and back by latent way; a way that could not be walked is absent."""
    found = {}
    for one in ways:
        if one.way is None or one.keep is None:
            continue
        along = calibrated_way(space, SIZE, one.way, decode=decode, spacing_mm=spacing_mm)
        back = reversed_error(
            entered,
            along,
            one.keep,
            decode=decode,
            encode=encode,
            spacing_mm=spacing_mm,
            share=one.share,
        )
        pairs = list(back)
        if pairs:
            who, wrong = zip(*pairs, strict=True)
            found[one.name] = mean_interval(np.array(wrong), who)
    return found
