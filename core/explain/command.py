"""`python train.py explain`: judge the heat maps of a finished run."""

from pathlib import Path

from core.command_line import NOTICE, listed, of_a_run
from core.errors import SettingsError
from core.progress import on_terminal
from core.run import named_run


def explain(arguments: list[str]) -> int:
    """Judge the heat maps of a finished run and add the table to it."""
    parser = of_a_run("explain", explain.__doc__)
    parser.add_argument("--planted", help="a run trained on a cohort of `phantom --planted`")
    parser.add_argument("--retrained", help="another training on the same cohort")
    parser.add_argument(
        "--only",
        action="store_true",
        help="with these: add what they say, and leave the run's own maps as judged",
    )
    options = parser.parse_args(arguments)
    if options.only and not (options.planted or options.retrained):
        raise SettingsError("--only", "no second run", "--planted RUN, --retrained RUN, or both")
    from core.explain.report import explain_run

    out = Path(options.out)
    planted, other = (
        named_run(place, out) if place else None for place in (options.planted, options.retrained)
    )
    run = named_run(options.run, out)
    # by their names: a figure goes out with the run, and where a folder lies is nobody's business
    said = [("--run", run), ("--planted", planted), ("--retrained", other)]
    asked = [word for option, one in said if one is not None for word in (option, one.name)]
    asked += ["--only"] * options.only
    with on_terminal() as progress:
        figures = explain_run(
            run,
            command=" ".join(["python train.py explain", *asked]),
            planted=planted,
            other=other,
            only_others=options.only,
            device=options.device,
            progress=progress,
        )
    print(listed(figures))
    print(f"Added to {run.name}. {NOTICE}")
    return 0
