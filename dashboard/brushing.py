"""What the model makes of a painted patch: score, map, and where its code went.

A route of our own bypasses the script's protection, so it takes a run's name, a row's number, one
of the quick ways to make a map and exactly one picture's bytes, answers its own site alone, and
computes one picture at a time.
"""

from base64 import b64encode
from threading import Lock
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from core.arrays import Code, Features, Mask, Patch
from core.errors import LymphoscapeError, MapUndefined, RunNotFound
from core.explain.explanation import Variant, colour_limit
from core.explain.infill import imputed
from core.latent.attributes import LABEL, attribute_unit, attribute_words
from core.latent.placement import place
from core.run import Run
from dashboard import answers, cartography, state, words
from dashboard.figures.heat_line import checks, nothing
from dashboard.figures.pictures import grey
from dashboard.figures.points import WHOLE
from dashboard.ways import BY_KEY, is_quick

HILUM_PX, HILUM = 2.2, 0.8
RIM_PX, RIM = 1.6, 0.95
VESSEL_PX = (6, 90)  # across 1.6 to 6 mm of a patch at 0.57 mm
FULL = 127  # the largest signed byte
NEAREST = 5  # neighbours whose places lay the painted picture on the map
STAYED = 0.05  # latent length that arithmetic alone may move a code

NO_NUMBER = (
    "The model's answer to this picture is no number, so there is neither score nor map: what "
    "stands here is the answer before it. Take the stroke back with restore, or press As it was."
)

_queue = Lock()


def presets(patch: Patch, mask: Mask) -> list[tuple[str, Patch]]:
    """Ready-made changes of a lesion's picture, by name: for who has no mouse, or no idea."""
    from scipy.ndimage import binary_dilation, distance_transform_edt

    if not mask.any():
        return []
    row, column = np.argwhere(mask).mean(axis=0)
    down, across = np.indices(mask.shape)
    hilum = np.hypot(down - row, across - column) <= HILUM_PX
    away = distance_transform_edt(~mask)
    rim = (away > 0) & (away <= RIM_PX)
    gone = imputed(patch, binary_dilation(mask, iterations=2), np.random.default_rng(0))
    made = [
        ("Erase it", gone),
        ("Erase its centre (hilum)", imputed(patch, hilum, np.random.default_rng(0))),
        ("Add a bright centre", np.where(hilum, HILUM, patch).astype(np.float32)),
        ("Add a bright rim", np.where(rim, RIM, patch).astype(np.float32)),
        ("Hide its surroundings", np.where(away <= 1, patch, np.median(patch)).astype(np.float32)),
    ]
    spot = vessel(patch, mask)
    if spot is not None:
        hidden = imputed(patch, binary_dilation(spot), np.random.default_rng(0))
        made.insert(2, ("Hide a vessel", hidden))
    return made


def vessel(patch: Patch, mask: Mask) -> Mask | None:
    """What looks most like a vessel beside a lesion; None where nothing does.

    The patch of its own that differs most from its surroundings: of `VESSEL_PX` pixels, at least
    two pixels off the outline, darker (flow) or brighter than the middle half of them by far.
    """
    from scipy.ndimage import distance_transform_edt, label

    beside = distance_transform_edt(~mask) > 2
    middle = float(np.median(patch[beside]))
    spread = float(np.subtract(*np.percentile(patch[beside], [75, 25]))) or 1 / 255
    best, most = None, 0.0
    for side in (patch < middle - spread, patch > middle + spread):
        numbers, many = label(side & beside)
        for number in range(1, many + 1):
            spot = numbers == number
            apart = float(np.abs(patch[spot] - middle).sum())
            if VESSEL_PX[0] <= spot.sum() <= VESSEL_PX[1] and apart > most:
                best, most = spot, apart
    return best


async def painted(request: Request) -> Response:
    """The score, map and place of one painted picture, as JSON."""
    origin = request.headers.get("origin")
    if origin and urlsplit(origin).netloc != request.headers.get("host"):
        return PlainTextResponse("Not from this site.", status_code=403)
    try:
        run = await run_in_threadpool(state.open_run, request.path_params["run"])
        row, side = int(request.path_params["row"]), run.patches.shape[1]
        way = BY_KEY.get(request.path_params["way"])
        if way is None or not is_quick(way):
            return PlainTextResponse("No such quick map.", status_code=404)
        if not 0 <= row < len(run.rows):
            return PlainTextResponse("No such row.", status_code=404)
        content = b""
        async for part in request.stream():
            content += part
            if len(content) > side * side:
                break
        if len(content) != side * side:
            return PlainTextResponse(f"{side * side} bytes are wanted.", status_code=400)
        pixels = np.frombuffer(content, np.uint8).reshape(side, side)
        patch = as_stored(pixels, run.patches[row])
        found = await run_in_threadpool(answer, run, row, way, patch)
    except RunNotFound:
        return PlainTextResponse("No such run.", status_code=404)
    except MapUndefined:
        return PlainTextResponse(NO_NUMBER, status_code=422)
    except LymphoscapeError as error:
        return PlainTextResponse(str(error), status_code=422)
    return JSONResponse(found, headers={"Cache-Control": "no-store"})


def as_stored(pixels: NDArray[np.uint8], stored: Patch) -> Patch:
    """The picture that a page's bytes stand for, where a pixel that nobody painted keeps its value.

    Rounding alone changes a sharp map: the unpainted picture would have another one than the run.
    """
    return np.where(pixels == grey(stored), stored, pixels / 255).astype(np.float32)


def answer(run: Run, row: int, way: Variant, patch: Patch) -> dict[str, object]:
    """What the model says of a picture in a row's place.

    Args:
        run: Whose.
        row: Whose picture was painted on.
        way: How the map is made; a quick one.
        patch: The painted picture, in [0, 1].

    Returns:
        score; map (signed bytes, base64), the unpainted picture's colour limit at 127, so that a
        map that fades looks weaker; full (that limit, as it is said; "" where both are flat); made
        (the line that must stand beside it); empty (what an empty map says, or ""); readings (see
        `_readings`); at (its place on the map); place (where the code went, in words).
    """
    with _queue:
        model, space = state.model(run), state.latent_space(run)
        beside = answers.features(run, np.array([row]))
        masks = run.masks[[row, row]] if run.manifest.has_masks else None
        before, found = model.explain(
            np.stack([run.patches[row], patch]),
            features=np.repeat(beside, 2, axis=0),
            masks=masks,
            method=way.method,
            layer=way.layer or 8,
        )
        code = model.encode(patch[None])
        score = float(model.node_score(code, beside)[0])
    limit = colour_limit((before,)) or colour_limit((found,))
    signed = found.map if limit and found.is_drawable else np.zeros_like(found.map)
    drawn = np.clip(np.round(FULL * signed / (limit or 1.0)), -FULL, FULL)
    near = space.nearest_training(code[0])
    size = run.rows["short_axis_mm"].iloc[int(near.rows[0])]
    moved = float(np.linalg.norm(code[0] - run.codes[row]))
    like = f", of one that measures {words.mm(float(size))}" if size == size else ""
    outside = float(space.typicality(code)[0]) > 1
    return {
        "score": score,
        "map": b64encode(drawn.astype(np.int8).tobytes()).decode("ascii"),
        "full": f"{limit:.2g}" if limit else "",
        "made": checks(found),
        "empty": nothing(found),
        "readings": _readings(run, row, code[0]),
        "at": _place(run, row, code[0], moved),
        "place": (
            f"Its code moved by {moved:.1f}; the nearest training code lies "
            f"{near.distances[0]:.1f} away{like}."
            + (
                " Such a picture was never seen in training: do not trust the score."
                if outside
                else ""
            )
        ),
    }


def places(run: Run) -> Features:
    """Where every lesion's key slice lies on the map, (lesion, 2), in about [-1, 1]."""
    where = cartography.positions(*state.key(run), WHOLE)
    return np.asarray(where[run.rows["key_slice"].to_numpy(bool)], np.float32)


def _readings(run: Run, row: int, code: Code) -> list[dict[str, object]]:
    """What the model reads of each attribute before and after, and the range seen in training."""
    found: list[dict[str, object]] = []
    for one in state.latent_space(run).directions():
        before, after = (float(value) for value in one.read(np.stack([run.codes[row], code])))
        ends = one.low, one.high
        if one.name == LABEL or not np.isfinite([before, after, *ends]).all():
            continue
        found.append(
            {
                "name": words.capital(attribute_words(one.name)),
                "unit": attribute_unit(one.name),
                "before": before,
                "after": after,
                "low": ends[0],
                "high": ends[1],
            }
        )
    return found


def _place(run: Run, row: int, code: Code, moved: float) -> list[float]:
    """Where the code lies on the map; a picture that was not changed lies where it lay."""
    where = cartography.positions(*state.key(run), WHOLE)
    if moved < STAYED:
        return [float(value) for value in where[row]]
    found = place(code, run.codes, where.astype(np.float64), n=NEAREST)
    return [found.x, found.y]
