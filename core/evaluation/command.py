"""`python train.py evaluate`: how good a finished run is, cross-validated or by fresh patients."""

from pathlib import Path

from core.command_line import NOTICE, listed, of_a_run, say
from core.errors import SettingsError
from core.progress import on_terminal
from core.run import Run, named_run


def evaluate(arguments: list[str]) -> int:
    """Cross-validate a finished run by patient; everything is chosen inside the training folds."""
    parser = of_a_run("evaluate", evaluate.__doc__)
    parser.add_argument("--folds", type=int, default=5, help="outer folds [5]")
    parser.add_argument("--repeats", type=int, default=10, help="how often they are dealt [10]")
    parser.add_argument("--seed", type=int, default=0, help="of the folds [0]")
    parser.add_argument(
        "--fresh",
        type=int,
        default=0,
        help="draw so many synthetic patients never seen and judge the run by them instead [0]",
    )
    parser.add_argument("--fresh-seed", type=int, help="of those patients [90001]")
    parser.add_argument(
        "--vae-inside",
        type=int,
        default=0,
        help="train everything anew in every fold, so many repeats, instead [0]",
    )
    parser.add_argument("--cohort", help="where its cohort lies, for --vae-inside")
    options = parser.parse_args(arguments)
    if min(options.fresh, options.fresh_seed or 0, options.vae_inside) < 0:
        raise SettingsError("--fresh, --vae-inside", "a negative number", "0 or more")
    if options.folds < 2 or options.repeats < 1 or options.seed < 0:
        asked = f"{options.folds} folds, {options.repeats} repeats, seed {options.seed}"
        raise SettingsError("evaluate", asked, "2 folds, 1 repeat and a seed from 0 or more")
    from core.evaluation import evaluate as road
    from core.evaluation import inside
    from core.evaluation.report import table_text
    from core.evaluation.verdict import FOLDER, INSIDE

    run = named_run(options.run, Path(options.out))
    if options.fresh:
        return _fresh(run, options.fresh, seed=options.fresh_seed, device=options.device)
    with on_terminal() as progress:
        if options.vae_inside:
            verdict = inside.evaluate_inside(
                run,
                options.vae_inside,
                folds=options.folds,
                seed=options.seed,
                cohort=options.cohort,
                device=options.device,
                progress=progress,
                report=say,
            )
        else:
            verdict = road.evaluate(
                run,
                folds=options.folds,
                repeats=options.repeats,
                seed=options.seed,
                device=options.device,
                progress=progress,
                report=say,
            )
    print(table_text(verdict))
    written = INSIDE if options.vae_inside else FOLDER
    print(f"Written: {run.folder / 'added' / written}. {NOTICE}")
    return 0


def _fresh(run: Run, patients: int, *, seed: int | None, device: str) -> int:
    from core.evaluation import fresh

    with on_terminal() as progress:
        figures = fresh.evaluate_fresh(
            run,
            patients,
            seed=fresh.SEED if seed is None else seed,
            device=device,
            progress=progress,
            report=say,
        )
    print(listed(figures))
    print(f"Written: {run.folder / 'added' / fresh.FOLDER}. {NOTICE}")
    return 0
