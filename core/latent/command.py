"""`python train.py clusters`: look for groups in what a run has learned."""

from pathlib import Path

from core.command_line import NOTICE, listed, of_a_run
from core.progress import on_terminal
from core.run import named_run


def clusters(arguments: list[str]) -> int:
    """Look for groups in a finished run, and say how far they can be believed."""
    parser = of_a_run("clusters", clusters.__doc__)
    parser.add_argument(
        "--again", action="store_true", help="look again where the run has an answer already"
    )
    options = parser.parse_args(arguments)
    from core.evaluation.cluster_figures import study_run
    from core.evaluation.figures import Stamp
    from core.training.record import commit

    run = named_run(options.run, Path(options.out))
    command = f"python train.py clusters --run {run.folder.name}"
    stamp = Stamp.now(command, seeds=(run.settings.seed,), commit=commit())
    with on_terminal() as progress:
        made, figures = study_run(run, stamp=stamp, again=options.again, progress=progress)
    said = "no K is supported" if made.offered is None else f"{made.offered} groups are supported"
    print(f"{run.name}, {made.over}: {said}.")
    print(listed(figures))
    print(f"Added to {run.folder / 'added' / 'clusters'}. {NOTICE}")
    return 0
