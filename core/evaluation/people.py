"""People: a run's patients as every row of the table of models sees them."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from core.arrays import Codes, Features, Labels, PatientFeatures
from core.errors import RunUnusable
from core.run import Run
from core.same_pictures import same_patients
from core.training.scaler import columns

MEASURED = (
    "short_axis_mm",
    "long_axis_mm",
    "elongation",
    "compactness",
    "convexity",
    "irregularity",
    "heterogeneity",
    "contrast",
    "area_mm2",
)
SIZE_AND_SHAPE = (
    "short_axis_mm",
    "long_axis_mm",
    "elongation",
    "compactness",
    "convexity",
    "irregularity",
)
CLINICAL = ("t_stage", "age", "sex")
UNKNOWN = -1  # stands where a stage is not known


@dataclass(frozen=True, eq=False)
class People:
    """Patients with what is known of them; row i is the same patch as in the run.

    Attributes:
        patient_ids: In the order of their first rows.
        labels: 1 with the outcome, (patient).
        stages: N stage, 0 to 2, `UNKNOWN` where not known, (patient).
        of_row: Number of each row's patient, (row).
        codes: Posterior means of the run's autoencoder, (row, latent).
        named: So many first dimensions carry a measured attribute each.
        key: Whether the row is its lesion's largest slice, (row).
        nodes: Lesions a patient, (patient).
        measured: `MEASURED`, NaN where not known, (row, measured).
        tumour_mm: From each row's lesion to the tumour, NaN where not known, (row).
        clinical: `CLINICAL`, NaN where not known, (patient, clinical).
        lesion: Number of each row's lesion, over all patients, (row).
        slice_mm: Distance of its volume's slices, (row); 1 where the run does not say.
    """

    patient_ids: tuple[str, ...]
    labels: np.ndarray
    stages: np.ndarray
    of_row: np.ndarray
    codes: Codes
    named: int
    key: np.ndarray
    nodes: np.ndarray
    measured: Features
    tumour_mm: np.ndarray
    clinical: PatientFeatures
    lesion: np.ndarray
    slice_mm: np.ndarray | float = 1.0

    def __len__(self) -> int:
        return len(self.patient_ids)

    @classmethod
    def of(cls, run: Run) -> "People":
        """The patients of a finished run, whichever split they were in."""
        named = len(run.settings.vae.attributes) if run.manifest.has_masks else 0
        people = cls.from_rows(run.rows, run.codes, named=named)
        if not run.manifest.has_masks:
            return people
        grids = np.stack(run.grid["affine"].to_list()).reshape(-1, 4, 4)
        return replace(people, slice_mm=np.linalg.norm(grids[:, :3, 2], axis=1))

    @classmethod
    def from_rows(cls, rows: pd.DataFrame, codes: Codes, *, named: int) -> "People":
        """The patients of a table of rows."""
        of_row, names = pd.factorize(rows["patient_id"].astype(str))
        people = rows.iloc[np.unique(of_row, return_index=True)[1]]
        pairs = pd.DataFrame({"patient": of_row, "node": rows["node"].to_numpy()})
        counts = pairs.drop_duplicates()["patient"].value_counts().sort_index().to_numpy()
        return cls(
            patient_ids=tuple(map(str, names)),
            labels=people["label"].to_numpy().astype(np.int64),
            stages=np.nan_to_num(columns(people, ("n_stage",))[:, 0], nan=UNKNOWN).astype(np.int64),
            of_row=np.asarray(of_row),
            codes=codes,
            named=named,
            key=rows["key_slice"].to_numpy().astype(bool),
            nodes=counts,
            measured=columns(rows, MEASURED),
            tumour_mm=columns(rows, ("tumour_mm",))[:, 0],
            clinical=columns(people, CLINICAL),
            lesion=pairs.groupby(["patient", "node"], sort=False).ngroup().to_numpy(),
        )

    @property
    def has_sizes(self) -> bool:
        """Whether every lesion was measured."""
        return bool(np.isfinite(self.measured).all())

    @property
    def has_stages(self) -> bool:
        """Whether every patient's N stage is known and N0, N1 and N2 all occur."""
        return set(np.unique(self.stages).tolist()) == {0, 1, 2}

    @property
    def has_distances(self) -> bool:
        """Whether the tumour is outlined for most lesions, at distances that differ."""
        return _known(self.tumour_mm)

    @property
    def sliced(self) -> bool:
        """Whether some lesion has more than its key slice."""
        return bool(not self.key.all())

    def knows(self, name: str) -> bool:
        """Whether a clinical feature is known of most patients and varies."""
        return _known(self.clinical[:, CLINICAL.index(name)])

    def column(self, name: str) -> np.ndarray:
        """One measured column, (row)."""
        return np.asarray(self.measured[:, MEASURED.index(name)])

    @cached_property
    def largest(self) -> np.ndarray:
        """Row of each patient's largest lesion (the first where sizes are not known), (patient)."""
        size = np.where(self.key, np.nan_to_num(self.column("short_axis_mm"), nan=-1.0), -2.0)
        order = np.lexsort((-size, self.of_row))
        return np.asarray(order[np.unique(self.of_row[order], return_index=True)[1]])

    @cached_property
    def largest_mm(self) -> np.ndarray:
        """Short axis of each patient's largest lesion, (patient); NaN where not known."""
        return np.asarray(self.column("short_axis_mm")[self.largest])

    @cached_property
    def largest_mm3(self) -> np.ndarray:
        """Largest volume of a patient's lesions, area x distance over kept slices, (patient)."""
        slabs = self.column("area_mm2") * self.slice_mm
        found = np.zeros(len(self))
        np.maximum.at(found, self.of_row, np.bincount(self.lesion, weights=slabs)[self.lesion])
        return found

    @cached_property
    def log_mm3(self) -> np.ndarray:
        """The logarithm of that volume, (patient)."""
        return np.asarray(np.log1p(self.largest_mm3))

    @cached_property
    def lesion_codes(self) -> Codes:
        """Mean code of all slices of each row's lesion, (row, latent)."""
        total = np.zeros((int(self.lesion.max()) + 1, self.codes.shape[1]))
        np.add.at(total, self.lesion, self.codes)
        mean = total / np.bincount(self.lesion)[:, None]
        return np.asarray(mean[self.lesion], dtype=np.float32)

    def rows_of(self, patients: Labels) -> tuple[np.ndarray, np.ndarray]:
        """Rows of some patients, and the place of each row's patient among them."""
        place = np.full(len(self), -1)
        place[patients] = np.arange(len(patients))
        rows = np.flatnonzero(place[self.of_row] >= 0)
        return rows, place[self.of_row[rows]]

    def facts(self, shape: bool, clinical: tuple[str, ...]) -> PatientFeatures:
        """Size and shape of the largest lesion and clinical features, (patient, fact)."""
        parts = []
        if shape:
            parts += [self.column(name)[self.largest] for name in SIZE_AND_SHAPE]
        parts += [self.clinical[:, CLINICAL.index(name)] for name in clinical]
        return np.column_stack(parts) if parts else np.zeros((len(self), 0))


def refuse_other_patients(run: Run, beside: Run) -> None:
    """Refuse a run beside another whose patients, or whose split, are not the same.

    Raises:
        RunUnusable: They differ, or both are one run.
    """
    own, other = (
        each.rows.drop_duplicates("patient_id")[["patient_id", "split"]].astype(str).to_numpy()
        for each in (run, beside)
    )
    if not np.array_equal(own, other) or not same_patients(run, beside):
        wanted = f"the cohort and the split of run {run.name}"
        raise RunUnusable(beside.name, "other patients or another split", wanted)
    if beside.manifest.weights_sha256 == run.manifest.weights_sha256:
        raise RunUnusable(beside.name, "the same weights", "another run of the same cohort")


def _known(values: np.ndarray) -> bool:
    known = values[np.isfinite(values)]
    return bool(known.size > len(values) / 2 and np.ptp(known) > 0)
