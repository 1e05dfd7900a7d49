"""The walk that Growth shows as a few lines of Python, exactly as it is asked for on the page."""

import numpy as np

from core.growth.delivery import Keep
from core.growth.paths import Mode
from core.growth.span import FRAMES
from core.latent.direction import Way
from dashboard.answers import Summed

GROUND = """
import numpy as np

from core.growth.film import gif
from core.growth.flips import score_near
from core.growth.walked import Ground, {names}
from core.model import Model

model, row = Model.open(run), {row}
ground = Ground.of(run, row, decode=model.decode, score=score_near(run, model.node_score)(row))
"""
FILM = """
print(walk.table())
Path("growth.gif").write_bytes(gif(walk))  # marked SIMULATED
# another training's word: core.growth.trainings.opinions(run, row, walk.pictures, [(other, Model)])
"""


def grown(
    row: int,
    direction: str,
    *,
    steps: tuple[float, ...],
    closed: bool,
    keep: Keep,
    way: Way | None,
    summed: Summed | None = None,
) -> str:
    """One lesion along a direction, or along the sum of two."""
    downs = int(np.argmin(np.abs(steps)))
    more = also = ""
    if summed is not None:
        more = f'beside = {summed.rate!r} * along_of(ground, "{summed.name}")\n'
        also = ", beside=beside"
    gap = (steps[-1] - steps[0]) / (len(steps) - 1)
    return (
        GROUND.format(names="along_of, walked", row=row)
        + f"""along = along_of(ground, "{direction}", {way!r})
{more}steps = np.arange({-downs}, {len(steps) - downs}) * {gap:.6g}
walk = walked(ground, row, along, steps, closed={closed}, keep="{keep}"{also})
"""
        + FILM
    )


def between(row: int, end: int, *, mode: Mode) -> str:
    """The walk from one lesion to another."""
    return (
        GROUND.format(names="walked_between", row=row)
        + f"""walk = walked_between(ground, row, {end}, {FRAMES}, mode="{mode}")
"""
        + FILM
    )
