"""The minimal flip: the smallest plausible change of a lesion's picture that turns its call.

A call is a lesion's score against the threshold chosen on patients held out. Small is meant in
standard deviations of what was seen in training. It is looked for among the things that have
names (size, elongation, signal, texture, border), so that it can be said in words, and in the
whole code: first by what the picture answers when it is encoded again as if it were a scan
(`core.growth.turning`), and where that finds nothing along the straight way that the score of
codes alone asks for. Only a call that turns on the picture encoded again counts, and only within
what training patients showed.

It is the smallest change of this picture that flips this model; not what makes a lesion malignant.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from core.arrays import Code, Codes, Features, Mask, Patch, Patches, Values
from core.growth.change_words import change_in_words
from core.growth.delivery import Lesion, read
from core.growth.fence import Numbers
from core.growth.measure import Measurement
from core.growth.turning import STEP_SD, Drawn, Room, stretched, turned
from core.latent.direction import Direction
from core.latent.shell import Shell

Judge = Callable[[Codes], Values]
Encode = Callable[[Patches], Codes]

MARGIN = 0.02  # in logits beyond the threshold: a call on the line itself is no call
ROUNDS = 6  # of linearising the score of codes; the heads are smooth
SAID = 1.5  # times as large may a change be that can be said in words
SMALL_SD = 0.05  # of finite differences of the score of codes


@dataclass(frozen=True, eq=False)
class Flip:
    """The smallest plausible change that turns a call, or the nearest that does not.

    Attributes:
        found: Whether the call turned on the picture as it is encoded again.
        code: Where the picture was drawn from, (latent,).
        picture: As it is delivered, in [0, 1].
        before: What the ruler reads of the scan.
        after: What the ruler reads of the changed picture.
        score_before: Of the scan.
        score_after: Of the changed picture, encoded again.
        typicality: Of its code; above 1 outside what training patients showed.
        named: Whether only things that have names were changed.
        size_sd: Length of the change in standard deviations of the training codes.
        by_outline_mm: Change of the short axis that the code stands for, counted from the
            outline, and the outline's short axis; None where the ruler is asked.
        by_code: What the code holds of each named attribute: its name, how much more it is after
            the change, and the attribute's usual spread, each in the attribute's unit.
    """

    found: bool
    code: Code
    picture: Patch
    before: Measurement | None
    after: Measurement | None
    score_before: float
    score_after: float
    typicality: float
    named: bool
    size_sd: float
    by_outline_mm: tuple[float, float] | None = None
    by_code: tuple[tuple[str, float, float], ...] = ()

    def words(self, spread: dict[str, float]) -> str:
        """The change as a reader would say it: "1.9 mm larger, border more irregular".

        Args:
            spread: Standard deviation of each reading over training lesions.
        """
        return change_in_words(
            self.before, self.after, spread, by_outline_mm=self.by_outline_mm, by_code=self.by_code
        )

    def inside(self, scan: Patch, mask: Mask) -> float:
        """Share of the summed absolute change within both lesions, each widened by 1 px.

        Args:
            scan: The picture before.
            mask: The lesion before; the ruler's region gives the one after.
        """
        from scipy.ndimage import binary_dilation

        where = mask.copy()
        if self.after is not None:
            height, width = mask.shape
            fine = self.after.region
            blocks = fine.reshape(height, len(fine) // height, width, fine.shape[1] // width)
            where |= blocks.mean(axis=(1, 3)) >= 0.5
        change = np.abs(self.picture - scan)
        near = binary_dilation(where, np.ones((3, 3), dtype=bool))
        return float(change[near].sum() / change.sum()) if change.sum() > 0 else float("nan")


SPREADS = 4.65  # from 1 % to 99 % of a normal distribution, in standard deviations


def minimal_flip(
    lesion: Lesion,
    *,
    named: Sequence[Direction],
    covariance: Features,
    score: Judge,
    threshold: float,
    encode: Encode,
    seen: Shell,
) -> Flip:
    """Look for the smallest plausible change that turns a lesion's call.

    Args:
        lesion: What is changed, and how its pictures are completed.
        named: Directions that can be said in words.
        covariance: Of the training codes, (latent, latent).
        score: Turns codes into scores in 0..1.
        threshold: The score from which a lesion is called.
        encode: Turns pictures into codes.
        seen: What training patients showed; a lesion that is unusual itself may not become
            more so.
    """
    before = float(score(encode(lesion.picture[None]))[0])
    upwards = 1.0 if before < threshold else -1.0
    wanted = upwards * _logit(np.array([threshold]))[0] + MARGIN

    def logits(pictures: Patches) -> Values:
        return upwards * _logit(score(encode(pictures)))

    tried = []
    for basis in (_basis(named, covariance), np.linalg.cholesky(_firm(covariance))):
        if not basis.shape[1]:
            continue
        room = Room.of(seen, lesion.code, basis)

        def codes_of(amounts: Features, basis: Features = basis) -> Codes:
            codes: Codes = (lesion.code + amounts @ basis.T).astype(lesion.code.dtype)
            return codes

        def draw(amounts: Features, codes_of: Callable[[Features], Codes] = codes_of) -> Drawn:
            codes = codes_of(amounts)
            pictures = lesion.complete(lesion.decode(codes), codes)
            return Drawn(amounts, codes, pictures, logits(pictures))

        def slope_at(at: Values, codes_of: Callable[[Features], Codes] = codes_of) -> Values:
            # of the bare drawing: what is kept of the scan jumps where the ruler does
            steps = np.concatenate([at[None], at + STEP_SD * np.eye(len(at))])
            answers = logits(lesion.decode(codes_of(steps)))
            slope: Values = (answers[1:] - answers[0]) / STEP_SD
            return slope

        point, found = turned(draw, slope_at, wanted=wanted, room=room, directions=basis.shape[1])
        if not found:
            amounts = _amounts(lesion.code, basis, score, upwards, wanted)
            other, found = stretched(draw, amounts, wanted=wanted, room=room)
            point = other if found or other.logits[0] > point.logits[0] else point
        (after,) = read(point.pictures, lesion.spacing_mm)
        tried.append(
            Flip(
                found=found,
                code=point.codes[0],
                picture=point.pictures[0],
                before=lesion.measurement,
                after=after,
                score_before=before,
                score_after=float(score(encode(point.pictures))[0]),
                typicality=float(seen.typicality(point.codes)[0]),
                named=basis.shape[1] < len(covariance),
                size_sd=point.size_sd,
                by_outline_mm=_by_outline(lesion, point.codes[0]),
                by_code=_by_code(lesion, point.codes[0], named),
            )
        )
    return min(tried, key=lambda flip: (not flip.found, flip.size_sd / (SAID if flip.named else 1)))


def _by_outline(lesion: Lesion, code: Code) -> tuple[float, float] | None:
    if lesion.outlined is None:
        return None
    from_mm = lesion.outlined.short_axis_mm
    times = float(lesion.outlined.growth(code[None], lesion.code)[0])
    return (times - 1) * from_mm, from_mm


def _by_code(
    lesion: Lesion, code: Code, named: Sequence[Direction]
) -> tuple[tuple[str, float, float], ...]:
    found = []
    for each in named:
        before, after = each.read(np.stack([lesion.code, code]))
        if np.isfinite([before, after, each.low, each.high]).all():
            found.append((each.name, float(after - before), (each.high - each.low) / SPREADS))
    return tuple(found)


def _basis(named: Sequence[Direction], covariance: Features) -> Features:
    """One column a named direction, each one standard deviation long as training codes go."""
    inverse = np.linalg.inv(_firm(covariance))
    columns = [
        each.move / np.sqrt(max(float(each.move @ inverse @ each.move), 1e-12))
        for each in named
        if not each.is_nothing
    ]
    return np.stack(columns, axis=1) if columns else np.zeros((len(covariance), 0))


def _amounts(start: Code, basis: Features, score: Judge, upwards: float, wanted: float) -> Numbers:
    """The smallest amounts along a basis that bring the code's own linearised logit so far."""
    amounts: Numbers = np.zeros(basis.shape[1])
    for _ in range(ROUNDS):
        here = start + basis @ amounts
        tried = np.concatenate([here[None], here + SMALL_SD * basis.T]).astype(np.float32)
        logits = upwards * _logit(score(tried))
        gradient = (logits[1:] - logits[0]) / SMALL_SD
        steepness = float(gradient @ gradient)
        if steepness < 1e-12:
            break
        # the nearest point to the start on the plane that the gradient draws here
        missing = wanted - logits[0] + float(gradient @ amounts)
        amounts = missing * gradient / steepness
    return amounts


def _firm(covariance: Features) -> Features:
    """The covariance with a little on its diagonal, for dimensions without any spread."""
    firm: Features = covariance + 1e-4 * np.trace(covariance) / len(covariance) * np.eye(
        len(covariance)
    )
    return firm


def _logit(scores: Values) -> Values:
    inside = np.clip(np.asarray(scores, dtype=np.float64), 1e-9, 1 - 1e-9)
    logits: Values = np.log(inside / (1 - inside))
    return logits


def nearest_of_other_call(
    codes: Codes, scores: Values, labels: Values, code: Code, *, called: bool, threshold: float
) -> int | None:
    """The row nearest to a code that the model calls otherwise, from a patient labelled so too.

    Args:
        codes: Of the rows that may be shown.
        scores: Theirs.
        labels: Of their patients.
        code: Where the flip ended.
        called: Whether the lesion itself was called before.
        threshold: The score from which a lesion is called.
    """
    fitting = (
        (scores < threshold) & (labels == 0) if called else (scores >= threshold) & (labels == 1)
    )
    if not fitting.any():
        return None
    away = np.where(fitting, np.linalg.norm(codes - code, axis=1), np.inf)
    return int(np.argmin(away))
