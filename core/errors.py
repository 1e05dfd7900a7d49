"""What may go wrong that a user can mend, on one screen.

Each error takes the things, keeps them as attributes and writes its own message: who, what
was found, what was wanted, the way out. The command line turns `LymphoscapeError` into one
line and exit code 2, the dashboard into one box. A programmer's slip stays ValueError or
TypeError.
"""

from collections.abc import Sequence
from pathlib import Path


class LymphoscapeError(Exception):
    """Anything a user can mend."""


class SettingsError(LymphoscapeError):
    """A settings file or option asks for something impossible."""

    def __init__(self, where: str, found: object, wanted: str) -> None:
        self.where, self.found, self.wanted = where, found, wanted
        super().__init__(f"Setting {where}: found {found!r}, wanted {wanted}.")


class CohortError(LymphoscapeError):
    """The study on disk is not as described."""


class MissingFile(CohortError):
    """A file that the cohort names is not there."""

    def __init__(self, who: str, path: Path, wanted: str) -> None:
        self.who, self.path, self.wanted = who, path, wanted
        super().__init__(f"{who}: {path.name} was not found; wanted {wanted}.")


class BrokenPatients(CohortError):
    """Some patients cannot be read as they are; every one is named with its reason."""

    def __init__(self, reasons: Sequence[tuple[str, str]], way_out: str) -> None:
        self.reasons = tuple(reasons)
        listed = "; ".join(f"{patient_id}: {reason}" for patient_id, reason in self.reasons)
        who = "1 patient" if len(self.reasons) == 1 else f"{len(self.reasons)} patients"
        super().__init__(f"{who} cannot be used: {listed}. {way_out}")


class UnreadableVolume(CohortError):
    """A volume or mask is damaged or is not what it claims to be."""

    def __init__(self, path: Path, found: str, wanted: str) -> None:
        self.path, self.found, self.wanted = path, found, wanted
        super().__init__(f"{path.name}: found {found}; wanted {wanted}.")


class GeometryMismatch(BrokenPatients):
    """A volume and its mask do not lie on the same voxel grid."""


class UnreadableTable(CohortError):
    """A participants file or table lacks what is needed."""

    def __init__(self, path: Path, found: str, wanted: str) -> None:
        self.path, self.found, self.wanted = path, found, wanted
        super().__init__(f"{path.name}: found {found}; wanted {wanted}.")


class NoNodes(CohortError):
    """Nothing is left to train on after the exclusions."""

    def __init__(self, cohort: str, reasons: Sequence[tuple[str, str]]) -> None:
        self.cohort, self.reasons = cohort, tuple(reasons)
        listed = "; ".join(f"{patient_id}: {reason}" for patient_id, reason in self.reasons[:20])
        super().__init__(f"{cohort}: no lesion is left to look at. Excluded: {listed or 'none'}.")


class RunError(LymphoscapeError):
    """A run cannot be found, read or written."""


class RunNotFound(RunError):
    """There is no finished run of that name; lists those there are."""

    def __init__(self, name: str, available: Sequence[str]) -> None:
        self.name, self.available = name, tuple(available)
        there = ", ".join(self.available) or "none yet (python train.py makes one)"
        super().__init__(f"No finished run is called {name!r}. Finished runs: {there}.")


class RunExists(RunError):
    """A finished run of that name is already there, made from other settings or data."""

    def __init__(self, name: str, differs: str) -> None:
        self.name, self.differs = name, differs
        super().__init__(
            f"Run {name!r} exists and differs in {differs}. Choose another --name, or remove it."
        )


class RunUnusable(RunError):
    """A run's files are damaged, unfinished or of another format."""

    def __init__(self, name: str, found: str, wanted: str) -> None:
        self.name, self.found, self.wanted = name, found, wanted
        super().__init__(f"Run {name!r} cannot be used: found {found}, wanted {wanted}.")


class LatentError(LymphoscapeError):
    """A question that this run's latent space cannot answer."""


class UndefinedDirection(LatentError):
    """A direction cannot be fitted, for example because only one class is present."""

    def __init__(self, name: str, found: str, wanted: str) -> None:
        self.name, self.found, self.wanted = name, found, wanted
        super().__init__(f"Direction {name!r} is undefined: found {found}, wanted {wanted}.")


class MapUndefined(LatentError):
    """A network's answer to a patch is no number, so nothing can be explained."""

    def __init__(self, method: str, patches: int) -> None:
        self.method, self.patches = method, patches
        super().__init__(
            f"{method}: the map of {patches} of the patches is not finite; wanted a finite score "
            "and gradient. Take other patches, or check the run's weights."
        )


class MeasureFailed(LatentError):
    """A picture does not show a lesion that the ruler can measure."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"The size cannot be read: {reason}.")
