"""What a run that went wrong looks like on each page: for class, and for whoever made one."""

from core.latent.collapse import Collapse, how_collapsed
from core.run import Run
from dashboard import state

INTENDED = {
    "collapsed": "Made to go wrong: the KL weighs a thousand times too much, and the model draws "
    "plain grey whatever it is shown.",
    "size-only": "Made to know too little: its code has two numbers, and one was trained to carry "
    "the short axis.",
}
COLLAPSED = {
    "atlas": "Here points lie without order: colour the map by anything, and neighbours have "
    "nothing in common.",
    "dials": "Here the picture stays the same whatever is turned: hardly any dimension is active, "
    "and no dial is known to the model.",
    "how-good": "Below, the best, the median and the worst reconstruction are the same picture, "
    "and KL and active units end near zero.",
    "": "Dials: hardly any dimension is active. Atlas: points lie without order. How good: all "
    "reconstructions are alike.",
}
PARTLY = {
    "dials": "Here the raw dimensions show which ones are silent: turning those changes nothing.",
    "how-good": "Here KL and active units over the epochs show when it happened.",
    "": "Dials shows which dimensions are silent, How good when that happened.",
}
SIZE_ONLY = {
    "atlas": "Here the map sorts {lesions} by short axis; coloured by long / short it has no "
    "order.",
    "dials": "Here size is the only dial there is, and every {lesion} is drawn as a round blur.",
    "how-good": "Here reconstructions have the right size and none of the detail.",
    "": "Dials: size is the only dial. Atlas: sorted by short axis, in no order by long / short. "
    "How good: reconstructions have the right size and none of the detail.",
}


def collapse(run: Run) -> Collapse:
    """How far the run's posterior had collapsed when training ended, on validation patches."""
    last = run.history[run.history["phase"] == "vae"].iloc[-1]
    return how_collapsed(
        int(last["active_units"]), run.codes.shape[1], kl_nats=float(last["validation_kl"])
    )


def to_see(run: Run, page: str) -> tuple[str, ...]:
    """What to look at on a page of a collapsed run or of an example; nothing for other runs.

    Args:
        run: Whose pages are looked at.
        page: Its address, "how-good"; "" for the first page.
    """
    if how := collapse(run):
        said = COLLAPSED if how == "wholly" else PARTLY
    elif state.is_example(run) and run.name == "size-only":
        said = SIZE_ONLY
    else:
        return ()
    sentence = said.get(page, said[""])
    return (sentence.format(lesion=run.words.lesion, lesions=run.words.lesions),)


def intended(run: Run) -> tuple[str, ...]:
    """What was done to an example on purpose; nothing for other runs."""
    return (INTENDED[run.name],) if state.is_example(run) and run.name in INTENDED else ()
