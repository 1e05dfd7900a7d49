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
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path

from core.command_line import NOTICE, Options, carry_out, described, say, with_overrides
from core.errors import SettingsError
from core.progress import on_terminal
from core.settings import Settings, preset_names

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
OF_A_RUN = {
    "evaluate": "core.evaluation.command",
    "explain": "core.explain.command",
    "growth": "core.growth.command",
    "clusters": "core.latent.command",
}
APP = Path(__file__).parent / "dashboard" / "app.py"


def main(arguments: list[str]) -> int:
    """Choose the command and carry it out; returns the exit code."""
    commands = {"phantom": phantom, "check": check, "train": train}
    name, rest = (arguments[0], arguments[1:]) if arguments else ("train", [])
    if name in OF_A_RUN:
        return carry_out(lambda: _of_a_run(name)(rest))
    if name in commands:
        return carry_out(lambda: commands[name](rest))
    return carry_out(lambda: train(arguments))


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
                report=say,
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
    from core.cohort.phantom import (
        MOST_NEARER_MM,
        NEAR_TUMOUR,
        PLANTED,
        SCANNERS,
        Rules,
        draw_cohort,
    )

    parser = Options(prog="train.py phantom", description=phantom.__doc__, epilog=NOTICE)
    parser.add_argument("--out", required=True, help="folder of the new BIDS dataset")
    parser.add_argument("--patients", type=int, default=168, help="how many [168]")
    parser.add_argument("--seed", type=int, default=1, help="same seed, same bytes [1]")
    parser.add_argument(
        "--planted",
        action="store_true",
        help="a bright spot beside a node alone decides; a dark one is a decoy",
    )
    parser.add_argument(
        "--near-tumour",
        type=float,
        nargs="?",
        const=NEAR_TUMOUR.nearer_mm,
        metavar="MM",
        help=f"metastases lie so much nearer the tumour, in the mean [{NEAR_TUMOUR.nearer_mm:g}; "
        f"without the option {Rules.nearer_mm:g}]",
    )
    parser.add_argument(
        "--scanner",
        choices=("own", "other"),
        default="own",
        help="other: the same patients on an older 1.5 T scanner, noisier and coarser [own]",
    )
    options = parser.parse_args(arguments)
    if options.patients < 1 or options.seed < 0:
        asked = f"{options.patients} patients, seed {options.seed}"
        raise SettingsError("--patients, --seed", asked, "at least 1 patient and a seed from 0")
    near = options.near_tumour
    if near is not None and (options.planted or not 0 <= near <= MOST_NEARER_MM):
        asked = f"{near:g} mm{' beside --planted' * options.planted}"
        wanted = f"0 to {MOST_NEARER_MM:g} mm, without --planted: there one spot alone decides"
        raise SettingsError("--near-tumour", asked, wanted)
    rules = PLANTED if options.planted else Rules() if near is None else Rules(nearer_mm=near)
    with on_terminal() as progress:
        draw_cohort(
            Path(options.out),
            patients=options.patients,
            seed=options.seed,
            scanner=SCANNERS[options.scanner],
            rules=rules,
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


def _of_a_run(name: str) -> Callable[[list[str]], int]:
    # the rooms are imported only when they are asked for: torch takes seconds
    command: Callable[[list[str]], int] = getattr(import_module(OF_A_RUN[name]), name)
    return command


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


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
