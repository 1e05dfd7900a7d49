"""Laws of the painted picture: what is answered, and what is refused at the door."""

import asyncio
import json
import sys
from base64 import b64decode

import numpy as np
import pytest
import streamlit as st
from starlette.requests import Request

from core.errors import MapUndefined, UndefinedDirection


@pytest.fixture(autouse=True)
def tiny_only(tiny_run, monkeypatch):
    st.cache_data.clear()
    st.cache_resource.clear()
    monkeypatch.setattr(sys, "argv", ["frame.py", "--runs", str(tiny_run.folder.parent)])


def send(run, row, content, origin=None, way="hires_cam_16"):
    from dashboard import brushing

    headers = [(b"host", b"here:8501")]
    headers += [(b"origin", origin.encode())] if origin else []
    scope = {
        "type": "http", "method": "POST", "path": "/", "headers": headers, "query_string": b"",
        "path_params": {"run": run, "row": row, "way": way},
    }  # fmt: skip
    parts = [content[:700], content[700:]]

    async def receive():
        body = parts.pop(0)
        return {"type": "http.request", "body": body, "more_body": bool(parts)}

    return asyncio.run(brushing.painted(Request(scope, receive)))


def picture(tiny_run, row=2):
    return np.round(255 * np.array(tiny_run.patches[row])).astype(np.uint8)


def test_an_unpainted_picture_gets_the_rows_own_score_and_map(tiny_run):
    from core.explain.explanation import QUICK, colour_limit
    from core.model import Model

    reply = send("tiny", 2, picture(tiny_run).tobytes(), origin="http://here:8501")
    assert reply.status_code == 200
    found = json.loads(reply.body)
    assert found["score"] == pytest.approx(tiny_run.rows["node_score"].iloc[2], abs=1e-4)
    drawn = np.frombuffer(b64decode(found["map"]), np.int8).reshape(32, 32)
    (own,) = Model.open(tiny_run, device="cpu").explain(
        np.array(tiny_run.patches[[2]]), method=QUICK.method, layer=QUICK.layer
    )
    wanted = np.clip(own.map / colour_limit((own,)), -1, 1)
    assert np.abs(drawn / 127 - wanted).max() < 0.01, "though bytes came, nothing was rounded"
    assert "not where disease is" in found["made"]
    assert found["place"].startswith("Its code moved by 0.0")


def test_a_painted_picture_moves_the_code(tiny_run):
    painted = picture(tiny_run)
    painted[4:28, 4:28] = 255
    found = json.loads(send("tiny", 2, painted.tobytes()).body)
    assert not found["place"].startswith("Its code moved by 0.0")
    assert 0 <= found["score"] <= 1


def test_a_map_that_fades_looks_weaker_and_not_stretched(tiny_run):
    """Half the evidence is half the colour: the unpainted picture's limit holds (EXPLAIN.md, 6)."""
    from core.explain.explanation import Variant, colour_limit
    from core.model import Model
    from dashboard import brushing

    patch = (0.5 * np.array(tiny_run.patches[2])).astype(np.float32)
    model, way = Model.open(tiny_run, device="cpu"), Variant("grad_cam", 8)
    before, after = model.explain(
        np.stack([tiny_run.patches[2], patch]), method=way.method, layer=way.layer
    )
    found = brushing.answer(tiny_run, 2, way, patch)
    drawn = np.frombuffer(b64decode(found["map"]), np.int8).reshape(32, 32)
    limit = colour_limit((before,))
    assert limit is not None
    assert np.abs(drawn / 127 - np.clip(after.map / limit, -1, 1)).max() < 0.01
    assert float(found["full"]) == pytest.approx(limit, rel=0.06)  # as it stands on the bar
    assert found["made"].startswith("Grad-CAM, layer 8 × 8")
    assert bool(found["empty"]) == after.is_empty


def test_readings_and_place_stay_where_nothing_was_painted_and_follow_what_was(tiny_run):
    same = json.loads(send("tiny", 2, picture(tiny_run).tobytes()).body)
    assert same["at"] == pytest.approx(same_place(tiny_run, 2), abs=1e-6)
    painted = picture(tiny_run)
    painted[4:28, 4:28] = 255
    found = json.loads(send("tiny", 2, painted.tobytes()).body)
    assert len(found["readings"]) == len(same["readings"]) > 0
    for before, after in zip(same["readings"], found["readings"], strict=True):
        assert before["after"] == pytest.approx(before["before"], abs=0.5)
        assert after["before"] == before["before"]
        assert after["low"] < after["high"]
    assert any(one["after"] != one["before"] for one in found["readings"])
    assert found["at"] != same["at"]


def same_place(tiny_run, row):
    from dashboard import cartography, state

    return cartography.positions(*state.key(tiny_run), "UMAP")[row].tolist()


def test_only_a_quick_way_to_make_a_map_answers_strokes(tiny_run):
    content = picture(tiny_run).tobytes()
    assert send("tiny", 2, content, way="occlusion").status_code == 404
    assert send("tiny", 2, content, way="../x").status_code == 404
    assert send("tiny", 2, content, way="grad_cam_8").status_code == 200


def test_what_is_no_picture_of_this_run_is_refused(tiny_run):
    content = picture(tiny_run).tobytes()
    assert send("tiny", 2, content[:-1]).status_code == 400
    assert send("tiny", 2, content + b"x").status_code == 400
    assert send("tiny", len(tiny_run.rows), content).status_code == 404
    assert send("nobody", 2, content).status_code == 404
    assert send("tiny", 2, content, origin="http://elsewhere.example").status_code == 403


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (MapUndefined("Grad-CAM", 1), "is no number, so there is neither score nor map"),
        (UndefinedDirection("size", "one size", "two or more"), "Direction 'size' is undefined"),
    ],
)
def test_what_has_no_answer_is_told_as_such_and_not_as_a_run_that_is_missing(
    tiny_run, monkeypatch, error, said
):
    from dashboard import brushing

    def refuses(*_):
        raise error

    monkeypatch.setattr(brushing, "answer", refuses)
    reply = send("tiny", 2, picture(tiny_run).tobytes())
    assert reply.status_code == 422
    assert said in reply.body.decode()
    assert b"No such run" not in reply.body


def test_the_ready_made_changes_change_what_they_name(tiny_run):
    from dashboard.brushing import presets

    keys = np.flatnonzero(tiny_run.rows["key_slice"].to_numpy(bool))
    patch, mask = np.array(tiny_run.patches[keys[0]]), np.array(tiny_run.masks[keys[0]])
    made = dict(presets(patch, mask))
    assert set(made) - {"Hide a vessel"} == {
        "Erase it", "Erase its centre (hilum)", "Add a bright centre", "Add a bright rim",
        "Hide its surroundings",
    }  # fmt: skip
    for name, changed in made.items():
        assert changed.shape == patch.shape
        assert 0 <= changed.min() <= changed.max() <= 1
        assert not np.array_equal(changed, patch), name
    assert np.array_equal(made["Hide its surroundings"][mask], patch[mask])
    assert np.array_equal(made["Add a bright rim"][mask], patch[mask])
    assert presets(patch, np.zeros_like(mask)) == []


def test_the_vessel_that_is_hidden_is_the_one_beside_the_lesion_and_nothing_else():
    from dashboard.brushing import presets, vessel

    rows, columns = np.mgrid[:32, :32]
    mask = np.hypot(rows - 16, columns - 16) <= 5
    tube = np.hypot(rows - 8, columns - 26) <= 2.5
    rng = np.random.default_rng(0)
    patch = np.clip(0.6 + rng.normal(0, 0.02, (32, 32)), 0, 1)
    patch = np.where(mask, 0.3, np.where(tube, 0.05, patch)).astype(np.float32)
    found = vessel(patch, mask)
    assert found is not None
    assert (found & tube).sum() >= 0.9 * tube.sum()
    assert (found & ~tube).sum() <= 2
    hidden = dict(presets(patch, mask))["Hide a vessel"]
    assert hidden[tube].min() > 0.4  # as its surroundings are
    assert np.array_equal(hidden[mask], patch[mask])
    plain = np.where(mask, 0.3, 0.6).astype(np.float32)
    assert vessel(plain, mask) is None
    assert "Hide a vessel" not in dict(presets(plain, mask))


def test_a_painted_picture_whose_map_is_the_same_everywhere_is_not_coloured(tiny_run, monkeypatch):
    import dataclasses

    from core.model import Model

    whole = Model.explain

    def flat(self, *asked, **named):
        before, found = whole(self, *asked, **named)
        return before, dataclasses.replace(found, map=np.full_like(found.map, found.map.max() + 1))

    monkeypatch.setattr(Model, "explain", flat)
    content = picture(tiny_run).tobytes()
    found = json.loads(send("tiny", 2, content, origin="http://here:8501").body)
    assert not np.frombuffer(b64decode(found["map"]), np.int8).any()
