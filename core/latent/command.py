"""`python train.py clusters`: look for groups in what a run has learned."""

from pathlib import Path

from core.command_line import NOTICE, listed, of_a_run
from core.progress import Progress, on_terminal
from core.run import Run, named_run


def clusters(arguments: list[str]) -> int:
    """Look for groups in a finished run, and say how far they can be believed."""
    parser = of_a_run("clusters", clusters.__doc__)
    parser.add_argument(
        "--again", action="store_true", help="look again where the run has an answer already"
    )
    parser.add_argument(
        "--maps", action="store_true",
        help="lay out another seed's map and the moments of training too, which the Atlas "
        "otherwise does when somebody first asks",
    )  # fmt: skip
    options = parser.parse_args(arguments)
    from core.evaluation.cluster_figures import study_run
    from core.evaluation.figures import Stamp
    from core.training.record import commit

    run = named_run(options.run, Path(options.out))
    command = f"python train.py clusters --run {run.folder.name}"
    stamp = Stamp.now(command, seeds=(run.settings.seed,), commit=commit())
    with on_terminal() as progress:
        made, figures = study_run(run, stamp=stamp, again=options.again, progress=progress)
        if options.maps:
            _lay_maps(run, progress)
    said = "no K is supported" if made.offered is None else f"{made.offered} groups are supported"
    print(f"{run.name}, {made.over}: {said}.")
    print(listed(figures))
    print(f"Added to {run.folder / 'added' / 'clusters'}. {NOTICE}")
    return 0


def _lay_maps(run: Run, progress: Progress) -> None:
    """Further maps into the run; each that is there already stays."""
    from core.latent.forming import has_moments, read_formed, write_formed
    from core.latent.kept import lay_again, maps_folders, read_again

    folder, _ = maps_folders(run)
    if read_again(run, (folder,)) is None:
        lay_again(run, folder)
    named = "named_x" in run.map
    for over in (True, False) if has_moments(run) else ():
        if (named or not over) and read_formed(run, named=over, folders=(folder,)) is None:
            write_formed(run, progress, named=over, folder=folder)
