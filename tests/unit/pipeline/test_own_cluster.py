"""Our kind cluster, from each of the states that it can be found in."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from obsdeploy.cluster.docker import Container
from obsdeploy.cluster.kind import ClusterState, PortMapping
from obsdeploy.errors import EnvironmentProblem
from obsdeploy.pipeline import own_cluster, progress
from obsdeploy.pipeline.own_cluster import Ensured, NodeImage
from obsdeploy.pipeline.progress import Running
from obsdeploy.settings.load import load
from tests.unit.pipeline.conftest import FakeCluster, Recorder

PORTS = (PortMapping(3000, 30300), PortMapping(9090, 30909))


class FakeKind:
    name = "obsdeploy"

    def __init__(self, state: ClusterState, ports: dict[int, int] | None = None) -> None:
        self._state = state
        self._node = None if state is ClusterState.ABSENT else Container("n", state is ClusterState.RUNNING, "i", ports or {})
        self.calls: list[str] = []
        self.image: str | None = None

    async def state(self) -> tuple[ClusterState, Container | None]:
        return self._state, self._node

    async def create(self, *, ports: Iterable[PortMapping], image: str | None, on_step: Callable[[str], None]) -> None:
        on_step("Preparing nodes")
        self.image = image
        self.calls.append(f"create {len(tuple(ports))}")

    async def export_kubeconfig(self) -> None:
        self.calls.append("export")

    async def delete(self) -> None:
        self.calls.append("delete")

    async def start(self) -> None:
        self.calls.append("start")

    async def images(self) -> frozenset[str]:
        return frozenset()

    async def load(self, archive: Path) -> None:
        raise AssertionError("not here")


class FakeDocker:
    def __init__(self, *images: str) -> None:
        self.images = set(images)
        self.loaded: list[Path] = []

    async def has_image(self, reference: str) -> bool:
        return reference in self.images

    async def load(self, archive: Path) -> None:
        self.loaded.append(archive)

    async def build(self, context: Path, tag: str) -> None:
        raise AssertionError("not here")

    async def save(self, reference: str, archive: Path) -> None:
        raise AssertionError("not here")

    async def publisher(self, port: int) -> str | None:
        return None


async def ensure(kind: FakeKind, observer: Recorder, image: NodeImage | None = None, docker: FakeDocker | None = None) -> Ensured:
    return await own_cluster.ensure(kind, docker or FakeDocker(), image, PORTS, Running(observer, progress.CLUSTER))


async def test_where_there_is_none_it_is_made_with_its_ports(observer: Recorder) -> None:
    kind = FakeKind(ClusterState.ABSENT)
    assert await ensure(kind, observer) == Ensured("kind cluster obsdeploy created", True)
    assert kind.calls == ["create 2"]
    assert observer.events == [("waiting", "cluster", "kind: Preparing nodes")]


async def test_half_made_is_made_anew(observer: Recorder) -> None:
    kind = FakeKind(ClusterState.HALF_MADE)
    done = await ensure(kind, observer)
    assert kind.calls == ["delete", "create 2"]
    assert done.change == "kind cluster obsdeploy created anew (it was half made)"


async def test_a_stopped_node_is_started(observer: Recorder) -> None:
    kind = FakeKind(ClusterState.STOPPED, {3000: 30300, 9090: 30909})
    before = time.time()
    done = await ensure(kind, observer)
    assert (done.change, done.on_host_ports) == ("kind cluster obsdeploy started (its node was stopped)", True)
    assert done.started is not None
    assert done.started >= before
    assert kind.calls == ["start", "export"]


def pod(started: str) -> dict[str, Any]:
    return {"containerStatuses": [{"state": {"running": {"startedAt": started}}}, {"state": {"waiting": {"reason": "x"}}}]}


async def test_pods_that_claim_to_run_since_before_the_nodes_start_are_waited_for(
    cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_cluster, "POLL_SECONDS", 0)
    started = datetime(2026, 11, 23, 1, 0, 0, 500000, tzinfo=UTC).timestamp()
    cluster.put("pods", "old", "monitoring", status=pod("2026-11-23T00:59:00Z"))
    cluster.put("pods", "new", "monitoring", status=pod("2026-11-23T01:00:00Z"))

    class Restarting(Recorder):
        def waiting(self, step: progress.Step, reasons: tuple[str, ...]) -> None:
            super().waiting(step, reasons)
            cluster.put("pods", "old", "monitoring", status=pod("2026-11-23T01:00:20Z"))

    observer = Restarting()
    await own_cluster.await_restarted(cluster, started, Running(observer, progress.CLUSTER))
    assert observer.events == [("waiting", "cluster", "1 pods to start again: old")]


async def test_one_that_runs_is_used_as_it_is(observer: Recorder) -> None:
    kind = FakeKind(ClusterState.RUNNING, {3000: 30300, 9090: 30909})
    assert await ensure(kind, observer) == Ensured(None, True)
    assert kind.calls == ["export"]


@pytest.mark.parametrize("ports", [{}, {3000: 30300}, {3000: 1, 9090: 2}], ids=["none", "one", "to elsewhere"])
async def test_one_that_was_made_without_the_ports_says_so(observer: Recorder, ports: dict[int, int]) -> None:
    assert await ensure(FakeKind(ClusterState.RUNNING, ports), observer) == Ensured(None, False)


async def test_the_node_image_is_loaded_only_where_docker_lacks_it(observer: Recorder, tmp_path: Path) -> None:
    image = NodeImage("node:1", lambda: tmp_path / "node.tar")
    without, having = FakeDocker(), FakeDocker("node:1")
    kind = FakeKind(ClusterState.ABSENT)
    await ensure(kind, observer, image, without)
    await ensure(FakeKind(ClusterState.ABSENT), observer, image, having)
    assert kind.image == "node:1"
    assert without.loaded == [tmp_path / "node.tar"]
    assert having.loaded == []


async def test_the_api_server_is_waited_for_and_the_reason_told(observer: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_cluster, "POLL_SECONDS", 0)
    refusals = iter([EnvironmentProblem("connection refused", hint="")])

    async def answers() -> None:
        for problem in refusals:
            raise problem

    await own_cluster.await_answer(answers, Running(observer, progress.CLUSTER))
    assert observer.events == [("waiting", "cluster", "its API server: connection refused")]


def test_the_ports_are_those_of_the_settings() -> None:
    dev = load(profile="dev", env={}, overrides={"kind.hostPorts.grafana": 3100})
    assert own_cluster.mappings(dev) == (PortMapping(3100, 30300), PortMapping(9090, 30909))
    assert own_cluster.mappings(load(profile="ci", env={})) == ()
