"""Sets of patches as short texts, and the direction that leads from one set to another.

A text holds one bit a row, compressed, so that a selection can stand in a link, in a cache's key
and in a direction's name: rows, and never a patient.
"""

import base64
import binascii
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from core.arrays import Codes, Labels
from core.errors import LatentError, UndefinedDirection
from core.latent.direction import Direction

PREFIX = "a-to-b:"
LEAST = 3  # training rows on either side from which the rows of other patients are left out


def write_rows(rows: Sequence[int], count: int) -> str:
    """Some of a run's rows as text; "" for none."""
    if not len(rows):
        return ""
    chosen = np.zeros(count, dtype=bool)
    chosen[np.asarray(rows, dtype=np.int64)] = True
    packed = zlib.compress(np.packbits(chosen, bitorder="little").tobytes(), 9)
    return base64.urlsafe_b64encode(packed).decode("ascii").rstrip("=")


def read_rows(text: str, count: int) -> tuple[int, ...]:
    """The rows that a text names, in order.

    Raises:
        LatentError: It is no such text, or names rows that the run does not have.
    """
    if not text:
        return ()
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        opened = zlib.decompressobj()
        # a few bytes can unfold to gigabytes, so no more is unfolded than rows can need
        content = opened.decompress(packed, max_length=count // 8 + 2)
    except (binascii.Error, ValueError, zlib.error) as error:
        raise LatentError("The link's selection cannot be read; lasso it again.") from error
    if not opened.eof:
        raise LatentError("The link's selection cannot be read; lasso it again.")
    bits = np.unpackbits(np.frombuffer(content, dtype=np.uint8), bitorder="little")
    rows = np.flatnonzero(bits)
    if len(rows) and rows[-1] >= count:
        raise LatentError("The link's selection belongs to another run; lasso it again.")
    return tuple(rows.tolist())


def direction_name(first: Sequence[int], second: Sequence[int], count: int) -> str:
    """The name under which `LatentSpace.direction` knows the way from one set to another."""
    return f"{PREFIX}{write_rows(first, count)}:{write_rows(second, count)}"


def leads_to_the_rest(name: str, count: int) -> bool:
    """Whether a way ends at all patches but those it begins with, and not at a set of its own.

    Raises:
        LatentError: The name cannot be read.
    """
    first, second = (set(read_rows(text, count)) for text in _sets(name))
    return len(first) + len(second) == count and not first & second


def between_means(
    codes: Codes, first: Sequence[int], second: Sequence[int], *, steps: int
) -> np.ndarray[Any, Any]:
    """Codes from one set's mean to another's in even steps, both ends among them.

    Args:
        codes: Posterior means, (row, latent).
        first: Rows of the first set; at least one.
        second: Rows of the second; at least one.
        steps: How many codes come back, 2 or more.
    """
    begin, end = (codes[list(rows)].mean(0, dtype=np.float64) for rows in (first, second))
    shares = np.linspace(0, 1, steps)[:, None]
    return np.asarray(begin + shares * (end - begin), dtype=np.float32)


def direction_between(codes: Codes, name: str, *, train: Labels) -> Direction:
    """The way from the mean code of one set to that of another; 1 is the whole way.

    Rows of training patients alone are looked at where both sets have three of them or more.

    Args:
        codes: Posterior means, (row, latent).
        name: From `direction_name`.
        train: Rows of training patients.

    Raises:
        UndefinedDirection: A set is empty, or their means are the same.
        LatentError: The name cannot be read.
    """
    texts = _sets(name)
    sets = [np.asarray(read_rows(text, len(codes)), dtype=np.int64) for text in texts]
    if len(sets) != 2 or not all(len(rows) for rows in sets):
        raise UndefinedDirection("A to B", "an empty set", "patches in A and in B")
    fitted = [rows[train[rows]] for rows in sets]
    only_train = min(len(rows) for rows in fitted) >= LEAST
    first, second = (
        codes[rows].mean(0, dtype=np.float64) for rows in (fitted if only_train else sets)
    )
    move = second - first
    length = float(np.linalg.norm(move))
    if length < 1e-9:
        raise UndefinedDirection("A to B", "two sets with the same mean code", "sets that differ")
    zero = -float(first @ move) / length**2
    read = zero + (codes[train] @ move) / length**2
    low, high = np.quantile(read, [0.01, 0.99])
    other = "the rest" if leads_to_the_rest(name, len(codes)) else "the other"
    looked = [len(rows) for rows in (fitted if only_train else sets)]
    whose = "training patients' patches" if only_train else "patches, also of held-out patients"
    return Direction(
        name=name,
        move=move.astype(np.float32),
        unit="",
        description=f"From one selection to {other}, the whole way a step: the difference of "
        f"the mean codes of {looked[0]} and {looked[1]} {whose}.",
        way="difference",
        zero=zero,
        per_length=1 / length,
        low=float(low),
        high=float(high),
    )


def _sets(name: str) -> list[str]:
    return name.removeprefix(PREFIX).split(":")
