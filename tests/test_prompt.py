"""What the server sends leaves at once."""

import socket

from dashboard.prompt import answer_at_once


def connected(listening):
    """Both ends of a new connection: the server's, and a visitor's."""
    visitor = socket.create_connection(listening.getsockname())
    return listening.accept()[0], visitor


def waits_for_acknowledgement(server):
    return not server.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_no_message_waits_until_the_one_before_it_was_acknowledged():
    # as streamlit binds it: without a protocol, for which asyncio leaves the delay on
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        before = connected(listening)
        assert waits_for_acknowledgement(before[0])
        answer_at_once()
        after = connected(listening)
        assert not waits_for_acknowledgement(after[0])
        for end in (*before, *after):
            end.close()


def test_sockets_that_do_not_listen_are_left_alone():
    one, other = socket.socketpair()
    with one, other, socket.socket(socket.AF_INET, socket.SOCK_STREAM) as plain:
        answer_at_once()
        assert waits_for_acknowledgement(plain)
        one.send(b"still here")
        assert other.recv(16) == b"still here"


def test_the_socket_that_streamlit_binds_is_found():
    from streamlit.web.server.starlette.starlette_server import _bind_socket

    with _bind_socket("127.0.0.1", 0, 5) as listening:
        assert not listening.proto, "why it is needed at all"
        listening.listen()
        answer_at_once()
        ends = connected(listening)
        assert not waits_for_acknowledgement(ends[0])
        for end in ends:
            end.close()
