"""Weights: reading a finished run's network."""

from core.errors import RunUnusable
from core.networks.network import Network
from core.run import Run, sha256
from core.training.beside import beside_names

WEIGHTS = "network.safetensors"


def read_network(run: Run) -> Network:
    """A finished run's network, on the CPU.

    Raises:
        RunUnusable: The weights are not those that training wrote, or damaged.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    path = run.folder / WEIGHTS
    try:
        if sha256(path) != run.manifest.weights_sha256:
            wanted = "the weights that training wrote (same SHA-256)"
            raise RunUnusable(run.name, f"other bytes in {WEIGHTS}", wanted)
        network = Network(run.settings, features=len(beside_names(run.settings)))
        network.load_state_dict(load_file(path))
    except (OSError, SafetensorError, RuntimeError) as error:
        found = f"{WEIGHTS}: {type(error).__name__}"
        raise RunUnusable(run.name, found, "the weights that training wrote") from error
    return network
