"""The Why page in Python: the same maps, of the same rows, for the same question."""

from core.explain.explanation import Variant
from dashboard.questions import NODE, PATIENT

_OF_PATIENT = """about, kinds = run.rows.iloc[own[0]], {"t_stage": int, "age": float, "sex": str}
known = {name: kind(about[name]) for name, kind in kinds.items() if pd.notna(about[name])}
places = tuple(np.searchsorted(every, own).tolist())
nodes = run.rows["node"].to_numpy()[every]
question = PatientLogit(run.codes[every], places, beside_in(run, every), Clinical(**known), nodes)
"""
_RATHER = """middle, other = groups.centres[{own}], groups.centres[{other}]
apart = np.linalg.norm(middle - other)
vector = np.zeros(run.codes.shape[1], np.float32)
vector[: len(middle)] = (middle - other) / apart
zero = float(other @ other - middle @ middle) / (2 * float(apart))
question = Along("how far inside group {said}", vector, 1.0, zero)
"""


def in_python(patient: str, variant: Variant, question: str, *, outlined: bool) -> str:
    """The page's maps as a reader draws them without it.

    Args:
        patient: Whose.
        variant: How the maps are made.
        question: What they explain, by its key (`dashboard.questions`).
        outlined: Whether the run has outlines.
    """
    imports, asked = _question(question)
    always = ("from core.model import Model", "from core.training.beside import beside_in")
    lines = sorted([*always, *imports])
    tables = "import pandas as pd\n" if question == PATIENT else ""
    layer = f", layer={variant.layer}" if variant.layer else ""
    masks = " masks=run.masks[own]," if outlined else ""
    put = ", question=question" if asked else ""
    return f"""
import numpy as np
{tables}
{chr(10).join(lines)}

model = Model.open(run)
every = np.flatnonzero(run.rows["patient_id"] == {patient!r})
own = every[run.rows["key_slice"].to_numpy(bool)[every]]  # key slices
{asked}maps = model.explain(
    run.patches[own], features=beside_in(run, own),{masks}
    rows=own.tolist(), method="{variant.method}"{layer}{put},
)
for found in maps:
    print(found.in_words)
"""


def _question(key: str) -> tuple[list[str], str]:
    """What must be imported for a question, and the lines that make it; none for the default."""
    kind, _, rest = key.partition(" ")
    if key == NODE:
        return [], ""
    if key == PATIENT:
        imports = [
            "from core.explain.question import PatientLogit",
            "from core.prediction import Clinical",
        ]
        return imports, _OF_PATIENT
    space = "from core.latent.space import LatentSpace"
    if kind == "along":
        made = (
            f'along = LatentSpace.open(run).direction("{rest}")\n'
            f'question = Along("{rest}", along.vector, along.per_length, along.zero)\n'
        )
        return ["from core.explain.question import Along", space], made
    method, over, k, *numbers = rest.split()
    made = f'groups = LatentSpace.open(run).clusters({k}, method="{method}", over="{over}")\n'
    own = int(numbers[0])
    if kind == "near":
        made += f'question = NearCentre("group {own + 1}", groups.centres[{own}])\n'
        return ["from core.explain.question import NearCentre", space], made
    made += _RATHER.format(own=own, other=numbers[1], said=own + 1)
    return ["from core.explain.question import Along", space], made
