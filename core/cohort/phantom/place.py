"""Where each node of a patient lies: in the mesorectal fat, at its distance from the tumour."""

from dataclasses import dataclass

import numpy as np

from core.cohort.phantom.anatomy import LENGTH_MM, Anatomy
from core.cohort.phantom.scanner import OWN_SLICE_MM
from core.cohort.phantom.truth import PatientTruth

APART_MM = 9.0


@dataclass(frozen=True)
class Place:
    """A node's centre in mm, in the pelvis' own axes."""

    x_mm: float
    y_mm: float
    z_mm: float


def place_nodes(patient: PatientTruth, anatomy: Anatomy) -> tuple[Place, ...]:
    """Find every node's centre; only its seed and the distance asked for decide.

    Half of the spots tried lie along the superior rectal vessels. Size plays no part, so a
    node drawn larger stays where it was; neither does the scanner, whose slices cut through them
    where they happen to.
    """
    places: list[Place] = []
    tumour = np.array(anatomy.tumour_point())
    for node in patient.nodes:
        generator = np.random.default_rng([*node.seed, 1])
        many = 600
        angle = generator.uniform(-np.pi, np.pi, many)
        angle[::2] = np.pi / 2 + generator.normal(0, 0.7, len(angle[::2]))
        share = generator.beta(2.5, 2.5, many)
        # centres keep to the middle of a slice of our own scanner by 1 mm, so that one slice of
        # its shows the size
        count = round(LENGTH_MM / OWN_SLICE_MM)
        middle = generator.integers(1, count - 1, many)
        z = (middle + 0.5) * OWN_SLICE_MM + generator.uniform(-1.0, 1.0, many)
        x, y = anatomy.place(angle, share, z, 7.0)
        spots = np.stack([x, y, z], axis=1)
        missed = np.abs(np.linalg.norm(spots - tumour, axis=1) - node.tumour_distance_mm)
        missed += 40.0 * (anatomy.fat_mm(angle, z) < 7.0)
        for other in places:
            gap = np.linalg.norm(spots - (other.x_mm, other.y_mm, other.z_mm), axis=1)
            missed += 5.0 * np.maximum(APART_MM - gap, 0)
        # among the spots at the right distance the first one, so that none is preferred
        good = np.flatnonzero(missed < max(0.8, float(missed.min()) + 0.05))
        best = good[0]
        places.append(Place(float(x[best]), float(y[best]), float(z[best])))
    return tuple(places)
