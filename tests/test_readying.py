"""The loops behind pictures are compiled before anybody drags, by a process of their own."""

import os
import subprocess
import sys

from core.growth import readying
from core.latent.umap_cache import cache_folder
from tests.sessions import ROOT

LOADED = """
from core.growth import compiled_warp, readying
readying.ready_beside()
print(len(compiled_warp.carry.signatures), sum(compiled_warp.carry.stats.cache_misses.values()))
"""


def test_what_another_process_compiled_is_loaded_and_not_compiled_again():
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(cache_folder())}
    done = subprocess.run(
        [sys.executable, "-c", LOADED], capture_output=True, text=True, cwd=ROOT, env=environment
    )
    assert done.stdout.strip() == "1 0", done.stderr


def test_what_another_checkout_compiled_is_not_taken_for_this_ones(tmp_path, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(cache_folder()))
    readying.ready_beside()
    assert readying.kept_here()
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    other = tmp_path / ("growth_" + 40 * "0")
    other.mkdir()
    (other / "compiled_warp.carry-84.py311.nbi").touch()
    assert not readying.kept_here()
