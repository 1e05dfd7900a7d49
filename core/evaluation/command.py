"""`python train.py evaluate`: how good a finished run is, cross-validated or by fresh patients."""

from argparse import Namespace
from pathlib import Path

from core.command_line import NOTICE, listed, of_a_run, say
from core.errors import SettingsError
from core.progress import Progress, on_terminal
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
        "--trained-on",
        type=int,
        nargs="+",
        default=[],
        metavar="N",
        help="with --fresh: fit heads on so many further fresh patients (458 or 2000, or both)",
    )
    parser.add_argument(
        "--sets",
        type=int,
        default=0,
        metavar="COHORTS",
        help="with --fresh: how often sets hold the outcome, over so many cohorts of 168 [0]",
    )
    parser.add_argument(
        "--ceiling",
        action="store_true",
        help="with --fresh: what a network reads of the true factors off the pixels alone",
    )
    parser.add_argument(
        "--scanner",
        choices=("own", "other"),
        default="own",
        help="with --fresh: other scans the same patients elsewhere too, a small CNN beside [own]",
    )
    parser.add_argument(
        "--inflation",
        type=int,
        default=0,
        metavar="COHORTS",
        help="instead: how far wrong protocols inflate an AUC, on so many cohorts of 168 [0]",
    )
    parser.add_argument(
        "--inflation-inside",
        type=int,
        default=0,
        metavar="COHORTS",
        help="the same with the autoencoder trained anew in every fold: six trainings a cohort [0]",
    )
    parser.add_argument(
        "--pool", type=int, default=1000, help="fresh patients that --inflation draws from [1000]"
    )
    parser.add_argument(
        "--vae-inside",
        type=int,
        default=0,
        help="train everything anew in every fold, so many repeats, instead [0]",
    )
    parser.add_argument(
        "--beside",
        metavar="RUN",
        help="another run on the same cohort and split: its codes with the paper's head, as a row",
    )
    parser.add_argument(
        "--light",
        action="store_true",
        help="without the rows that fit a further network in every fold, which take most of it",
    )
    parser.add_argument("--cohort", help="where its cohort lies, for --vae-inside")
    options = parser.parse_args(arguments)
    asked = (options.fresh, options.fresh_seed or 0, options.vae_inside, options.inflation)
    if min(*asked, options.inflation_inside) < 0:
        named = "--fresh, --fresh-seed, --vae-inside, --inflation, --inflation-inside"
        raise SettingsError(named, "a negative number", "0 or more")
    if options.beside and (options.vae_inside or options.fresh or options.inflation):
        wanted = "cross-validation alone: no --fresh, --vae-inside or --inflation"
        raise SettingsError("--beside", options.beside, wanted)
    if options.light and (
        options.vae_inside or options.fresh or options.inflation or options.beside
    ):
        wanted = "cross-validation alone: no --fresh, --vae-inside, --inflation or --beside"
        raise SettingsError("--light", "beside another question", wanted)
    if options.folds < 2 or options.repeats < 1 or options.seed < 0:
        found = f"{options.folds} folds, {options.repeats} repeats, seed {options.seed}"
        raise SettingsError("evaluate", found, "2 folds, 1 repeat and a seed from 0 or more")
    from core.evaluation import fresh, fresh_kept

    more = fresh.More(tuple(sorted(set(options.trained_on))), options.sets, options.ceiling)
    if more != fresh.More() and not options.fresh:
        named = "--trained-on, --sets, --ceiling"
        raise SettingsError(named, "no --fresh", "--fresh PATIENTS beside them")
    if not set(more.trained_on) <= set(fresh.TRAINED_ON) or more.cohorts < 0:
        found = f"{list(more.trained_on)} and {more.cohorts} cohorts"
        raise SettingsError("--trained-on, --sets", found, "458 or 2000, and 0 cohorts or more")
    if options.scanner == "other" and (not options.fresh or more != fresh.More()):
        wanted = "--fresh PATIENTS beside it and no --trained-on, --sets or --ceiling"
        raise SettingsError("--scanner", "other", wanted)
    run = named_run(options.run, Path(options.out))
    seed = fresh.SEED if options.fresh_seed is None else options.fresh_seed
    with on_terminal() as progress:
        if options.inflation or options.inflation_inside:
            from core.evaluation import inflation

            inside = not options.inflation
            figures = inflation.evaluate_inflation(
                run,
                options.inflation or options.inflation_inside,
                pool=options.pool,
                seed=seed,
                inside=inside,
                progress=progress,
                report=say,
            )
            told = listed(figures)
            folder = inflation.INSIDE if inside else inflation.FOLDER
        elif options.scanner == "other":
            from core.evaluation import external

            figures = external.evaluate_external(
                run,
                options.fresh,
                seed=seed,
                device=options.device,
                progress=progress,
                report=say,
            )
            told, folder = listed(figures), external.FOLDER
        elif options.fresh:
            figures = fresh.evaluate_fresh(
                run,
                options.fresh,
                seed=seed,
                more=more,
                device=options.device,
                progress=progress,
                report=say,
            )
            told, folder = listed(figures), fresh_kept.FOLDER
        else:
            told, folder = _crossed(run, options, progress)
    print(told)
    print(f"Written: {run.folder / 'added' / folder}. {NOTICE}")
    return 0


def _crossed(run: Run, options: Namespace, progress: Progress) -> tuple[str, str]:
    """Cross-validate; the table in words, and the folder it is in."""
    from core.evaluation import evaluate as road
    from core.evaluation import inside
    from core.evaluation.report import table_text
    from core.evaluation.verdict import FOLDER, INSIDE

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
        return table_text(verdict), INSIDE
    verdict = road.evaluate(
        run,
        beside=named_run(options.beside, Path(options.out)) if options.beside else None,
        folds=options.folds,
        repeats=options.repeats,
        seed=options.seed,
        light=options.light,
        device=options.device,
        progress=progress,
        report=say,
    )
    return table_text(verdict), FOLDER
