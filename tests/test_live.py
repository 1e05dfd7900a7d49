"""Live decoding: what the route answers, and what it refuses."""

import asyncio
import struct
import sys
import threading

import numpy as np
import pytest

from dashboard import live, state


@pytest.fixture
def told(tiny_run, monkeypatch):
    """Speak to the route as a browser would; returns what came back, in order."""
    monkeypatch.setattr(sys, "argv", ["x", "--runs", str(tiny_run.folder.parent)])
    state.runs_now()

    def spoken(*said, wait=1, row=0, keep="nothing", run="tiny", origin="http://house"):
        return asyncio.run(_spoken(said, wait, row, keep, run, origin))

    return spoken


async def _spoken(said, wait, row, keep, run, origin):
    from starlette.websockets import WebSocket

    headers = [(b"host", b"house")] + ([(b"origin", origin.encode())] if origin else [])
    scope = {
        "type": "websocket", "path": "/", "headers": headers, "query_string": b"",
        "path_params": {"run": run, "row": row, "keep": keep},
    }  # fmt: skip
    inbox, sent, enough = asyncio.Queue(), [], asyncio.Event()
    for message in ({"type": "websocket.connect"}, *said):
        inbox.put_nowait(message)

    async def send(message):
        sent.append(message)
        if message["type"] == "websocket.close" or len(sent) > wait:
            enough.set()

    talk = asyncio.create_task(live.decoding(WebSocket(scope, inbox.get, send)))
    await asyncio.wait_for(enough.wait(), 60)
    inbox.put_nowait({"type": "websocket.disconnect", "code": 1000})
    await asyncio.wait_for(talk, 60)
    return sent


def received(data):
    return {"type": "websocket.receive", "bytes": data}


def message(code, number=7, times=1.0):
    return struct.pack("<If", number, times) + np.asarray(code, "<f4").tobytes()


def test_a_code_comes_back_as_the_models_picture_with_its_score_and_then_its_reading(
    told, tiny_run
):
    from core.model import Model

    model = Model.open(tiny_run)
    _, answer, reading = told(received(message(tiny_run.codes[3])), row=3, wait=2)
    answer, reading = answer["bytes"], reading["bytes"]
    number, kind, score, typicality = struct.unpack("<IIff", answer[:16])
    assert (number, kind) == (7, 1)
    assert 0 <= score <= 1
    assert typicality > 0
    drawn = np.frombuffer(answer[16:], np.uint8, 32 * 32).reshape(32, 32)
    wanted = 255 * np.clip(model.decode(tiny_run.codes[3][None])[0], 0, 1)
    assert np.abs(drawn - wanted).max() <= 1
    assert struct.unpack("<II", reading[:8]) == (7, 2)
    assert len(reading) == 28


def test_with_the_surroundings_kept_the_lesions_own_code_gives_its_scan(told, tiny_run):
    answer = told(received(message(tiny_run.codes[3])), row=3, keep="surroundings")[1]
    drawn = np.frombuffer(answer["bytes"][16:], np.uint8, 32 * 32).reshape(32, 32) / 255
    assert np.abs(drawn - tiny_run.patches[3]).mean() < 0.01


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"1234",
        message(np.zeros(15)),
        message(np.zeros(17)),
        message(np.full(16, np.nan)),
        message(np.full(16, np.inf)),
        message(np.full(16, 1e9)),
        message(np.zeros(16))[4:],
        message(np.zeros(16), times=1.3),
        message(np.zeros(16), times=0.0),
        message(np.zeros(16), times=-1.0),
        message(np.zeros(16), times=np.nan),
    ],
)
def test_a_wrong_length_or_value_ends_the_connection(told, bad):
    accepted, closed = told(received(bad))
    assert accepted["type"] == "websocket.accept"
    assert closed["code"] == live.BAD_DATA


def test_text_ends_the_connection(told):
    assert told({"type": "websocket.receive", "text": "hello"})[1]["code"] == live.BAD_DATA


@pytest.mark.parametrize(
    "asked",
    [
        {"origin": "http://elsewhere"},
        {"origin": None},
        {"run": "none"},
        {"row": 10**6},
        {"keep": "everything"},
        {"keep": "blended:sideways"},
    ],
)
def test_another_site_run_row_or_wish_is_refused_before_anything_is_drawn(told, asked):
    (closed,) = told(**asked)
    assert closed["type"] == "websocket.close"


def test_of_several_codes_that_wait_the_newest_is_drawn(told, tiny_run):
    said = [received(message(tiny_run.codes[row], number=row)) for row in range(6)]
    sent = told(*said, wait=2)
    numbers = [struct.unpack("<II", one["bytes"][:8]) for one in sent[1:]]
    assert (5, 1) in numbers
    assert len(numbers) < 6


def test_pictures_of_several_lesions_drawn_in_one_pass_are_those_drawn_alone(told, tiny_run):
    from dashboard.live_pictures import Wish, bench_of, drawn

    keeps = ("nothing", "residual", "surroundings")
    work = [(bench_of("tiny", row, keep), Wish(tiny_run.codes[row] + 0.1)) for row, keep in
            zip((0, 3, 5), keeps, strict=True)]  # fmt: skip
    for together, one in zip(drawn(work), work, strict=True):
        (alone,) = drawn([one])
        assert np.allclose(together.picture, alone.picture, atol=1e-4)
        assert together.score == pytest.approx(alone.score, abs=1e-5)
        assert together.typicality == pytest.approx(alone.typicality, rel=1e-5)


def test_a_picture_that_a_walk_enlarged_at_last_is_enlarged_live_alike():
    from core.growth.delivery import Lesion
    from core.growth.simulate import grow
    from dashboard.live_pictures import Bench, Wish, drawn
    from tests.test_finishing import stuck
    from tests.test_trajectory import LATENT, SIZE, SPACING_MM, START, textured_original

    original = textured_original()
    walk = grow(
        START, SIZE, np.array([2.0]), decode=stuck, spacing_mm=SPACING_MM, original=original,
        loop="closed", keep="surroundings",
    )  # fmt: skip
    assert walk.enlarged[0] > 1.02
    lesion = Lesion.of(START, stuck, original=original, spacing_mm=SPACING_MM, keep="surroundings")

    def still(codes, beside=None):
        return np.zeros(len(codes))

    bench = Bench(lesion, np.zeros((1, 1), np.float32), still, still, 0.0, LATENT)
    (live_one,) = drawn([(bench, Wish(walk.codes[0], float(walk.enlarged[0])))])
    assert np.abs(live_one.picture - walk.pictures[0]).max() < 1e-3
    (plain,) = drawn([(bench, Wish(walk.codes[0]))])
    assert np.abs(plain.picture - walk.pictures[0]).max() > 0.05


def dragging(worker, *, at, now=10.0):
    """Visitors who asked a moment ago, with a picture that was read last at these times."""
    made = []
    for read_at in at:
        one = live.Visitor(None, None)
        one.recent.append(now)
        one.unread, one.read_at = (1, None), read_at
        made.append(one)
    worker.visitors = set(made)
    return made


def at_work(scene):
    """Run a scene beside a worker that does nothing by itself."""

    async def played():
        worker = live.Worker()
        for lane in worker.lanes:
            lane.cancel()
        await scene(worker)

    asyncio.run(played())


def test_nobody_waits_for_a_connection_that_takes_nothing():
    async def scene(worker):
        slow, quick = (live.Visitor(None, None) for _ in range(2))
        worker.visitors = {slow, quick}
        slow.sending = asyncio.create_task(asyncio.sleep(60))
        for visitor in (slow, quick, quick):
            worker.ask(visitor, (1, None))
        assert worker._asking() == [quick]
        assert list(worker.queue) == [slow]
        slow.sending.cancel()

    at_work(scene)


def test_no_picture_overtakes_a_newer_one_of_the_same_visitor(monkeypatch):
    begun, may_end = threading.Semaphore(0), threading.Event()

    def slowly(work):
        begun.release()
        may_end.wait(60)
        return [live.Told(np.zeros((2, 2), np.float32), 0.0, 0.0) for _ in work]

    async def one_began():
        assert await asyncio.to_thread(begun.acquire, timeout=60)

    async def scene():
        monkeypatch.setattr(live, "drawn", slowly)
        # a lane that is free may read what was drawn before it draws what waits
        monkeypatch.setattr(live, "readings_of", lambda work: [(0.0,) * 5 for _ in work])
        worker, sent = live.Worker(), []
        visitor, other = (live.Visitor(None, None) for _ in range(2))
        worker.visitors = {visitor, other}
        for one in (visitor, other):
            one.send = lambda message: sent.append(struct.unpack("<II", message[:8]))
        worker.ask(visitor, (1, None))
        await one_began()
        worker.ask(visitor, (2, None))
        worker.ask(other, (7, None))
        await one_began()
        assert visitor.waiting == (2, None), "the other lane drew for somebody else"
        may_end.set()
        await one_began()
        async with asyncio.timeout(60):
            while sum(kind == 1 for _, kind in sent) < 3:
                await asyncio.sleep(0.01)
        assert [number for number, kind in sent if number < 7 and kind == 1] == [1, 2]
        for lane in worker.lanes:
            lane.cancel()

    asyncio.run(scene())


def test_who_drags_alone_has_ten_pictures_a_second_read_and_the_last_and_a_class_shares_the_time():
    async def scene(worker):
        (alone,) = dragging(worker, at=[9.999])
        assert worker._due(10.0) == [], "nobody reads numbers that change faster"
        assert worker._due(10.1) == [alone], "what is not followed by another is read all the same"
        those = dragging(worker, at=[9.0, 9.9, *[9.99] * 7])
        assert worker._due(10.0) == those[:1], "every other one was read within the last 0.2 s"
        assert worker._due(10.15)[:2] == those[:2], "who waited longest is read first"

    at_work(scene)


def test_a_lesion_that_cannot_be_drawn_ends_its_own_connection_and_nobody_elses(monkeypatch):
    closed = []

    class Socket:
        async def close(self, code):
            closed.append(code)

    def fails(work):
        raise RuntimeError("gone")

    async def scene(worker):
        bad = live.Visitor(Socket(), None)
        (good,) = dragging(worker, at=[9.0])
        worker.visitors.add(bad)
        worker.ask(bad, (1, None))
        monkeypatch.setattr(live, "drawn", fails)
        await worker._draw(worker._asking())
        await bad.leaving
        assert worker.visitors == {good}
        assert closed == [live.FAILED]

    at_work(scene)


def test_a_request_that_leaves_training_or_the_patch_comes_back_with_its_sentence(
    told, tiny_run, monkeypatch
):
    from core.growth.outlined import Outlined
    from dashboard import answers
    from dashboard.live_pictures import _bench

    far = 50 * np.ones(16, np.float32)
    answer = told(received(message(far)))[1]  # its reading may follow
    assert answer["bytes"][16 + 32 * 32 :].decode().startswith("Refused: this lies outside")
    answer = told(received(message(tiny_run.codes[0])))[1]
    assert answer["bytes"][16 + 32 * 32 :] == b""

    grown = Outlined(tiny_run.masks[0], 5.0, lambda codes: 1000 * codes[:, 0].astype(np.float64))
    monkeypatch.setattr(answers, "outlined", lambda run, row: grown)
    _bench.clear()
    answer = told(received(message(tiny_run.codes[0] + 0.05)), keep="surroundings")[1]
    _bench.clear()
    said = answer["bytes"][16 + 32 * 32 :].decode()
    assert said == "Refused: 3.0 times as large, its outline would leave the patch."


def test_a_flood_ends_its_own_connection(told):
    code = message(np.zeros(16))
    sent = told(*[received(code)] * (live.MOST_A_SECOND + 2), wait=10**6)
    assert sent[-1] == {"type": "websocket.close", "code": live.POLICY, "reason": ""}


def test_a_flood_is_told_from_a_drag():
    visitor = live.Visitor(None, None)
    drag = [visitor.floods(at / 120) for at in range(600)]
    assert not any(drag)
    flood = [visitor.floods(10 + at / 1000) for at in range(600)]
    assert flood[-1]
