"""A browser without a browser: sessions that speak Streamlit's own protocol over a WebSocket.

locust and k6 speak HTTP only and cannot drive Streamlit. `Server` starts the dashboard as a user
would; `visit` opens pages one after the other in one session and tells what went wrong in them.
"""

import asyncio
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from core.latent.umap_cache import cache_folder

ROOT = Path(__file__).parent.parent


class Server:
    """The dashboard on a free port, started in a folder that is not the project's.

    Without `run` it opens the shipped demo, as it does for a newcomer; `tree` is another checkout.
    """

    def __init__(self, runs, *, cwd, run=None, tree=ROOT):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        command = [sys.executable, "-m", "streamlit", "run", str(tree / "dashboard" / "app.py")]
        command += ["--server.port", str(self.port), "--server.headless", "true"]
        # a file and not a pipe: a pipe that nobody reads fills up and stops the server
        self.log = Path(cwd) / f"server-{self.port}.log"
        self.process = subprocess.Popen(
            [*command, "--", "--runs", str(runs), *(("--run", run) if run else ())],
            stdout=self.log.open("wb"),
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env={
                # what was compiled once serves every server; what else is kept is each one's own
                "NUMBA_CACHE_DIR": str(cache_folder()),
                **os.environ,
                "HOME": str(cwd),
                **({} if tree == ROOT else {"PYTHONPATH": str(tree)}),
            },
        )

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        until = time.monotonic() + 240  # a busy machine imports slowly
        while time.monotonic() < until:
            try:
                with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=2) as answer:
                    if answer.status == 200:
                        return self
            except OSError:
                time.sleep(0.2)
            if self.process.poll() is not None:
                break
        raise RuntimeError(self.log.read_text(errors="replace"))

    def __exit__(self, *trace):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()


def _first(tree):
    """The search path with one checkout before what is installed."""
    return os.pathsep.join(filter(None, (str(tree), os.environ.get("PYTHONPATH", ""))))


async def visit(server, pages, *, timeout_s=120.0):
    """Open `pages` in one session; returns (page, seconds, elements, problems) for each."""
    url = f"ws://127.0.0.1:{server.port}/_stcore/stream"
    seen = []
    async with websockets.connect(
        url, origin=server.url, subprotocols=["streamlit"], max_size=None
    ) as socket_:
        for page in pages:
            ask = BackMsg()
            ask.rerun_script.page_name = page
            started = time.monotonic()
            await socket_.send(ask.SerializeToString())
            elements, problems = await asyncio.wait_for(_one_script_run(socket_), timeout_s)
            seen.append((page, time.monotonic() - started, elements, problems))
    return seen


async def _one_script_run(socket_):
    elements, problems = 0, []
    while True:
        message = ForwardMsg()
        message.ParseFromString(await socket_.recv())
        kind = message.WhichOneof("type")
        if kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            elements += 1
            element = message.delta.new_element
            if element.WhichOneof("type") == "exception":
                problems.append(f"{element.exception.type}: {element.exception.message}")
            if element.WhichOneof("type") == "alert" and element.alert.format == 1:
                problems.append(element.alert.body)
        elif kind == "page_not_found":
            problems.append("page not found")
        elif kind == "script_finished":
            if message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                continue
            if message.script_finished != ForwardMsg.FINISHED_SUCCESSFULLY:
                problems.append(f"script finished with {message.script_finished}")
            return elements, problems
