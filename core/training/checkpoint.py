"""Checkpoint: an unfinished training, one file, whole or not there at all.

Safetensors with a JSON note inside, behind a SHA-256 of both: a kill in the middle of writing
leaves the one before it, and a flipped bit is noticed. Nothing is unpickled.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load, save
from torch import Tensor, nn

from core.run import write_bytes
from core.training.history import Epoch

DIGEST_BYTES = 32


@dataclass(frozen=True)
class Progressed:
    """How far a training is.

    Attributes:
        history: The epochs behind it.
        seconds: Time spent in them.
    """

    history: tuple[Epoch, ...]
    seconds: float


def save_checkpoint(
    path: Path, model: nn.Module, optimiser: torch.optim.Optimizer, *, so_far: Progressed
) -> None:
    """Write weights, optimiser and history, atomically."""
    tensors = {f"model.{name}": value for name, value in model.state_dict().items()}
    for number, state in optimiser.state_dict()["state"].items():
        tensors |= {f"optimiser.{number}.{key}": value for key, value in state.items()}
    note = {
        "history": [asdict(epoch) for epoch in so_far.history],
        "seconds": so_far.seconds,
    }
    content = save(plain(tensors), metadata={"note": json.dumps(note)})
    path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(path, hashlib.sha256(content).digest() + content)


def load_checkpoint(
    path: Path, model: nn.Module, optimiser: torch.optim.Optimizer
) -> Progressed | None:
    """Put weights and optimiser back and say how far they are; None where there is nothing whole.

    The model and the optimiser are touched only when the file is whole.
    """
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return None
    digest, content = raw[:DIGEST_BYTES], raw[DIGEST_BYTES:]
    if hashlib.sha256(content).digest() != digest:
        return None
    note = _note(content)
    tensors = load(content)
    device = next(model.parameters()).device
    prefix = "model."
    model.load_state_dict(
        {name.removeprefix(prefix): t for name, t in tensors.items() if name.startswith(prefix)}
    )
    whole = optimiser.state_dict()
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        if not name.startswith(prefix):
            _, number, key = name.split(".", 2)
            state.setdefault(int(number), {})[key] = tensor.to(device) if tensor.dim() else tensor
    optimiser.load_state_dict({"state": state, "param_groups": whole["param_groups"]})
    history = tuple(Epoch.from_json(fields) for fields in note["history"])
    return Progressed(history, float(note["seconds"]))


def plain(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Tensors as safetensors wants them: on the CPU, contiguous, sharing no memory."""
    return {name: t.detach().cpu().contiguous().clone() for name, t in tensors.items()}


def _note(content: bytes) -> dict[str, Any]:
    length = int.from_bytes(content[:8], "little")  # safetensors: header's length, header, data
    header = json.loads(content[8 : 8 + length])
    note: dict[str, Any] = json.loads(header["__metadata__"]["note"])
    return note
