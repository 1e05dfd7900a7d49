"""The one schema of every setting: TOML file, command line and validation are its three faces.

The parts themselves stand in `core.setting_parts`.
"""

import json
import re
import shlex
import tomllib
from pathlib import Path
from typing import Any, Self

from pydantic import Field, ValidationError

from core.errors import SettingsError
from core.setting_parts import AugmentSettings as AugmentSettings
from core.setting_parts import CohortSettings as CohortSettings
from core.setting_parts import HeadSettings as HeadSettings
from core.setting_parts import MapSettings as MapSettings
from core.setting_parts import ObjectiveSettings as ObjectiveSettings
from core.setting_parts import Part as Part
from core.setting_parts import PatchSettings as PatchSettings
from core.setting_parts import SplitSettings as SplitSettings
from core.setting_parts import TrainingSettings as TrainingSettings
from core.setting_parts import VaeSettings as VaeSettings

PRESETS = Path(__file__).parent.parent / "assets" / "settings"
DRAWN = re.compile(r"cohorts/phantom-\d+-\d+")  # made by the program: no place of anybody's


class Settings(Part):
    """Everything one training is asked for."""

    seed: int = Field(1, ge=0)
    """Seed of every random choice."""
    cohort: CohortSettings = CohortSettings()
    patch: PatchSettings = PatchSettings()
    split: SplitSettings = SplitSettings()
    vae: VaeSettings = VaeSettings()
    objective: ObjectiveSettings = ObjectiveSettings()
    head: HeadSettings = HeadSettings()
    augment: AugmentSettings = AugmentSettings()
    training: TrainingSettings = TrainingSettings()
    map: MapSettings = MapSettings()

    @classmethod
    def from_toml(cls, path: Path) -> Self:
        """Read a settings file; raises SettingsError naming file, field and what was wanted."""
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(path.name, type(error).__name__, "a readable TOML file") from error
        try:
            return cls.model_validate(tomllib.loads(text))
        except tomllib.TOMLDecodeError as error:
            raise SettingsError(path.name, str(error), "valid TOML") from error
        except ValidationError as error:
            raise SettingsError(f"file {path.name}", *first_problem(error)) from error

    @classmethod
    def preset(cls, name: str) -> Self:
        """One of the presets in `assets/settings`, or a TOML file by its path."""
        if name.endswith(".toml"):
            return cls.from_toml(Path(name))
        path = PRESETS / f"{name}.toml"
        if not path.is_file():
            raise SettingsError("--settings", name, f"{', '.join(preset_names())} or a .toml file")
        return cls.from_toml(path)

    @property
    def reads_measures(self) -> bool:
        """Whether the head reads named attributes off the mask, see `core.training.beside`."""
        return self.head.kind == "logistic" and self.head.measured and bool(self.vae.attributes)

    def to_plain(self) -> dict[str, Any]:
        """All of this as JSON values; of the cohort's place only its name goes out."""
        plain = self.model_dump(mode="json")
        path = plain["cohort"]["path"]
        if not DRAWN.fullmatch(path):
            plain["cohort"]["path"] = re.split(r"[/\\]", path.rstrip("/\\"))[-1]
        return plain

    def as_command(self, preset: str) -> str:
        """The training command that asks for this again, where the cohort is at hand.

        Args:
            preset: Its name, or that of a settings file ("mine.toml").
        """
        words = [f"python train.py --settings {preset}"]
        plain = self.to_plain()
        if preset in preset_names():
            usual = Settings.preset(preset).to_plain()
            for part, value in plain.items():
                fields = {"": value} if part == "seed" else value
                for field, asked in fields.items():
                    was = usual[part] if part == "seed" else usual[part][field]
                    if asked != was:
                        words.append(_option(part, field, asked))
        else:
            words.append(_option("cohort", "path", plain["cohort"]["path"]))
        return " ".join(words)

    def to_toml(self) -> str:
        """The text of a settings file that says all of this."""
        plain = self.to_plain()
        top = [f"{name} = {_toml(value)}" for name, value in plain.items() if name == "seed"]
        for part, fields in plain.items():
            if isinstance(fields, dict):
                top += ["", f"[{part}]"]
                top += [f"{name} = {_toml(value)}" for name, value in fields.items()]
        return "\n".join(top) + "\n"


def _option(part: str, field: str, value: object) -> str:
    text = value if isinstance(value, str) else _toml(value)
    text = shlex.quote(text)
    if (part, field) == ("cohort", "path"):
        return f"--cohort {text}"
    return f"--{part}.{field} {text}" if field else f"--{part} {text}"


def _toml(value: object) -> str:
    # a JSON string, number, boolean or list of them is TOML as well; DEL alone must be escaped
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def preset_names() -> tuple[str, ...]:
    """The presets that ship with the program, in alphabetical order."""
    return tuple(sorted(path.stem for path in PRESETS.glob("*.toml")))


def first_problem(error: ValidationError) -> tuple[str, str]:
    """What pydantic found first, as (found, wanted) for one line on screen."""
    problem = error.errors()[0]
    where = ".".join(str(part) for part in problem["loc"])
    wanted = {
        "extra_forbidden": "a setting that exists (`python train.py --help` lists them)",
        "tuple_type": 'a list, such as ["one", "two"]',
    }.get(problem["type"], problem["msg"].removeprefix("Value error, "))
    return f"{where} = {problem['input']!r}", wanted
