"""What is known of one patch, and of those beside it, as short lines."""

from core.latent.space import Over
from core.run import Run
from dashboard import words


def facts(run: Run, row: int) -> list[tuple[str, str]]:
    """One patch in names and values."""
    one = run.rows.iloc[row]
    found = [
        ("patient", f"{one['patient_id']}, {words.outcome_of(int(one['label']), run.words)}"),
        (run.words.lesion, str(int(one["node"]))),
    ]
    if run.manifest.has_masks:
        found.append(("slice", str(int(one["slice_k"]))))
    if one["short_axis_mm"] == one["short_axis_mm"]:
        found.append(("short axis", words.mm(float(one["short_axis_mm"]))))
        found.append(("long / short", f"{float(one['elongation']):.2f}"))
    if "node_score" in one and one["node_score"] == one["node_score"]:
        called = f"called from {float(run.preprocessing['node_threshold']):.2f}"
        found.append(("suspicion score", f"{float(one['node_score']):.2f}, {called}"))
    return found


def neighbour_lines(run: Run, row: int, distance: float, *, usual: float) -> tuple[str, ...]:
    """What stands under a neighbour's picture; how far is told in usual distances."""
    one = run.rows.iloc[row]
    size = float(one["short_axis_mm"])
    return (
        *((words.mm(size),) if size == size else ()),
        words.outcome_of(int(one["label"]), run.words),
        f"{distance / usual:.1f} × usual" if usual > 0 else f"distance {distance:.2f}",
    )


def python(row: int, layout_columns: tuple[str, ...], over: Over) -> str:
    """The Atlas in a few lines: the map, a patch, its neighbours, clusters."""
    names = ", ".join(f'"{name}"' for name in layout_columns)
    return f"""from core.latent.space import LatentSpace

places = run.map[[{names}]]
space = LatentSpace.open(run)
near = space.neighbours(run.codes[{row}], 8, exclude_row={row}, over="{over}")
print(run.rows.iloc[near.rows][["patient_id", "node", "short_axis_mm", "label"]])
found = space.study()  # None until "python train.py clusters" looked at every K
print((found.offered or "no K is supported") if found else "not looked at yet")
for card in space.clusters(k=(found.offered if found else None) or 6, method="kmeans").cards:
    print(card.number, len(card.rows), card.positive)"""
