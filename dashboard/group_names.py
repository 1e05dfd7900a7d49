"""Names that a session gives to groups; keeping them for everybody is a choice."""

import json
from collections.abc import Sequence
from contextlib import suppress

from core.latent.clusters import Clusters
from core.latent.kept import kept_folder
from core.run import Run, write_text
from dashboard import state

LONGEST = 60


def key(clusters: Clusters, number: int) -> str:
    """What the session calls the field of one group's name."""
    sha = state.run().manifest.weights_sha256[:8]
    return f"name-{sha}-{_grouping(clusters)}-{number}"


def of(clusters: Clusters) -> list[str]:
    """Every group's name: the session's, else the one that was kept, else its number."""
    kept = _kept(clusters)
    return [
        state.recall(key(clusters, number)) or kept.get(str(number)) or f"Group {number + 1}"
        for number in range(clusters.k)
    ]


def keep(clusters: Clusters) -> None:
    """Keep the names of the groups on show on this server."""
    names = {str(number): name for number, name in enumerate(of(clusters))}
    folder = kept_folder(state.run())
    folder.mkdir(parents=True, exist_ok=True)
    write_text(folder / _file(clusters), json.dumps(names, ensure_ascii=False) + "\n")


def csv(run: Run, clusters: Clusters, names: Sequence[str]) -> str:
    """Row, patient, lesion, group and the group's name, one line a patch."""
    names = [*names, "in none"]
    columns = [name for name in ("row", "patient_id", "node", "slice_k") if name in run.rows]
    table = run.rows[columns].assign(
        group=[int(one) + 1 if one >= 0 else "" for one in clusters.labels],
        name=[names[one] for one in clusters.labels],
    )
    return table.to_csv(index=False)


def _kept(clusters: Clusters) -> dict[str, str]:
    with suppress(OSError, ValueError, AttributeError):
        text = (kept_folder(state.run()) / _file(clusters)).read_text(encoding="utf-8")
        return {str(k): str(name)[:LONGEST] for k, name in json.loads(text).items()}
    return {}


def _file(clusters: Clusters) -> str:
    return f"names-{_grouping(clusters)}.json"


def _grouping(clusters: Clusters) -> str:
    return f"{clusters.method}-{clusters.dims}-{clusters.k}"
