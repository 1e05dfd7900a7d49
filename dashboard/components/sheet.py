"""A sheet: many pictures of one size side by side in one, so that one message carries them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sheet:
    """Where the pictures are.

    Attributes:
        source: A data URL, or a link relative to the app's root.
        columns: Pictures in a line.
        size_px: Side of one picture.
    """

    source: str
    columns: int
    size_px: int
