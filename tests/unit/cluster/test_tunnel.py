"""Port-forwards over a cluster whose pods are sockets of this process."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import Any

import pytest

from obsdeploy.cluster import tunnel
from obsdeploy.cluster.tunnel import Tunnel
from obsdeploy.errors import EnvironmentProblem


class FakeCluster:
    """Behind the Service there is one pod at a time; each connection to it answers with its name and echoes."""

    def __init__(self, pod: str | None) -> None:
        self.pod = pod
        self.opened: list[tuple[str, str, int]] = []

    async def list(self, resource: str, namespace: str | None = None, *, labels: str = "") -> list[Any]:
        assert (resource, namespace, labels) == ("endpointslices", "monitoring", "kubernetes.io/service-name=grafana")
        ready = {"conditions": {"ready": True}, "targetRef": {"name": self.pod}}
        gone = {"conditions": {"ready": False}, "targetRef": {"name": "old"}}
        return [{"ports": [{"port": 3000}], "endpoints": [gone, *([ready] if self.pod else [])]}]

    async def open_port(self, namespace: str, pod: str, port: int) -> socket.socket:
        self.opened.append((namespace, pod, port))
        ours, theirs = socket.socketpair()
        threading.Thread(target=_serve, args=(theirs, pod), daemon=True).start()
        return ours


def _serve(end: socket.socket, pod: str) -> None:
    with end:
        while data := end.recv(1024):
            end.sendall(f"{pod}: ".encode() + data)


async def ask(port: int) -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"hello")
    try:
        return (await asyncio.wait_for(reader.read(100), 5)).decode()
    except ConnectionResetError:  # closed before it was read
        return ""
    finally:
        writer.close()


async def test_each_connection_goes_to_the_pod_that_is_ready_then() -> None:
    cluster = FakeCluster("grafana-1")
    events: list[str] = []
    async with Tunnel(cluster, "monitoring", "grafana", on_event=events.append) as held:
        assert await ask(held.port) == "grafana-1: hello"
        cluster.pod = "grafana-2"
        assert await ask(held.port) == "grafana-2: hello"
        assert await ask(held.port) == "grafana-2: hello"
    assert cluster.opened[0] == ("monitoring", "grafana-1", 3000)
    assert events == ["grafana: pod grafana-1", "grafana: now pod grafana-2"]


async def test_a_connection_waits_for_the_new_pod(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tunnel, "POLL_SECONDS", 0.01)
    cluster = FakeCluster(None)
    async with Tunnel(cluster, "monitoring", "grafana") as held:
        answer = asyncio.create_task(ask(held.port))
        await asyncio.sleep(0.05)
        assert not answer.done()
        cluster.pod = "grafana-2"
        assert await answer == "grafana-2: hello"


async def test_where_no_pod_comes_the_connection_is_closed_and_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tunnel, "POD_WAIT_SECONDS", 0)
    events: list[str] = []
    async with Tunnel(FakeCluster(None), "monitoring", "grafana", on_event=events.append) as held:
        assert await ask(held.port) == ""
    assert events == ["grafana: no pod behind Service grafana is ready"]


async def test_a_taken_port_is_an_error_that_names_it() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(EnvironmentProblem, match=f"port {port} of this machine can't be used for grafana"):
            async with Tunnel(FakeCluster("p"), "monitoring", "grafana", port=port):
                pass


async def test_a_closed_tunnel_frees_its_port() -> None:
    async with Tunnel(FakeCluster("p"), "monitoring", "grafana") as held:
        port = held.port
    with pytest.raises(ConnectionRefusedError):
        await ask(port)
