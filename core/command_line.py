"""The settings as seen from the command line: `--part.field value` over a preset.

Values are read as TOML where they are TOML (numbers, true, lists) and as text otherwise, then
checked by the schema, so a misspelt name or an impossible value is one clear line.
"""

import argparse
import os
import signal
import sys
import tomllib
from collections.abc import Callable, Sequence
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn

from pydantic import ValidationError

from core.errors import LymphoscapeError, SettingsError
from core.settings import Part, Settings, first_problem

if TYPE_CHECKING:
    from core.evaluation.figures import Figure

WRONG_INPUT = 2
CANNOT_WRITE = 3
INTERRUPTED = 130
TERMINATED = 143

NOTICE = "Research and teaching only. Not a medical device, not for diagnosis."


class Options(argparse.ArgumentParser):
    """A command's options; a wrong one is one line, as every other wrong input."""

    def __init__(self, *, prog: str, description: str | None, epilog: str) -> None:
        super().__init__(
            prog=prog,
            description=description,
            epilog=epilog,
            allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )

    def error(self, message: str) -> NoReturn:
        """Raise SettingsError where argparse would print its usage and leave."""
        raise SettingsError("on the command line", message, f"what `{self.prog} --help` lists")


def of_a_run(command: str, description: str | None) -> Options:
    """The options that every command about a finished run has."""
    parser = Options(prog=f"train.py {command}", description=description, epilog=NOTICE)
    parser.add_argument("--run", required=True, help="a finished run's name, or its folder")
    parser.add_argument("--out", default="runs", help="folder of the finished runs [runs]")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda", "mps"), default="auto")
    return parser


def listed(figures: Sequence["Figure"]) -> str:
    """Figures as a command prints them: a line each, with interval, n and what was wanted."""
    lines = []
    for figure in figures:
        span = "" if figure.low is None else f"({figure.low:.3f} to {figure.high:.3f})"
        wanted = f"  wanted: {figure.reach}" if figure.reach else ""
        counted = (
            f"{figure.n} {'patches' if figure.unit_of_n == 'patch' else figure.unit_of_n + 's'}"
        )
        # a small p is not nothing
        value = f"{figure.value:.3f}" if abs(figure.value) >= 5e-4 else f"{figure.value:.2g}"
        lines.append(f"{figure.id:36s} {value:>9s}  {span:20s}  {counted}{wanted}")
    return "\n".join(lines)


def say(sentence: str) -> None:
    """Tell a person something at once, beside the progress bars."""
    print(sentence, file=sys.stderr, flush=True)


def with_overrides(settings: Settings, arguments: Sequence[str]) -> Settings:
    """The settings with `--part.field value` pairs laid over them.

    Raises:
        SettingsError: A name is unknown, a value is missing or not allowed.
    """
    changed: dict[str, Any] = settings.model_dump()
    pairs = _pairs(arguments)
    for name, value in pairs:
        *path, field = name.removeprefix("--").split(".")
        part: Any = changed
        for step in path:
            part = part.get(step) if isinstance(part, dict) else None
        if not isinstance(part, dict) or field not in part or isinstance(part[field], dict):
            raise SettingsError(name, value, "a setting that exists (see --help)")
        part[field] = _value(value)
    try:
        return Settings.model_validate(changed)
    except ValidationError as error:
        raise SettingsError("on the command line", *first_problem(error)) from error


def described(part: type[Part] = Settings, prefix: str = "--") -> str:
    """Every setting with its default and what it is for, for `--help`."""
    lines = []
    for name, field in part.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, Part):
            lines += ["", (kind.__doc__ or "").strip(), described(kind, f"{prefix}{name}.")]
        else:
            words = (field.description or "").replace("\n", " ")
            lines.append(f"  {prefix}{name} [{field.default}]  {words}")
    return "\n".join(lines)


def carry_out(command: Callable[[], int]) -> int:
    """Run a command and turn what goes wrong into one line and HOUSE's exit code.

    A user's slip is 2, a disk that cannot be written 3, Ctrl-C 130, SIGTERM 143. Anything
    else is our bug and keeps its traceback.
    """
    signal.signal(signal.SIGTERM, _terminated)
    try:
        return command()
    except LymphoscapeError as error:
        print(f"train.py: {_one_line(error)}", file=sys.stderr)
        return WRONG_INPUT
    except KeyboardInterrupt:
        print("train.py: stopped; the same command goes on from here.", file=sys.stderr)
        return INTERRUPTED
    except OSError as error:
        what = os.path.basename(os.fspath(error.filename)) if error.filename else "a file"
        print(f"train.py: could not write {what}: {error.strerror or error}.", file=sys.stderr)
        return CANNOT_WRITE


def _pairs(arguments: Sequence[str]) -> list[tuple[str, str]]:
    pairs, rest = [], list(arguments)
    while rest:
        name = rest.pop(0)
        if not name.startswith("--"):
            raise SettingsError("command line", name, "a command or an option that starts with --")
        if "=" in name:
            name, value = name.split("=", 1)
        elif rest and not rest[0].startswith("--"):
            value = rest.pop(0)
        else:
            raise SettingsError(name, "no value", "a value after it, if such an option exists")
        pairs.append((name, value))
    return pairs


def _value(text: str) -> object:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def _terminated(number: int, frame: FrameType | None) -> None:
    print("train.py: asked to stop; the same command goes on from here.", file=sys.stderr)
    raise SystemExit(TERMINATED)
