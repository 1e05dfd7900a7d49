"""Laws of the painted picture: what is answered, and what is refused at the door."""

import asyncio
import json
import sys
from base64 import b64decode

import numpy as np
import pytest
import streamlit as st
from starlette.requests import Request


@pytest.fixture(autouse=True)
def tiny_only(tiny_run, monkeypatch):
    st.cache_data.clear()
    st.cache_resource.clear()
    monkeypatch.setattr(sys, "argv", ["frame.py", "--runs", str(tiny_run.folder.parent)])


def send(run, row, content, origin=None):
    from dashboard import brushing

    headers = [(b"host", b"here:8501")]
    headers += [(b"origin", origin.encode())] if origin else []
    scope = {
        "type": "http", "method": "POST", "path": "/", "headers": headers, "query_string": b"",
        "path_params": {"run": run, "row": row},
    }  # fmt: skip
    parts = [content[:700], content[700:]]

    async def receive():
        body = parts.pop(0)
        return {"type": "http.request", "body": body, "more_body": bool(parts)}

    return asyncio.run(brushing.painted(Request(scope, receive)))


def picture(tiny_run, row=2):
    return np.round(255 * np.array(tiny_run.patches[row])).astype(np.uint8)


def test_an_unpainted_picture_gets_the_rows_own_score_and_map(tiny_run):
    from core.explain.explanation import QUICK
    from core.model import Model

    reply = send("tiny", 2, picture(tiny_run).tobytes(), origin="http://here:8501")
    assert reply.status_code == 200
    found = json.loads(reply.body)
    assert found["score"] == pytest.approx(tiny_run.rows["node_score"].iloc[2], abs=0.02)
    drawn = np.frombuffer(b64decode(found["map"]), np.int8).reshape(32, 32)
    (own,) = Model.open(tiny_run, device="cpu").explain(
        (picture(tiny_run) / 255).astype(np.float32)[None],
        method=QUICK.method,
        layer=QUICK.layer,
    )
    assert np.abs(drawn / 127 - own.map / np.abs(own.map).max()).max() < 0.01
    assert "not where disease is" in found["made"]
    assert found["place"].startswith("Its code moved by 0.0")


def test_a_painted_picture_moves_the_code(tiny_run):
    painted = picture(tiny_run)
    painted[4:28, 4:28] = 255
    found = json.loads(send("tiny", 2, painted.tobytes()).body)
    assert not found["place"].startswith("Its code moved by 0.0")
    assert 0 <= found["score"] <= 1


def test_what_is_no_picture_of_this_run_is_refused(tiny_run):
    content = picture(tiny_run).tobytes()
    assert send("tiny", 2, content[:-1]).status_code == 400
    assert send("tiny", 2, content + b"x").status_code == 400
    assert send("tiny", len(tiny_run.rows), content).status_code == 404
    assert send("nobody", 2, content).status_code == 404
    assert send("tiny", 2, content, origin="http://elsewhere.example").status_code == 403


def test_the_ready_made_changes_change_what_they_name(tiny_run):
    from dashboard.brushing import presets

    keys = np.flatnonzero(tiny_run.rows["key_slice"].to_numpy(bool))
    patch, mask = np.array(tiny_run.patches[keys[0]]), np.array(tiny_run.masks[keys[0]])
    made = dict(presets(patch, mask))
    assert set(made) == {
        "Erase it", "Add a bright centre", "Add a bright rim", "Hide its surroundings",
    }  # fmt: skip
    for name, changed in made.items():
        assert changed.shape == patch.shape
        assert 0 <= changed.min() <= changed.max() <= 1
        assert not np.array_equal(changed, patch), name
    assert np.array_equal(made["Hide its surroundings"][mask], patch[mask])
    assert np.array_equal(made["Add a bright rim"][mask], patch[mask])
    assert presets(patch, np.zeros_like(mask)) == []
