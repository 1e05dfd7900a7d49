"""What the model makes of a painted patch: score, map, and where its code went.

A route of our own bypasses the script's protection, so it takes a run's name, a row's number and
exactly one picture's bytes, answers its own site alone, and computes one picture at a time.
"""

from base64 import b64encode
from threading import Lock
from urllib.parse import urlsplit

import numpy as np
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from core.arrays import Mask, Patch
from core.errors import LymphoscapeError
from core.explain.explanation import QUICK
from core.explain.infill import imputed
from core.run import Run
from dashboard import answers, state, words
from dashboard.figures.heat import checks

HILUM_PX, HILUM = 2.2, 0.8
RIM_PX, RIM = 1.6, 0.95

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
    return [
        ("Erase it", gone),
        ("Add a bright centre", np.where(hilum, HILUM, patch).astype(np.float32)),
        ("Add a bright rim", np.where(rim, RIM, patch).astype(np.float32)),
        ("Hide its surroundings", np.where(away <= 1, patch, np.median(patch)).astype(np.float32)),
    ]


async def painted(request: Request) -> Response:
    """The score, map and place of one painted picture, as JSON."""
    origin = request.headers.get("origin")
    if origin and urlsplit(origin).netloc != request.headers.get("host"):
        return PlainTextResponse("Not from this site.", status_code=403)
    try:
        run = await run_in_threadpool(state.open_run, request.path_params["run"])
        row, side = int(request.path_params["row"]), run.patches.shape[1]
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
        found = await run_in_threadpool(answer, run, row, (pixels / 255).astype(np.float32))
    except LymphoscapeError:
        return PlainTextResponse("No such run.", status_code=404)
    return JSONResponse(found, headers={"Cache-Control": "no-store"})


def answer(run: Run, row: int, patch: Patch) -> dict[str, object]:
    """What the model says of a picture in a row's place.

    Returns:
        score; map (signed bytes, base64), with its largest magnitude at 127; made (the line that
        must stand beside it); place (where the code went, in words).
    """
    with _queue:
        model, space = state.model(run), state.latent_space(run)
        beside = answers.features(run, np.array([row]))
        masks = run.masks[row][None] if run.manifest.has_masks else None
        (found,) = model.explain(
            patch[None],
            features=beside,
            masks=masks,
            method=QUICK.method,
            layer=QUICK.layer or 8,
        )
        code = model.encode(patch[None])
        score = float(model.node_score(code, beside)[0])
    top = float(np.abs(found.map).max())
    drawn = np.round(127 * found.map / top) if top > 0 else np.zeros_like(found.map)
    near = space.nearest_training(code[0])
    size = run.rows["short_axis_mm"].iloc[int(near.rows[0])]
    moved = float(np.linalg.norm(code[0] - run.codes[row]))
    like = f", {words.mm(float(size))}" if size == size else ""
    outside = float(space.typicality(code)[0]) > 1
    return {
        "score": score,
        "map": b64encode(drawn.astype(np.int8).tobytes()).decode("ascii"),
        "made": checks(found),
        "place": (
            f"Its code moved by {moved:.1f}; the nearest in training lies {near.distances[0]:.1f} "
            f"away{like}."
            + (
                " Such a picture was never seen in training: do not trust the score."
                if outside
                else ""
            )
        ),
    }
