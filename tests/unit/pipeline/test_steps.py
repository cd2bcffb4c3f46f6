"""The small machinery of the pipeline: steps, doing things together, waiting for workloads, nudging pods."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from obsdeploy.errors import EnvironmentProblem
from obsdeploy.pipeline import progress, settle, synced
from obsdeploy.pipeline.progress import underway
from obsdeploy.pipeline.release import Name
from obsdeploy.pipeline.together import together
from tests.unit.pipeline.conftest import FakeCluster, Recorder


def test_a_step_tells_its_start_and_its_end(observer: Recorder) -> None:
    with underway(observer, progress.STACK) as running:
        running.waiting("helm")
        running.done("revision 1")
    assert observer.events == [("started", "stack"), ("waiting", "stack", "helm"), ("finished", "stack", "revision 1")]


def test_a_step_that_breaks_off_says_nothing_of_its_own(observer: Recorder) -> None:
    with pytest.raises(KeyError), underway(observer, progress.STACK):
        raise KeyError
    assert observer.events == [("started", "stack"), ("failed", "stack", "")]


def test_a_step_that_did_not_get_there_says_how_far(observer: Recorder) -> None:
    with underway(observer, progress.WORKLOADS) as running:
        running.done("3 of 5 ready", unwell=True)
    assert observer.events[-1] == ("failed", "workloads", "3 of 5 ready")


async def test_the_first_failure_stops_the_others_and_is_raised_as_it_was() -> None:
    stopped = asyncio.Event()

    async def forever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    async def fails() -> None:
        raise EnvironmentProblem("no", hint="")

    with pytest.raises(EnvironmentProblem, match="no"):
        await together(forever(), fails())
    assert stopped.is_set()


async def test_results_come_in_order() -> None:
    async def later(value: int, pause: float) -> int:
        await asyncio.sleep(pause)
        return value

    assert await together(later(1, 0.02), later(2, 0)) == [1, 2]


def deployment(cluster: FakeCluster, ready: int) -> None:
    cluster.put(
        "deployments",
        "grafana",
        "monitoring",
        metadata={"annotations": {"meta.helm.sh/release-name": "obs"}, "generation": 1},
        spec={"replicas": 1, "selector": {"matchLabels": {"app": "grafana"}}},
        status={"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "readyReplicas": ready},
    )


class Loggable(FakeCluster):
    async def logs(self, namespace: str, pod: str, container: str = "", *, previous: bool = False, lines: int = 20) -> str:
        return ""


async def settled(cluster: Loggable, observer: Recorder, seconds: float) -> bool:
    with underway(observer, progress.WORKLOADS) as running:
        return await settle.settle(cluster, [("monitoring", "obs")], running, until=time.monotonic() + seconds)


async def test_workloads_are_waited_for_until_they_are_ready(observer: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settle, "POLL_SECONDS", 0.01)
    cluster = Loggable()
    deployment(cluster, 0)

    class Soon(Recorder):
        def waiting(self, step: progress.Step, reasons: tuple[str, ...]) -> None:
            super().waiting(step, reasons)
            deployment(cluster, 1)

    soon = Soon()
    assert await settled(cluster, soon, 5)
    assert soon.events[1] == ("waiting", "workloads", "grafana: 0 of 1 pods are ready")
    assert soon.events[-1] == ("finished", "workloads", "1 of 1 workloads ready")


async def test_at_the_deadline_what_is_not_ready_is_named(observer: Recorder) -> None:
    cluster = Loggable()
    deployment(cluster, 0)
    assert not await settled(cluster, observer, 0)
    assert observer.events[-1] == ("failed", "workloads", "0 of 1 workloads ready; grafana: 0 of 1 pods are ready")


async def test_no_workloads_at_all_is_not_ready(observer: Recorder) -> None:
    assert not await settled(Loggable(), observer, 0)


async def head_start(cluster: Loggable, observer: Recorder, workload: str, seconds: float) -> None:
    with underway(observer, progress.DEMO) as running:
        name = Name("obs", "monitoring", "obs-stack")
        await settle.await_one(cluster, name, workload, running, until=time.monotonic() + seconds)
        running.done("on")


async def test_a_head_start_ends_when_that_workload_is_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settle, "POLL_SECONDS", 0.01)
    cluster = Loggable()
    deployment(cluster, 0)

    class Soon(Recorder):
        def waiting(self, step: progress.Step, reasons: tuple[str, ...]) -> None:
            super().waiting(step, reasons)
            deployment(cluster, 1)

    soon = Soon()
    await head_start(cluster, soon, "grafana", 60)
    assert [event[0] for event in soon.events] == ["started", "waiting", "finished"]
    assert soon.events[1] == ("waiting", "demo", "grafana: 0 of 1 pods are ready")


async def test_a_head_start_is_not_taken_by_what_is_not_there_or_never_gets_ready(observer: Recorder) -> None:
    cluster = Loggable()
    deployment(cluster, 0)
    await head_start(cluster, observer, "grafana", 0)
    await head_start(cluster, observer, "prometheus-server", 60)
    assert not [event for event in observer.events if event[0] == "waiting"]


async def test_pods_that_read_our_config_maps_are_touched(cluster: FakeCluster) -> None:
    for name in ("prometheus-server-1", "grafana-1", "kube-state-metrics-1"):
        cluster.put("pods", name, "monitoring")
    cluster.put("pods", "grafana-0", "monitoring", metadata={"deletionTimestamp": "now"})
    assert await synced.nudge(cluster, "monitoring") == 2
    touched: Any = cluster.objects["pods", "monitoring", "grafana-1"]
    assert touched["metadata"]["annotations"]["obsdeploy.dev/synced"].isdigit()
    assert [call[3] for call in cluster.calls] == ["prometheus-server-1", "grafana-1"]
