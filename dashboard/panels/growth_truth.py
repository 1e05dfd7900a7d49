"""How near simulated growth comes to the same synthetic lesion drawn larger, and what beats it."""

from core.evaluation.intervals import Interval
from core.growth.delivery import Keep
from core.growth.standing import Standing, standing
from core.latent.direction import Way
from core.run import Run
from dashboard import parts
from dashboard.panels.growth_choices import KEEP_WORDS, WAY_WORDS


def held_against_truth(run: Run, way: Way | None, keep: Keep) -> None:
    """The way that is walked now beside the best image warp, on test lesions, in a sentence."""
    if standing(run) is None:
        return
    found = None if way is None else standing(run, way=way, keep=keep)
    title = "How near is this to the truth?"
    if way is None or found is None:
        parts.section(title, "This way of finding the direction was not tried in this run's trial.")
        return
    walked, unaided = found.walked, found.unaided
    parts.section(
        title,
        f"{walked.lesions} synthetic {run.words.lesions} of test patients, 3 mm larger, held "
        "against the same ones drawn larger for real, a refused one as the scan unchanged. This "
        "way: "
        f"{WAY_WORDS.get(way, way)}; kept of the scan: {KEEP_WORDS[keep]}.",
    )
    parts.facts(
        [
            ("this way, likeness to the truth", _said(walked.psnr, walked.ssim, walked.dice)),
            (f"{unaided.way}, no model", _said(unaided.psnr, unaided.ssim, unaided.dice)),
        ]
    )
    parts.note(verdict_words(found))


def verdict_words(found: Standing) -> str:
    """Which comes nearer to the truth, by the difference on the same lesions, or neither."""
    if found.psnr is None or found.ssim is None:
        return (
            "This run's trial kept no single lesions, so it cannot be said whether the two differ "
            "by more than chance."
        )
    apart = (
        f"On the same {found.walked.lesions} the model's way is {_apart(found.psnr, '.1f')} dB and "
        f"{_apart(found.ssim, '.2f')} SSIM from the warp's"
        + ("" if found.dice is None else f", its outlines' overlap {_apart(found.dice, '.2f')}")
        + " (95 % intervals by patient)."
    )
    said = {
        "nearer": "The model's way comes nearer to the truth than the best image warp.",
        "farther": "**An image warp that needs no model comes nearer to the truth.** What the "
        "model adds is its score along the way, not a better picture.",
        "alike": "**By their greys the two cannot be told apart** on so few lesions.",
    }
    return f"{said[found.verdict]} {apart}"


def _apart(found: Interval, places: str) -> str:
    value, low, high = (f"{one:+{places}}" for one in (found.value, found.low, found.high))
    return f"{value} ({low} to {high})"


def _said(psnr: float, ssim: float, dice: float) -> str:
    return f"{psnr:.1f} dB, SSIM {ssim:.2f}, overlap of outlines {dice:.2f}"
