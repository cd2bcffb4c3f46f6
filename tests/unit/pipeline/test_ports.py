"""Who holds a port of this machine."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest

from obsdeploy.pipeline import ports


@pytest.fixture(params=["127.0.0.1", "0.0.0.0"])
def listening(request: pytest.FixtureRequest) -> Iterator[int]:
    with socket.socket() as server:
        server.bind((request.param, 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_port_in_use_is_not_free_and_its_holder_is_named(listening: int) -> None:
    assert not ports.is_free(listening)
    holder = ports.holder(listening)
    assert holder is not None
    assert holder.endswith(f"(pid {os.getpid()})")


def test_a_port_is_free_again_when_its_server_is_gone_though_a_client_was_there() -> None:
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do, docker's included
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as client:
            accepted, _ = server.accept()
            accepted.close()  # the server closes first: its side stays in TIME_WAIT
            assert client.recv(1) == b""
    assert ports.is_free(port)
    assert ports.holder(port) is None
