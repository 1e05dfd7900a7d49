"""A dozen moments of training, to look back at how the code took shape.

snapshots/index.json          {"format": 1, "rows": [...], "shown": [...], "moments":
                              [{"epoch": 3, "codes": "codes_0003.npy",
                                "pictures": "pictures_0003.npy"}, ...]}
snapshots/codes_0003.npy      (key slice, latent) float16, posterior means of `rows`
snapshots/pictures_0003.npy   (shown, height, width) uint8, reconstructions of `shown`
"""

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from core.networks.vae import Vae
from core.run import write_bytes, write_text

SHOWN = 8  # reconstructions a moment
MOST_ROWS = 2000  # codes a moment; a dozen moments of 64 numbers stay under 3 MB


@dataclass(frozen=True)
class Snapshots:
    """Keeps the moments that were planned.

    Attributes:
        folder: `snapshots` of the draft.
        pictures: All patches on the device, (row, 1, height, width).
        rows: Rows whose codes are kept.
        shown: Rows whose reconstructions are kept.
        epochs: When, counted from 1.
    """

    folder: Path
    pictures: Tensor
    rows: tuple[int, ...]
    shown: tuple[int, ...]
    epochs: tuple[int, ...] = field(default=())

    def keep(self, epoch: int, vae: Vae) -> None:
        """Keep this moment if it is one of those planned."""
        if epoch in self.epochs:
            self._write(epoch, vae)

    def close(self, epoch: int, vae: Vae) -> None:
        """Keep the last moment, also where training ended early, and write the index."""
        if not self._codes(epoch).is_file():
            self._write(epoch, vae)
        moments = sorted(int(path.stem.split("_")[1]) for path in self.folder.glob("codes_*.npy"))
        index = {
            "format": 1,
            "rows": self.rows,
            "shown": self.shown,
            "moments": [
                {
                    "epoch": moment,
                    "codes": self._codes(moment).name,
                    "pictures": self._pictures(moment).name,
                }
                for moment in moments
            ],
        }
        write_text(self.folder / "index.json", json.dumps(index) + "\n")

    @torch.no_grad()
    def _write(self, epoch: int, vae: Vae) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        vae.eval()
        codes = torch.cat(
            [vae.encode(self.pictures[list(part)]).mean for part in _pieces(self.rows)]
        )
        drawn = vae.decode(vae.encode(self.pictures[list(self.shown)]).mean)[:, 0]
        _write_array(self._pictures(epoch), (drawn * 255).round().byte().cpu().numpy())
        _write_array(self._codes(epoch), codes.half().cpu().numpy())

    def _codes(self, epoch: int) -> Path:
        return self.folder / f"codes_{epoch:04d}.npy"

    def _pictures(self, epoch: int) -> Path:
        return self.folder / f"pictures_{epoch:04d}.npy"


def moments(epochs: int, count: int) -> tuple[int, ...]:
    """Epochs to look back at: dense at the start, where most happens; the last is among them."""
    spaced = np.geomspace(1, epochs, min(count, epochs))
    return tuple(sorted({int(np.round(epoch)) for epoch in spaced}))


def _pieces(rows: Sequence[int]) -> list[Sequence[int]]:
    return [rows[start : start + 256] for start in range(0, len(rows), 256)]


def _write_array(path: Path, values: np.ndarray) -> None:
    held = io.BytesIO()
    np.save(held, values, allow_pickle=False)
    write_bytes(path, held.getvalue())
