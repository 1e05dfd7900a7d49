"""Columns as bytes, so that a browser reads them as typed arrays without parsing.

Four bytes say how long the header is (little-endian), then comes the header in JSON, then the
columns, each from a multiple of eight. `components/atlas_map/src/columns.ts` reads them.
"""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

KINDS = {"float32": "<f4", "uint32": "<u4", "uint16": "<u2", "uint8": "|u1"}


def pack(header: Mapping[str, Any], columns: Mapping[str, np.ndarray]) -> bytes:
    """A header and some columns as bytes.

    Args:
        header: Anything JSON can say.
        columns: One-dimensional arrays of float32, uint32, uint16 or uint8.

    Raises:
        ValueError: A column is of another kind.
    """
    blocks, listed, at = [], {}, 0
    for name, values in columns.items():
        kind = str(values.dtype)
        if kind not in KINDS or values.ndim != 1:
            raise ValueError(f"column {name}: {kind}, {values.ndim}-dimensional")
        content = np.ascontiguousarray(values, dtype=KINDS[kind]).tobytes()
        listed[name] = [kind, at, len(values)]
        blocks.append(content + bytes(-len(content) % 8))
        at += len(blocks[-1])
    text = json.dumps({**header, "columns": listed}, ensure_ascii=False).encode("utf-8")
    text += b" " * (-(len(text) + 4) % 8)
    return b"".join([len(text).to_bytes(4, "little"), text, *blocks])


def bits_of(rows: np.ndarray) -> np.ndarray:
    """A set of rows, one bit a row, as the browser sends and takes it; (byte,) uint8."""
    return np.packbits(np.asarray(rows, dtype=bool), bitorder="little")


def rows_of(bits: bytes, count: int) -> tuple[int, ...]:
    """The rows whose bit is set; further bits than there are rows count for nothing."""
    found = np.unpackbits(np.frombuffer(bits, dtype=np.uint8), bitorder="little")[:count]
    return tuple(np.flatnonzero(found).tolist())
