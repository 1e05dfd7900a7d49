"""Libraries whose parts import each other in a ring, imported before any page needs one.

Two sessions that import two such parts at the same moment wait for each other, and Python ends
it with a deadlock error in one of them (seen with scikit-learn and thirty sessions at once).
"""

import importlib
from threading import Lock

RINGS = ("sklearn.covariance", "sklearn.cluster", "sklearn.linear_model", "sklearn.metrics")
OTHERS = ("scipy.stats", "scipy.ndimage", "skimage.measure")

_one_at_a_time = Lock()


def ready() -> None:
    """Import them; at once where that was done, and only one thread at a time where not."""
    with _one_at_a_time:
        for name in (*OTHERS, *RINGS):
            importlib.import_module(name)
