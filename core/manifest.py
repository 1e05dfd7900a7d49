"""What a run says of itself in `run.json`, and the words of its cohort."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from core.errors import RunUnusable
from core.settings import Settings

FORMAT = 1


@dataclass(frozen=True)
class Words:
    """What the cohort calls its things; every page speaks in these words.

    Attributes:
        lesion: One lesion, singular ("lymph node").
        outcome: What a positive patient has ("N+").
        no_outcome: What a negative patient has ("N0").
        modality: What made the pictures ("T2w MRI").
    """

    lesion: str = "lymph node"
    outcome: str = "N+"
    no_outcome: str = "N0"
    modality: str = "T2w MRI"

    @property
    def lesions(self) -> str:
        """The plural of `lesion`."""
        return self.lesion if self.lesion.endswith("s") else f"{self.lesion}s"


@dataclass(frozen=True)
class Manifest:
    """What `run.json` says.

    Attributes:
        name: The run's name.
        finished: When it was finished, ISO 8601 in UTC.
        preset: Preset or file the settings came from.
        seed: Seed of every random choice.
        device: Where it was trained: cpu, cuda or mps.
        seconds: Wall time from reading to finished.
        commit: Commit of the program, or "".
        versions: Versions of the libraries that computed it.
        weights_sha256: SHA-256 of `network.safetensors`.
        cohort: The cohort's name; never its place.
        fingerprint: SHA-256 over the cohort's patients and files.
        patients: Patients in the run, after exclusions.
        excluded: (patient_id, reason) for everyone or every lesion left out.
        words: What the cohort calls its things.
        synthetic: Whether the cohort was drawn and not scanned.
        has_masks: False for a cohort of bare patches; sizes are then not known.
        t_stage_is: "clinical", "pathological" or "unknown".
        warnings: Sentences that every page must show, such as a collapsed posterior.
    """

    name: str
    finished: str
    preset: str
    seed: int
    device: str
    seconds: float
    commit: str
    versions: Mapping[str, str]
    weights_sha256: str
    cohort: str
    fingerprint: str
    patients: int
    excluded: tuple[tuple[str, str], ...]
    words: Words
    synthetic: bool
    has_masks: bool
    t_stage_is: str
    warnings: tuple[str, ...]

    @classmethod
    def from_json(cls, name: str, text: str) -> Self:
        """Read `run.json`; raises RunUnusable for another format or missing fields."""
        try:
            fields: dict[str, Any] = json.loads(text)
            found = fields.pop("format", None)
            if found != FORMAT:
                raise RunUnusable(name, f"format {found!r}", f"format {FORMAT}")
            fields["words"] = Words(**fields["words"])
            fields["excluded"] = tuple((str(who), str(why)) for who, why in fields["excluded"])
            fields["warnings"] = tuple(fields["warnings"])
            fields.pop("settings", None)
            return cls(**fields)
        except (json.JSONDecodeError, KeyError, TypeError, ValueError) as error:
            raise RunUnusable(name, f"a broken run.json ({error})", "a complete one") from error

    def to_json(self, settings: Settings) -> str:
        """The text of `run.json`, settings included, so that the folder explains itself."""
        fields = {"format": FORMAT, **asdict(self), "settings": settings.to_plain()}
        return json.dumps(fields, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
