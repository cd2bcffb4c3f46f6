"""Our own kind cluster: there is none, it is half made, it sleeps, or it runs; afterwards it answers."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from obsdeploy.checks.times import epoch
from obsdeploy.cluster.docker import Container
from obsdeploy.cluster.kind import ClusterState, PortMapping
from obsdeploy.errors import ObsdeployError
from obsdeploy.pipeline.outside import ClusterApi, DockerApi, KindApi
from obsdeploy.pipeline.progress import Running
from obsdeploy.settings.model import GRAFANA_NODE_PORT, PROMETHEUS_NODE_PORT, Settings

POLL_SECONDS = 0.3
CLOCK_GRAIN = 1.0
"""Kubernetes writes whole seconds."""


@dataclass(frozen=True)
class NodeImage:
    """A node image by reference, and how to get the archive that docker loads it from where it is not there yet."""

    reference: str
    archive: Callable[[], Path]


@dataclass(frozen=True)
class Ensured:
    """What was done for the cluster (None: nothing had to be), and whether Grafana and Prometheus have ports of this machine.

    `started` is when a stopped node was started, in epoch seconds.
    """

    change: str | None
    on_host_ports: bool
    started: float | None = None


def mappings(settings: Settings) -> tuple[PortMapping, ...]:
    """The ports of this machine that the settings ask for, and the NodePorts behind them."""
    if not settings.on_host_ports:
        return ()
    ports = settings.kind.host_ports
    return (PortMapping(ports.grafana, GRAFANA_NODE_PORT), PortMapping(ports.prometheus, PROMETHEUS_NODE_PORT))


async def ensure(
    kind: KindApi, docker: DockerApi, image: NodeImage | None, wanted: tuple[PortMapping, ...], running: Running
) -> Ensured:
    """See to it that the cluster is there and started. Does not wait until its API answers.

    Host ports can't be added to a cluster that exists: one made without them, or with others, keeps what it has.
    """
    state, node = await kind.state()
    change, started = None, None
    if state is ClusterState.HALF_MADE:
        running.waiting("deleting what an interrupted creation left")
        await kind.delete()
    if state in {ClusterState.ABSENT, ClusterState.HALF_MADE}:
        await _create(kind, docker, image, wanted, running)
        made_anew = state is ClusterState.HALF_MADE
        return Ensured(f"kind cluster {kind.name} {'created anew (it was half made)' if made_anew else 'created'}", bool(wanted))
    if state is ClusterState.STOPPED:
        running.waiting("starting its stopped node")
        started = time.time()
        await kind.start()
        change = f"kind cluster {kind.name} started (its node was stopped)"
    # Written anew each time: somebody may have deleted and made the cluster again by hand.
    await kind.export_kubeconfig()
    return Ensured(change, bool(wanted) and node is not None and publishes(node, wanted), started)


async def await_answer(answers: Callable[[], Awaitable[Any]], running: Running) -> None:
    """Wait until the API server answers; the caller's deadline ends it."""
    while True:
        try:
            await answers()
        except ObsdeployError as problem:
            running.waiting(f"its API server: {problem.message}")
            await asyncio.sleep(POLL_SECONDS)
        else:
            return


async def await_restarted(kube: ClusterApi, since: float, running: Running) -> None:
    """Wait until every pod's status is newer than the node's start; before that, all claim to run as they did."""
    while stale := [one["metadata"]["name"] for one in await kube.list("pods") if _is_of_before(one, since)]:
        running.waiting(f"{len(stale)} pods to start again: {', '.join(stale)}")
        await asyncio.sleep(POLL_SECONDS)


def _is_of_before(pod: Any, since: float) -> bool:
    states = [one.get("state") or {} for one in (pod.get("status") or {}).get("containerStatuses") or ()]
    return any(epoch(state["running"]["startedAt"]) < since - CLOCK_GRAIN for state in states if "running" in state)


async def _create(
    kind: KindApi, docker: DockerApi, image: NodeImage | None, wanted: tuple[PortMapping, ...], running: Running
) -> None:
    if image is not None and not await docker.has_image(image.reference):
        running.waiting(f"docker loads the node image {image.reference}")
        await docker.load(await asyncio.to_thread(image.archive))
    reference = image.reference if image else None
    await kind.create(ports=wanted, image=reference, on_step=lambda step: running.waiting(f"kind: {step}"))


def publishes(node: Container, wanted: tuple[PortMapping, ...]) -> bool:
    """Whether the node leads each of these ports to where it shall lead."""
    return all(node.host_ports.get(port.host) == port.node for port in wanted)
