"""LatentSpace: the codes of a run beside their rows, and the distances between them.

Conclusions are drawn here and not on the map. Whatever is fitted (covariance, clusters,
directions) is fitted on rows of training patients.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, Self

import numpy as np
import pandas as pd

from core.arrays import Code, Codes, Features, Labels, Values
from core.errors import LatentError, UndefinedDirection
from core.latent.attributes import FREE, LABEL, attribute_words, column, measured_columns
from core.latent.clusters import Clusters, find_clusters
from core.latent.direction import Direction, Way
from core.latent.evidence import Study
from core.latent.fitting import fit_direction
from core.latent.grouping import Method
from core.latent.projection import check_codes
from core.latent.selection import PREFIX, direction_between
from core.latent.shell import Shell
from core.run import Run, Words

Over = Literal["auto", "all", "attributes"]
SHELL = 0.99  # share of codes of patients like those in training that lie inside


@dataclass(frozen=True, eq=False)
class Neighbours:
    """The rows nearest to a code, nearest first, with their distances in the latent space."""

    rows: Labels
    distances: Values


@dataclass(frozen=True, eq=False)
class LatentSpace:
    """What a run has learned, as geometry; row i is the same patch as everywhere.

    Attributes:
        run_name: The run.
        codes: Posterior means, (row, latent).
        rows: One line a patch: patient, split and what was measured.
        train: True for rows of training patients, (row,).
        attributes: What the first dimensions were trained to carry, one each; may be empty.
        words: What the cohort calls its things.
        seed: Seed of clusters and of their comparisons.
        run: The run it was opened from, where it was; its kept studies are read there.
    """

    run_name: str
    codes: Codes
    rows: pd.DataFrame
    train: Labels
    attributes: tuple[str, ...] = ()
    words: Words = field(default_factory=Words)
    seed: int = 0
    run: Run | None = field(default=None, repr=False)

    @classmethod
    def open(cls, run: Run) -> Self:
        """The latent space of a finished run; raises LatentError for codes that are not finite."""
        train = (run.rows["split"] == "train").to_numpy(dtype=bool)
        check_codes(run.codes, train)
        attributes = run.settings.vae.attributes
        if not run.manifest.has_masks:
            attributes = ()
        seed = run.settings.seed
        return cls(run.name, run.codes, run.rows, train, attributes, run.words, seed, run)

    @cached_property
    def validation(self) -> Labels:
        """True for rows of validation patients, (row,)."""
        return np.asarray(self.rows["split"] == "validation", dtype=bool)

    @cached_property
    def measured(self) -> tuple[str, ...]:
        """The measured attributes that hold numbers; none in a cohort without masks."""
        return measured_columns(self.rows, self.train)

    def neighbours(
        self, code: Code, n: int, *, exclude_row: int | None = None, over: Over = "all"
    ) -> Neighbours:
        """The n patches whose codes lie nearest, exactly, nearest first.

        Args:
            code: Where to look from, (latent,).
            n: How many; fewer come back where the run has fewer.
            exclude_row: The row the code belongs to, so that it is not its own neighbour.
            over: In the whole code, or in the dimensions that carry an attribute alone.
        """
        dims = len(self.attributes) if over == "attributes" else None
        return self._nearest(code, n, np.ones(len(self.codes), dtype=bool), exclude_row, dims)

    def nearest_training(
        self, code: Code, n: int = 1, *, exclude_row: int | None = None
    ) -> Neighbours:
        """The n patches of training patients whose codes lie nearest, nearest first."""
        return self._nearest(code, n, self.train, exclude_row)

    def _nearest(
        self, code: Code, n: int, among: Labels, exclude_row: int | None, dims: int | None = None
    ) -> Neighbours:
        distances = np.linalg.norm(self.codes[:, :dims] - np.asarray(code)[None, :dims], axis=1)
        distances[~among] = np.inf
        if exclude_row is not None:
            distances[exclude_row] = np.inf
        order = np.argsort(distances, kind="stable")[: max(n, 0)]
        order = order[np.isfinite(distances[order])]
        return Neighbours(order, distances[order])

    def mahalanobis(self, codes: Codes) -> Values:
        """How unlike the training codes each code is, (row,), in standard deviations.

        The correlation is Ledoit and Wolf's (2004), which stands firm with few rows.
        """
        return self._cloud.distances(codes)

    @cached_property
    def shell(self) -> float:
        """The Mahalanobis distance that 99 % of codes of patients like these stay within.

        Read from training patients in five parts, each seen from the other four, since a code
        lies too near to a cloud that it helped to shape.
        """
        patients, order = np.unique(self.rows["patient_id"][self.train], return_inverse=True)
        codes, parts = self.codes[self.train], min(5, len(patients))
        if parts < 2:
            return float(np.quantile(self.mahalanobis(codes), SHELL))
        held_out = np.concatenate(
            [
                _Cloud.fit(codes[order % parts != part]).distances(codes[order % parts == part])
                for part in range(parts)
            ]
        )
        return float(np.quantile(held_out, SHELL))

    def typicality(self, codes: Codes) -> Values:
        """Mahalanobis distance over the shell's, (row,): above 1 lies outside what was seen."""
        return self.seen.typicality(codes)

    @cached_property
    def seen(self) -> Shell:
        """What training patients showed: the body that 99 % of codes like theirs lie in."""
        return Shell(self._cloud.centre, self._cloud.precision / self.shell**2)

    @cached_property
    def _cloud(self) -> "_Cloud":
        return _Cloud.fit(self.codes[self.train])

    def clusters(self, k: int = 6, *, over: Over = "auto", method: Method = "kmeans") -> Clusters:
        """Groups of alike patches, fitted on training rows; see `core.latent.clusters`.

        Whether any number of groups is supported is another question: `support`.

        Args:
            k: How many groups; HDBSCAN finds its own number.
            over: The dimensions looked at; auto takes those trained to carry attributes where
                there are two or more, as a plain code hardly clusters (SCIENCE.md section 3).
            method: K-Means, a Gaussian mixture or HDBSCAN.

        Raises:
            LatentError: `over` is "attributes" and the run has none.
        """
        return find_clusters(
            self.codes, self.rows, k, train=self.train, seed=self.seed,
            dims=self.dims(over), attributes=self.measured, method=method,
        )  # fmt: skip

    def study(self, method: Method = "kmeans", *, over: Over = "auto") -> Study | None:
        """Whether any number of groups is supported, as it was found and kept before.

        Args:
            method: How groups were sought.
            over: The dimensions, as for `clusters`.

        Returns:
            None where nobody looked yet: `python train.py clusters --run RUN`, or
            `core.latent.support.study` in Python.

        Raises:
            LatentError: `over` is "attributes" and the run has none.
        """
        from core.latent.kept import read_study

        return read_study(self.run, method, self.dims(over)) if self.run else None

    def dims(self, over: Over) -> int:
        """How many first dimensions are looked at; raises LatentError as `clusters` does."""
        carried = len(self.attributes)
        if over == "attributes" and not carried:
            raise LatentError(
                f"Run {self.run_name!r} has no dimensions trained to carry attributes; "
                "cluster over all dimensions instead."
            )
        few = carried > 1 if over == "auto" else over == "attributes"
        return carried if few else self.codes.shape[1]

    def direction(self, name: str, way: Way | None = None) -> Direction:
        """A way to move that changes one attribute; see `core.latent.fitting`.

        Args:
            name: A measured column, "label", any numeric column of the rows, or the name of
                the way between two sets of rows (`core.latent.selection.direction_name`).
            way: How to find it; None takes the best on validation patients.

        Raises:
            UndefinedDirection: The attribute is unknown or does not vary in training patients.
        """
        if name.startswith(PREFIX):
            return direction_between(self.codes, name, train=self.train)
        if name not in self.rows:
            raise UndefinedDirection(name, "no such column", ", ".join((*self.measured, LABEL)))
        held = {other: column(self.rows, other) for other in FREE if other in self.measured}
        held.pop(name, None)
        return fit_direction(
            self.codes,
            column(self.rows, name),
            name=name,
            train=self.train,
            validation=self.validation,
            held={} if name == LABEL else held,
            dimension=self.attributes.index(name) if name in self.attributes else None,
            way=("difference" if name == LABEL and way is None else way),
            words=f"as in {self.words.outcome}" if name == LABEL else attribute_words(name),
        )

    def directions(self) -> tuple[Direction, ...]:
        """The directions this run can offer: its attributes, else the measured ones; the label."""
        names = self.attributes or tuple(name for name in FREE if name in self.measured)
        found = []
        for name in (*names, LABEL):
            try:
                found.append(self.direction(name))
            except UndefinedDirection:
                continue
        return tuple(found)


@dataclass(frozen=True, eq=False)
class _Cloud:
    """Centre and inverse covariance of a set of codes."""

    centre: Values
    precision: Features

    @classmethod
    def fit(cls, codes: Codes) -> "_Cloud":
        from sklearn.covariance import ledoit_wolf

        centre = codes.mean(0, dtype=np.float64)
        # each dimension in its own spread first, or narrow ones would be shrunk to the others
        spread = np.maximum(codes.std(0, dtype=np.float64), 1e-6)
        correlation, _ = ledoit_wolf((codes - centre) / spread, assume_centered=True)
        # a little on the diagonal, for dimensions without any spread
        precision = np.linalg.inv(correlation + 1e-9 * np.eye(len(correlation)))
        return cls(centre, precision / np.outer(spread, spread))

    def distances(self, codes: Codes) -> Values:
        apart = codes - self.centre
        squared: Values = np.einsum("ij,jk,ik->i", apart, self.precision, apart)
        return np.sqrt(np.maximum(squared, 0))
