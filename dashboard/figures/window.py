"""Window and level chosen from the pictures themselves: their greys with a little room."""

import numpy as np

from core.arrays import Patch, Patches

LEAST = 0.05  # a nearly flat picture is not stretched into noise


def window_of(pictures: Patch | Patches) -> tuple[float, float]:
    """Lowest and highest value to show, one window for all the pictures."""
    low, high = np.percentile(pictures, [0.5, 99.5])
    room = 0.08 * max(float(high - low), LEAST)
    return max(0.0, float(low) - room), min(1.0, float(high) + room)


def windowed(picture: Patch | Patches, window: tuple[float, float]) -> np.ndarray:
    """The picture as the window shows it, in [0, 1]."""
    low, high = window
    return np.clip((picture - low) / max(high - low, 1e-6), 0, 1).astype(np.float32)


def in_words(window: tuple[float, float]) -> str:
    """Level and width, as a viewer states them."""
    low, high = window
    return f"level {(low + high) / 2:.2f}, window {high - low:.2f}"
