"""How near simulated growth comes to the same synthetic lesion drawn larger, and what beats it."""

from core.growth.delivery import Keep
from core.growth.standing import standing
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
    verdict = (
        "**An image warp that needs no model comes nearer to the truth.** What the model adds is "
        "its score along the way, not a better picture."
        if found.unaided_wins
        else "The model's way comes nearer to the truth than the best image warp."
    )
    parts.section(
        title,
        f"{walked.lesions} synthetic {run.words.lesions} of test patients, 3 mm larger, held "
        "against the same ones drawn larger for real. This way: "
        f"{WAY_WORDS.get(way, way)}; kept of the scan: {KEEP_WORDS[keep]}.",
    )
    parts.facts(
        [
            ("this way, likeness to the truth", _said(walked.psnr, walked.ssim, walked.dice)),
            (f"{unaided.way}, no model", _said(unaided.psnr, unaided.ssim, unaided.dice)),
        ]
    )
    parts.note(verdict)


def _said(psnr: float, ssim: float, dice: float) -> str:
    return f"{psnr:.1f} dB, SSIM {ssim:.2f}, overlap of outlines {dice:.2f}"
