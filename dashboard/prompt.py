"""Answers that leave at once: no message waits until the one before it was acknowledged.

A socket that is bound before it is handed to asyncio names no protocol, and asyncio then leaves
Nagle's algorithm on (uvicorn's issue 3149): the second of two messages waits up to 40 ms for the
browser's delayed acknowledgement of the first. Pictures that are dragged for come as a picture and
a reading each, so every one of them waited: 39.8 ms instead of 10.8 from a code to its picture, 28
times a second (`python -m tests.benchmarks.drag` prints it).
"""

import logging
import os
import socket
import stat

FIRST = 1024  # descriptors that are looked at: a server listens before it opens much else


def answer_at_once() -> None:
    """Let whoever connects to this process from now on be sent to without delay.

    Connections inherit it from the socket that listens, which no public name of the server leads
    to, so it is looked for among this process's own.
    """
    if not sum(map(_prompt, range(FIRST))):
        logging.getLogger(__name__).info("No listening socket was found: messages may wait.")


def _prompt(number: int) -> bool:
    """Whether a descriptor is a listening socket, which then is set to send without delay."""
    try:
        if not stat.S_ISSOCK(os.fstat(number).st_mode):
            return False
        with socket.fromfd(number, socket.AF_INET, socket.SOCK_STREAM) as found:
            listens = found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
            # of a socket that is no TCP the option is refused
            if listens:
                found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return bool(listens)
    except OSError:  # nothing is open there, or it is of another kind
        return False
