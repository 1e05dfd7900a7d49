"""How near simulated growth comes to the same synthetic lesion drawn larger, and what beats it."""

from core.growth.standing import standing
from core.run import Run
from dashboard import parts


def held_against_truth(run: Run) -> None:
    """The way that is walked beside the best image warp, on test lesions, in a sentence."""
    found = standing(run)
    if found is None:
        return
    walked, unaided = found.walked, found.unaided
    verdict = (
        "**An image warp that needs no model comes nearer to the truth.** What the model adds is "
        "its score along the way, not a better picture."
        if found.unaided_wins
        else "The model's way comes nearer to the truth than the best image warp."
    )
    parts.section(
        "How near is this to the truth?",
        f"{walked.lesions} synthetic {run.words.lesions} of test patients, 3 mm larger, held "
        "against the same ones drawn larger for real.",
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
