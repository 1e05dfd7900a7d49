"""Train Lymphoscape, draw its synthetic cohort, check a cohort of one's own.

python train.py                      demo preset on the synthetic cohort -> a finished run
python train.py --open               the same, with the dashboard open meanwhile
python train.py phantom --out DIR    draw a synthetic cohort
python train.py check --cohort X     read everything, report, train nothing
python train.py evaluate --run RUN   how good a finished run is, cross-validated by patient
python train.py explain --run RUN    judge the heat maps of a finished run
python train.py growth --run RUN     hold every way of growing against the truth, add the figures
python train.py clusters --run RUN   look for groups in what a run has learned
"""

import os
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from core.command_line import NOTICE, Options, carry_out, described, with_overrides
from core.errors import SettingsError
from core.progress import on_terminal
from core.settings import Settings, preset_names

if TYPE_CHECKING:
    from core.run import Run

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
APP = Path(__file__).parent / "dashboard" / "app.py"


def main(arguments: list[str]) -> int:
    """Choose the command and carry it out; returns the exit code."""
    commands = {
        "phantom": phantom,
        "check": check,
        "evaluate": evaluate,
        "explain": explain,
        "growth": growth,
        "clusters": clusters,
        "train": train,
    }
    named = bool(arguments) and arguments[0] in commands
    command = commands[arguments[0]] if named else train
    return carry_out(lambda: command(arguments[1:] if named else arguments))


def train(arguments: list[str]) -> int:
    """From a cohort to a finished run."""
    options, rest = _training_options().parse_known_args(arguments)
    settings = _settings(options.settings, options.cohort, rest)
    out = Path(options.out)
    if options.name is not None and not NAME.fullmatch(options.name):
        raise SettingsError("--name", options.name, "letters, digits, . _ and -, no folder")
    server = _open_dashboard(out) if options.open else None
    try:
        from core.cohort.source import ready_cohort
        from core.run import next_name
        from core.training.road import train as train_run

        preset = Path(options.settings).name
        with on_terminal() as progress:
            cohort = ready_cohort(settings.cohort, progress=progress)
            run = train_run(
                settings,
                cohort,
                out=out,
                name=options.name or next_name(out, Path(preset).stem),
                preset=preset,
                device=options.device,
                progress=progress,
                report=_say,
            )
        print(f"Finished: {out / run.name}, {run.manifest.patients} patients. {NOTICE}")
        if server is None:
            place = "" if str(out) == "runs" else f" -- --runs {out}"
            print(f"Open it:  streamlit run dashboard/app.py{place}")
        else:
            print("The dashboard has the new run. Ctrl-C closes it.")
            with suppress(KeyboardInterrupt):
                server.wait()
    finally:
        if server is not None:
            server.terminate()
    return 0


def phantom(arguments: list[str]) -> int:
    """Draw a synthetic cohort."""
    parser = Options(prog="train.py phantom", description=phantom.__doc__, epilog=NOTICE)
    parser.add_argument("--out", required=True, help="folder of the new BIDS dataset")
    parser.add_argument("--patients", type=int, default=168, help="how many [168]")
    parser.add_argument("--seed", type=int, default=1, help="same seed, same bytes [1]")
    parser.add_argument(
        "--planted",
        action="store_true",
        help="a bright spot beside a node alone decides; a dark one is a decoy",
    )
    options = parser.parse_args(arguments)
    if options.patients < 1 or options.seed < 0:
        asked = f"{options.patients} patients, seed {options.seed}"
        raise SettingsError("--patients, --seed", asked, "at least 1 patient and a seed from 0")
    from core.cohort.phantom import PLANTED, Rules, draw_cohort

    with on_terminal() as progress:
        draw_cohort(
            Path(options.out),
            patients=options.patients,
            seed=options.seed,
            rules=PLANTED if options.planted else Rules(),
            progress=progress,
        )
    print(f"Drawn: {options.out}, {options.patients} synthetic patients, seed {options.seed}.")
    return 0


def check(arguments: list[str]) -> int:
    """Read everything, report what was found, excluded and why; train nothing."""
    options, rest = _training_options("check").parse_known_args(arguments)
    settings = _settings(options.settings, options.cohort, rest)
    from core.cohort.check import check as check_cohort

    with on_terminal() as progress:
        report = check_cohort(Path(settings.cohort.path), settings, progress=progress)
    print(report)
    return 0


def evaluate(arguments: list[str]) -> int:
    """Cross-validate a finished run by patient; everything is chosen inside the training folds."""
    parser = Options(prog="train.py evaluate", description=evaluate.__doc__, epilog=NOTICE)
    parser.add_argument("--run", required=True, help="a finished run's name, or its folder")
    parser.add_argument("--out", default="runs", help="folder of the finished runs [runs]")
    parser.add_argument("--folds", type=int, default=5, help="outer folds [5]")
    parser.add_argument("--repeats", type=int, default=10, help="how often they are dealt [10]")
    parser.add_argument("--seed", type=int, default=0, help="of the folds [0]")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda", "mps"), default="auto")
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

    run = road.open_run(options.run, Path(options.out))
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
                report=_say,
            )
        else:
            verdict = road.evaluate(
                run,
                folds=options.folds,
                repeats=options.repeats,
                seed=options.seed,
                device=options.device,
                progress=progress,
                report=_say,
            )
    print(table_text(verdict))
    written = INSIDE if options.vae_inside else FOLDER
    print(f"Written: {run.folder / 'added' / written}. {NOTICE}")
    return 0


def _fresh(run: "Run", patients: int, *, seed: int | None, device: str) -> int:
    from core.evaluation import fresh

    with on_terminal() as progress:
        figures = fresh.evaluate_fresh(
            run,
            patients,
            seed=fresh.SEED if seed is None else seed,
            device=device,
            progress=progress,
            report=_say,
        )
    for figure in figures:
        span = "" if figure.low is None else f" ({figure.low:.3f} to {figure.high:.3f})"
        print(f"{figure.id:36s} {figure.value:.3f}{span}  {figure.n} {figure.unit_of_n}s")
    print(f"Written: {run.folder / 'added' / fresh.FOLDER}. {NOTICE}")
    return 0


def explain(arguments: list[str]) -> int:
    """Judge the heat maps of a finished run and add the table to it."""
    parser = Options(prog="train.py explain", description=explain.__doc__, epilog=NOTICE)
    parser.add_argument("--run", required=True, help="folder of a finished run")
    parser.add_argument("--planted", help="a run trained on a cohort of `phantom --planted`")
    parser.add_argument("--retrained", help="another training on the same cohort")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda", "mps"), default="auto")
    options = parser.parse_args(arguments)
    from core.explain.report import explain_run
    from core.run import Run

    run, planted, other = (
        Run.open(Path(place)) if place else None
        for place in (options.run, options.planted, options.retrained)
    )
    with on_terminal() as progress:
        figures = explain_run(
            run,
            command=" ".join(["python train.py explain", *arguments]),
            planted=planted,
            other=other,
            device=options.device,
            progress=progress,
        )
    for figure in figures:
        spread = "" if figure.low is None else f"  ({figure.low:.3f} to {figure.high:.3f})"
        print(f"{figure.id:42s} {figure.value:7.3f}{spread}  n {figure.n}  wanted {figure.reach}")
    print(f"Added to {run.name}: added/explain. {NOTICE}")
    return 0


def growth(arguments: list[str]) -> int:
    """Hold every way to make a lesion larger against the truth, and add the figures to the run."""
    parser = Options(prog="train.py growth", description=growth.__doc__, epilog=NOTICE)
    parser.add_argument("--run", required=True, help="folder of a finished run")
    parser.add_argument("--most", type=int, help="lesions of either split that take part [all]")
    options = parser.parse_args(arguments)
    if options.most is not None and options.most < 2:
        raise SettingsError("--most", str(options.most), "2 or more")
    from core.evaluation.figures import Stamp
    from core.growth.flips import flips, score_near
    from core.growth.table import compare_ways, in_words, write_comparison
    from core.model import Model
    from core.run import Run

    run = Run.open(Path(options.run))
    model = Model.open(run)
    found = compare_ways(run, decode=model.decode, encode=model.encode, most=options.most, say=_say)
    command = f"python train.py growth --run {run.name}"
    stamp = Stamp.now(command, seeds=(run.manifest.seed,), commit=run.manifest.commit)
    turned = flips(
        run,
        "test",
        decode=model.decode,
        encode=model.encode,
        score_of=score_near(run, model.node_score),
        most=options.most,
    )
    write_comparison(run, found, turned, stamp=stamp)
    print(in_words(found))
    print(f"Calls turned by a smallest plausible change: {turned['found'].mean():.2f}.")
    print(f"Added to {Path(options.run) / 'added' / 'growth'}. {NOTICE}")
    return 0


def clusters(arguments: list[str]) -> int:
    """Look for groups in a finished run, and say how far they can be believed."""
    parser = Options(prog="train.py clusters", description=clusters.__doc__, epilog=NOTICE)
    parser.add_argument("--run", required=True, help="folder of a finished run")
    options = parser.parse_args(arguments)
    from core.evaluation.cluster_figures import study_run
    from core.evaluation.figures import Stamp
    from core.run import Run
    from core.training.record import commit

    run = Run.open(Path(options.run))
    command = f"python train.py clusters --run {run.folder.name}"
    stamp = Stamp.now(command, seeds=(run.settings.seed,), commit=commit())
    with on_terminal() as progress:
        made, figures = study_run(run, stamp=stamp, progress=progress)
    said = "no K is supported" if made.offered is None else f"{made.offered} groups are supported"
    print(f"{run.name}, {made.over}: {said}.")
    for figure in figures:
        print(f"  {figure.id} {figure.value:.3f} (reach: {figure.reach})")
    return 0


def _training_options(command: str = "") -> Options:
    parser = Options(
        prog=f"train.py {command}".strip(),
        description=f"{__doc__}\nEvery setting can follow as --part.field value:\n{described()}",
        epilog=NOTICE,
    )
    names = ", ".join(preset_names())
    parser.add_argument("--settings", default="demo", help=f"{names}, or a .toml file [demo]")
    parser.add_argument("--cohort", help="BIDS folder, table (CSV, TSV) or .npz of patches")
    parser.add_argument("--out", default="runs", help="folder of the finished runs [runs]")
    parser.add_argument("--name", help="the run's name [<preset>-<n>]")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda", "mps"), default="auto")
    parser.add_argument("--open", action="store_true", help="open the dashboard meanwhile")
    return parser


def _settings(preset: str, cohort: str | None, rest: list[str]) -> Settings:
    settings = with_overrides(Settings.preset(preset), rest)
    if cohort is None:
        return settings
    if not cohort.strip():
        raise SettingsError("cohort.path", cohort, "a folder, a table or an .npz")
    at = settings.cohort.model_copy(update={"path": cohort})
    return settings.model_copy(update={"cohort": at})


def _open_dashboard(out: Path) -> subprocess.Popen[bytes]:
    # without a screen a browser cannot open, and streamlit prints the address instead
    screen = sys.platform in ("darwin", "win32") or "DISPLAY" in os.environ
    options = ["--server.headless", str(not screen).lower(), "--server.showEmailPrompt", "false"]
    command = [sys.executable, "-m", "streamlit", "run", str(APP), *options]
    return subprocess.Popen([*command, "--", "--runs", str(out)], stdin=subprocess.DEVNULL)


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
