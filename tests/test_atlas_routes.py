"""What the map's JavaScript may ask for, and what it is refused."""

import asyncio
import json
import struct
import sys
from urllib.parse import quote, urlsplit

import numpy as np
import pytest
from starlette.applications import Starlette

from dashboard.columns import bits_of, pack, rows_of

ASKED, ASKED_ROW = struct.Struct("<Iff"), struct.Struct("<II")
HERE = "http://house"
BETWEEN = "/lymphoscape/atlas/tiny/between?layout=UMAP"


def unpack(content):
    """What the browser does with a pack, in Python."""
    long = int.from_bytes(content[:4], "little")
    header = json.loads(content[4 : 4 + long])
    found = {}
    for name, (kind, at, count) in header.pop("columns").items():
        found[name] = np.frombuffer(content, kind, count, 4 + long + at)
    return header, found


class Asking:
    """The routes without a server: what a GET answers and what a socket is sent back."""

    def __init__(self, routes):
        self.app = Starlette(routes=routes)

    def get(self, link):
        """Status and content."""
        sent = self._talk("http", link, [{"type": "http.request", "body": b""}])
        return sent[0]["status"], b"".join(one.get("body", b"") for one in sent[1:])

    def post(self, link, content, *, origin=HERE):
        """The same of a POST."""
        headers = [(b"origin", origin.encode())] if origin else []
        said = [{"type": "http.request", "body": content}]
        sent = self._talk("http", link, said, headers, method="POST")
        return sent[0]["status"], b"".join(one.get("body", b"") for one in sent[1:])

    def found(self, link):
        status, content = self.get(f"/lymphoscape/atlas/tiny/{link}")
        assert status == 200
        return content

    def socket(self, questions, *, origin=HERE, link=BETWEEN):
        """Every message sent back to these questions, the closing one among them."""
        said = [{"type": "websocket.receive", "bytes": one} for one in questions]
        said = [
            {"type": "websocket.connect"},
            *said,
            {"type": "websocket.disconnect", "code": 1000},
        ]
        headers = [(b"origin", origin.encode())] if origin else []
        return self._talk("websocket", link, said, headers)

    def _talk(self, kind, link, said, headers=(), method="GET"):
        parts = urlsplit(link)
        scope = {
            "type": kind,
            "method": method,
            "path": parts.path,
            "headers": [(b"host", b"house"), *headers],
            "query_string": quote(parts.query, safe="=&%").encode(),
            "subprotocols": [],
        }
        sent, inbox = [], list(said)

        async def receive():
            return inbox.pop(0) if inbox else await asyncio.Event().wait()

        async def send(message):
            sent.append(message)

        asyncio.run(asyncio.wait_for(self.app(scope, receive, send), 120))
        return sent


def answers(sent):
    assert sent[0]["type"] == "websocket.accept"
    return [message["bytes"] for message in sent[1:] if message["type"] == "websocket.send"]


def ended(sent):
    return next(message["code"] for message in sent if message["type"] == "websocket.close")


@pytest.fixture
def client(tiny_run, monkeypatch):
    import streamlit as st

    from dashboard.atlas_routes import ROUTES

    st.cache_resource.clear()
    monkeypatch.setattr(sys, "argv", ["app.py", "--runs", str(tiny_run.folder.parent)])
    return Asking(ROUTES)


def test_columns_read_back_as_they_were_packed(rng):
    columns = {
        "a": rng.random(5).astype(np.float32),
        "b": np.arange(3, dtype=np.uint8),
        "c": np.arange(7, dtype=np.uint32),
    }
    header, found = unpack(pack({"title": "Größe"}, columns))
    assert header == {"title": "Größe"}
    for name, values in columns.items():
        assert np.array_equal(found[name], values)


def test_a_set_of_rows_reads_back_and_bits_beyond_the_rows_count_for_nothing(rng):
    chosen = rng.random(75) < 0.4
    bits = bits_of(chosen).tobytes()
    assert rows_of(bits, 75) == tuple(np.flatnonzero(chosen))
    assert rows_of(b"\xff" * 20, 10) == tuple(range(10))


def test_every_column_has_one_entry_a_row(client, tiny_run):
    rows = len(tiny_run.rows)
    _, found = unpack(client.found("rows"))
    assert len(found["patient"]) == len(found["label"]) == rows
    assert len(found["near"]) == 8 * rows
    _, places = unpack(client.found("places?layout=PCA 3-D"))
    assert set(places) == {"x", "y", "z"}
    _, flat = unpack(client.found("places?layout=UMAP"))
    assert len(flat["torn"]) == 24 * 24  # one for each cell of the grid of decodings
    for by in ("short_axis_mm", "label", "cluster", "kept"):
        link = f"colours?by={by}&layout=UMAP&k=4&method=kmeans"
        header, found = unpack(client.found(link))
        assert len(found["rgb"]) == 3 * rows
        assert header["title"]


LINES = "/lymphoscape/atlas/tiny/lines"


def test_a_selections_line_says_how_many_patches_of_how_many_patients_it_holds(client, tiny_run):
    chosen = np.arange(len(tiny_run.rows)) % 3 == 0
    own = tiny_run.rows[chosen]
    sent = bits_of(chosen).tobytes()
    status, content = client.post(LINES, sent + bytes(len(sent)))
    assert status == 200
    lines = json.loads(content)
    assert lines["b"] == ""
    assert lines["a"].startswith(f"{len(own):,} patches · ")
    labels = own.groupby("patient_id")["label"].first()
    assert f"{round(100 * labels.mean())} % {tiny_run.words.outcome} " in lines["a"]
    assert lines["a"].endswith(f"of {len(labels)} patients")
    _, other = client.post(LINES, bytes(len(sent)) + sent)
    assert json.loads(other) == {"a": "", "b": lines["a"]}


@pytest.mark.parametrize("more", [-1, 1, 10_000])
def test_a_selection_of_another_length_is_refused(client, tiny_run, more):
    long = 2 * -(-len(tiny_run.rows) // 8)
    assert client.post(LINES, bytes(long))[0] == 200
    assert client.post(LINES, bytes(long + more))[0] == 400


@pytest.mark.parametrize("origin", ["", "http://elsewhere", "null"])
def test_other_sites_may_not_ask_what_a_selection_holds(client, tiny_run, origin):
    assert client.post(LINES, bytes(2 * -(-len(tiny_run.rows) // 8)), origin=origin)[0] == 403


def test_threads_lead_to_the_nearest_codes(client, tiny_run):
    _, found = unpack(client.found("rows"))
    near = found["near"].reshape(-1, 8)
    far = np.linalg.norm(tiny_run.codes - tiny_run.codes[5], axis=1)
    assert set(near[5]) == set(np.argsort(far)[1:9])


def test_one_rows_neighbours_can_be_asked_for_alone(client, tiny_run):
    found = np.frombuffer(client.found("near/5"), "<u4")
    far = np.linalg.norm(tiny_run.codes - tiny_run.codes[5], axis=1)
    assert list(found) == list(np.argsort(far)[1:9])


def test_moments_of_training_end_where_the_map_is(client, tiny_run):
    header, found = unpack(client.found("forming?layout=PCA"))
    moments, rows = len(header["epochs"]), found["rows"]
    assert len(header["there"]) == moments
    _, own = unpack(client.found("places?layout=PCA"))
    for axis in "xy":
        last = found[axis].reshape(moments, -1)[-1]
        assert np.allclose(last, own[axis][rows], atol=1e-4)


@pytest.mark.parametrize("by", ["kept", "trustworthiness", "continuity"])
def test_trust_colours_are_those_of_the_points(client, by):
    from dashboard import cartography, state
    from dashboard.atlas_packs import trust_at

    header, found = unpack(client.found(f"colours?by={by}&layout=PCA"))
    judged = cartography.trust(*state.key(state.open_run("tiny")), "PCA")
    assert "trust" in header["title"]
    assert np.allclose(found["number"], trust_at(judged, by), atol=1e-6)


@pytest.mark.parametrize(
    "link",
    [
        "lost/rows",
        "../tiny/rows",
        "tiny/places?layout=elsewhere",
        "tiny/places",
        "tiny/colours?by=patient_id&layout=UMAP",
        "tiny/colours?by=cluster&layout=UMAP&k=900",
        "tiny/colours?by=cluster&layout=UMAP&k=many",
        "tiny/grid?layout=PCA 3-D",
        "tiny/pictures/99",
        "tiny/near/99999",
        "tiny/near/-1",
        "tiny/forming?layout=UMAP 3-D",
        "tiny/forming?layout=PCA 3-D",
    ],
)
def test_what_is_not_on_a_list_is_not_found(client, link):
    assert client.get(f"/lymphoscape/atlas/{link}")[0] == 404


def test_pictures_come_in_parts_and_as_a_grid(client, tiny_run):
    assert client.found("pictures/0")[8:12] == b"WEBP"
    assert client.found("grid?layout=UMAP")[8:12] == b"WEBP"


def test_a_place_is_answered_with_its_number_and_picture(client, tiny_run):
    side = tiny_run.patches.shape[1]
    found = answers(client.socket([ASKED.pack(3, 0.0, 0.0), ASKED.pack(4, 0.3, -0.2)]))
    assert [struct.unpack_from("<I", one)[0] for one in found] == [3, 4]
    for one in found:
        assert len(one) == 16 + side * side
        assert np.isfinite(struct.unpack_from("<fff", one, 4)).all()


def test_a_patchs_own_place_draws_the_patch_from_its_code(client, tiny_run):
    from core.model import Model
    from dashboard import album, cartography, state
    from dashboard.figures import pictures

    run = state.open_run("tiny")
    x, y = (float(one) for one in cartography.positions(*state.key(run), "UMAP")[7])
    shown = np.frombuffer(answers(client.socket([ASKED.pack(1, x, y)]))[0][16:], np.uint8)
    low, high = album.display_window(*state.key(run))
    drawn = Model.open(tiny_run).decode(tiny_run.codes[7:8])[0]
    wanted = pictures.grey(drawn, low=low, high=high).ravel()
    assert np.abs(shown.astype(int) - wanted).max() <= 2


@pytest.mark.parametrize("layout", ["UMAP", "PCA 3-D"])
def test_a_patch_is_drawn_from_its_code_on_any_map_with_its_own_error(client, tiny_run, layout):
    from core.model import Model
    from dashboard import album, state
    from dashboard.figures import pictures

    link = BETWEEN.replace("UMAP", layout)
    found = answers(client.socket([ASKED_ROW.pack(9, 7), ASKED_ROW.pack(10, 0)], link=link))
    assert [struct.unpack_from("<I", one)[0] for one in found] == [9, 10]
    redrawn = Model.open(tiny_run).decode(tiny_run.codes)
    errors = np.abs(redrawn - tiny_run.patches).mean((1, 2))
    low, high = album.display_window(*state.key(state.open_run("tiny")))
    for one, row in zip(found, (7, 0), strict=True):
        emptiness, error, spread = struct.unpack_from("<fff", one, 4)
        assert emptiness == spread == 0
        assert error == pytest.approx(errors[row] / np.median(errors), rel=1e-3)
        wanted = pictures.grey(redrawn[row], low=low, high=high).ravel()
        assert np.abs(np.frombuffer(one[16:], np.uint8).astype(int) - wanted).max() <= 2


def test_where_the_map_has_depth_a_place_is_no_question(client):
    link = BETWEEN.replace("UMAP", "PCA 3-D")
    assert ended(client.socket([ASKED.pack(1, 0.0, 0.0)], link=link)) == 4400


@pytest.mark.parametrize(
    "question",
    [b"", ASKED_ROW.pack(1, 99_999), b"x" * 11, b"x" * 13, ASKED.pack(1, float("nan"), 0),
     ASKED.pack(1, float("inf"), 0), ASKED.pack(1, 50.0, 0)],
)  # fmt: skip
def test_what_is_no_question_ends_the_socket(client, question):
    sent = client.socket([question, ASKED.pack(1, 0.0, 0.0)])
    assert ended(sent) == 4400
    assert answers(sent) == []


@pytest.mark.parametrize("origin", ["", "http://elsewhere", "null"])
def test_other_sites_are_refused(client, origin):
    sent = client.socket([ASKED.pack(1, 0.0, 0.0)], origin=origin)
    assert [message["type"] for message in sent] == ["websocket.close"]


def test_a_flood_of_questions_ends_the_socket(client, monkeypatch):
    monkeypatch.setattr("dashboard.atlas_routes.PER_SECOND", 0)
    assert ended(client.socket([ASKED.pack(1, 0.0, 0.0)] * 3)) == 4429
