"""Where and how torch computes: device, threads, arithmetic, and seeds for every purpose."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch

from core.errors import SettingsError


def pick_device(asked: str) -> torch.device:
    """The device to compute on; "auto" takes a GPU where there is one.

    Raises:
        SettingsError: The device asked for is not there.
    """
    there = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if asked == "auto":
        return torch.device(next(name for name, found in there.items() if found))
    if not there.get(asked, False):
        found = ", ".join(name for name, found in there.items() if found)
        raise SettingsError("--device", asked, f"auto or one that is there: {found}")
    return torch.device(asked)


@contextmanager
def computing(device: torch.device, *, threads: int) -> Iterator[None]:
    """Compute with so many threads and, where torch can, with the same bits every time."""
    before = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    if threads:
        torch.set_num_threads(threads)
    if device.type != "cpu":
        torch.use_deterministic_algorithms(True, warn_only=True)
    try:
        yield
    finally:
        torch.set_num_threads(before[0])
        torch.use_deterministic_algorithms(before[1])


def convolves_in_bfloat16(device: torch.device, precision: str) -> bool:
    """Whether to train in bfloat16: asked for, and in the machine's own instructions.

    A CPU without them (AVX2 only) emulates it and was 10 times slower than float32 when tried.
    """
    if precision != "bfloat16":
        return False
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    if device.type == "cpu":
        return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())
    return False


def seed_for(seed: int, purpose: str, number: int = 0) -> int:
    """A seed of its own for each purpose and number (an epoch, a member), so nothing is shared."""
    words = np.frombuffer(purpose.encode("utf-8"), dtype=np.uint8).tolist()
    return int(np.random.SeedSequence([seed, number, *words]).generate_state(1, np.uint64)[0] >> 1)


def generator(device: torch.device, seed: int, purpose: str, number: int = 0) -> torch.Generator:
    """A generator on the device, seeded for one purpose."""
    return torch.Generator(device).manual_seed(seed_for(seed, purpose, number))
