"""The minimal flip: the smallest plausible change of a lesion's picture that turns its call.

A call is a lesion's score against the threshold chosen on patients held out. Small is meant in
standard deviations of what was seen in training: the change of smallest length that a linear
score would need is d * S g / (g' S g), with the gradient g of the logit, the covariance S and the
missing logit d. It is looked for first among the things that have names (size, elongation,
signal, texture, border), so that it can be said in words, then in the whole code. The gradient is
taken again where the step ends, until the call turns; the picture is then drawn, encoded again as
if it were a scan, and only a call that turns there counts.

It is the smallest change of this picture that flips this model; not what makes a lesion malignant.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from core.arrays import Code, Codes, Features, Labels, Mask, Patch, Patches, Values
from core.growth.delivery import Lesion, read
from core.growth.measure import Measurement
from core.latent.attributes import say_length
from core.latent.direction import Direction

Judge = Callable[[Codes], Values]
Encode = Callable[[Patches], Codes]

MARGIN = 0.02  # in logits beyond the threshold: a call on the line itself is no call
ROUNDS = 6  # of linearising; the heads are smooth
STRETCHES = tuple(np.geomspace(0.2, 4.0, 24))  # of the step: what is drawn is softer than a code
HALVINGS = 4  # between the last stretch that does not turn the call and the first that does: 1 %
SAID = 1.5  # times as large may a change be that can be said in words
STEP_SD = 0.05  # of finite differences
WORTH_SAYING_SD = 0.25  # changes smaller than this go unsaid
WORTH_SAYING_MM = 0.1


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

    def words(self, spread: dict[str, float]) -> str:
        """The change as a reader would say it: "1.9 mm larger, border more irregular".

        Args:
            spread: Standard deviation of each reading over training lesions.
        """
        if self.by_outline_mm is not None:
            more_mm, from_mm = self.by_outline_mm
            if abs(more_mm) < WORTH_SAYING_MM:
                return "not changed in size, by the code; the ruler cannot read this picture"
            word, reference = ("larger", from_mm + more_mm) if more_mm > 0 else ("smaller", from_mm)
            said_mm = say_length(abs(more_mm), reference)
            return f"{said_mm} {word} by the code, counted from the outline"
        if self.before is None or self.after is None:
            return "changed in a way that the ruler cannot read"
        grown = self.after.short_axis_mm - self.before.short_axis_mm
        said = []
        if abs(grown) >= WORTH_SAYING_MM:
            reference = max(self.after.short_axis_mm, self.before.short_axis_mm)
            word = "larger" if grown > 0 else "smaller"
            said.append(f"{say_length(abs(grown), reference)} {word}")
        for name, (more, less) in WORDS.items():
            change = getattr(self.after, name) - getattr(self.before, name)
            if abs(change) >= WORTH_SAYING_SD * spread.get(name, np.inf):
                said.append(more if change > 0 else less)
        return ", ".join(said) or "changed by less than the ruler tells apart"

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


WORDS = {
    "elongation": ("more elongated", "rounder"),
    "contrast": ("brighter against its surroundings", "darker against its surroundings"),
    "texture": ("more uneven inside", "more even inside"),
    "border": ("border more irregular", "border smoother"),
}


def minimal_flip(
    lesion: Lesion,
    *,
    named: Sequence[Direction],
    covariance: Features,
    score: Judge,
    threshold: float,
    encode: Encode,
    typicality: Judge,
) -> Flip:
    """Look for the smallest plausible change that turns a lesion's call.

    Args:
        lesion: What is changed, and how its pictures are completed.
        named: Directions that can be said in words.
        covariance: Of the training codes, (latent, latent).
        score: Turns codes into scores in 0..1.
        threshold: The score from which a lesion is called.
        encode: Turns pictures into codes.
        typicality: Turns codes into distance over that which 99 of 100 stay within.
    """
    own = encode(lesion.picture[None])
    before = float(score(own)[0])
    upwards = before < threshold
    limit = max(1.0, float(typicality(lesion.code[None])[0])) + 1e-6
    tried = []
    for basis in (_basis(named, covariance), np.linalg.cholesky(_firm(covariance))):
        if not basis.shape[1]:
            continue
        move = _step(lesion.code, basis, score, threshold, upwards)

        def drawn(stretches: Sequence[float], move: Code = move) -> _Drawn:
            codes = (lesion.code + np.outer(stretches, move)).astype(lesion.code.dtype)
            pictures = lesion.complete(lesion.decode(codes), codes)
            scores, far = score(encode(pictures)), typicality(codes)
            turned = (scores >= threshold) if upwards else (scores < threshold)
            return _Drawn(
                np.array(stretches), codes, pictures, scores, far, turned & (far <= limit)
            )

        seen = drawn(STRETCHES)
        good, plausible = np.flatnonzero(seen.good), np.flatnonzero(seen.far <= limit)
        at = int(good[0]) if good.size else int(plausible[-1]) if plausible.size else 0
        if good.size:
            seen, at = _bisected(seen, at, drawn), 0
        (after,) = read(seen.pictures[at][None], lesion.spacing_mm)
        flip = Flip(
            found=bool(good.size),
            code=seen.codes[at],
            picture=seen.pictures[at],
            before=lesion.measurement,
            after=after,
            score_before=before,
            score_after=float(seen.scores[at]),
            typicality=float(seen.far[at]),
            named=basis.shape[1] < len(covariance),
            size_sd=float(seen.stretches[at] * _length(move, covariance)),
            by_outline_mm=_by_outline(lesion, seen.codes[at]),
        )
        tried.append(flip)
    return min(tried, key=lambda flip: (not flip.found, flip.size_sd / (SAID if flip.named else 1)))


class _Drawn(NamedTuple):
    """Stretches of a step, what was drawn for each, and whether the call turned plausibly."""

    stretches: Values
    codes: Codes
    pictures: Patches
    scores: Values
    far: Values
    good: Labels


def _bisected(seen: _Drawn, at: int, drawn: Callable[[Sequence[float]], _Drawn]) -> _Drawn:
    """The shortest stretch that turns the call, alone, between the last that does not and `at`."""
    best = _Drawn(*(each[at : at + 1] for each in seen))
    low = float(seen.stretches[at - 1]) if at else 0.0
    for _ in range(HALVINGS):
        tried = drawn([(low + float(best.stretches[0])) / 2])
        if tried.good[0]:
            best = tried
        else:
            low = float(tried.stretches[0])
    return best


def _by_outline(lesion: Lesion, code: Code) -> tuple[float, float] | None:
    if lesion.outlined is None:
        return None
    from_mm = lesion.outlined.short_axis_mm
    times = float(lesion.outlined.growth(code[None], lesion.code)[0])
    return (times - 1) * from_mm, from_mm


def _basis(named: Sequence[Direction], covariance: Features) -> Features:
    """One column a named direction, each one standard deviation long as training codes go."""
    inverse = np.linalg.inv(_firm(covariance))
    columns = [
        each.move / np.sqrt(max(float(each.move @ inverse @ each.move), 1e-12))
        for each in named
        if not each.is_nothing
    ]
    return np.stack(columns, axis=1) if columns else np.zeros((len(covariance), 0))


def _step(start: Code, basis: Features, score: Judge, threshold: float, upwards: bool) -> Code:
    """The smallest step along a basis that brings the linearised logit beyond the threshold."""
    wanted = _logit(np.array([threshold]))[0] + (MARGIN if upwards else -MARGIN)
    amounts = np.zeros(basis.shape[1])
    for _ in range(ROUNDS):
        here = start + basis @ amounts
        tried = np.concatenate([here[None], here + STEP_SD * basis.T]).astype(np.float32)
        logits = _logit(score(tried))
        gradient = (logits[1:] - logits[0]) / STEP_SD
        steepness = float(gradient @ gradient)
        if steepness < 1e-12:
            break
        # the nearest point to the start on the plane that the gradient draws here
        missing = wanted - logits[0] + float(gradient @ amounts)
        amounts = missing * gradient / steepness
    move: Code = basis @ amounts
    return move


def _length(move: Code, covariance: Features) -> float:
    return float(np.sqrt(max(float(move @ np.linalg.inv(_firm(covariance)) @ move), 0.0)))


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
