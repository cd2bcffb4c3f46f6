"""`open`: Grafana and Prometheus on ports of this machine, for as long as it runs."""

import asyncio
import contextlib
from collections.abc import Callable

from obsdeploy.cluster.kube import Kube
from obsdeploy.cluster.tunnel import Tunnel
from obsdeploy.errors import EnvironmentProblem
from obsdeploy.pipeline import ports
from obsdeploy.pipeline.equipment import Equipment
from obsdeploy.pipeline.outside import Json
from obsdeploy.pipeline.reach import GRAFANA, PROMETHEUS, Addresses, addresses, as_published
from obsdeploy.pipeline.reachable import check_reachable
from obsdeploy.pipeline.target import check_exists, kind_of
from obsdeploy.settings.model import Settings


async def already_there(settings: Settings, equipment: Equipment) -> Addresses | None:
    """The addresses where the cluster publishes them without a port-forward, else None.

    Raises EnvironmentProblem where the cluster does not answer or the stack is not on it.
    """
    target = equipment.target
    check_exists(target)
    async with await Kube.connect(target.kubeconfig, target.context) as kube:
        await check_reachable(kube, equipment)
        found = [await _service(kube, settings, equipment, name) for name in (GRAFANA, PROMETHEUS)]
    published = await as_published(settings, target, equipment.toolbox)
    # A node with ports is not enough: in profile ci nothing is behind them.
    behind = all(one["spec"].get("type") == "NodePort" for one in found)
    return addresses(published) if published.on_host_ports and behind else None


async def hold(
    settings: Settings, equipment: Equipment, on_open: Callable[[Addresses], None], on_event: Callable[[str], None]
) -> None:
    """Forward both ports until cancelled. `on_open` is told once both are held, `on_event` when a pod is replaced.

    A port that our own node holds and does not use is no obstacle: another is taken. Raises EnvironmentProblem where
    a port is held by anything else.
    """
    target, wanted = equipment.target, settings.kind.host_ports
    nodes = await _ports_of_our_node(equipment)
    chosen = {}
    for service, port in ((GRAFANA, wanted.grafana), (PROMETHEUS, wanted.prometheus)):
        if port in nodes:
            on_event(f"{service}: port {port} is that of the cluster's node; another is taken")
        elif not ports.is_free(port):
            raise EnvironmentProblem(
                f"port {port} of this machine, meant for {service}, is held by {ports.holder(port) or 'another program'}",
                hint="Stop that program, or choose others: --grafana-port and --prometheus-port.",
            )
        chosen[service] = 0 if port in nodes else port
    async with contextlib.AsyncExitStack() as stack:
        kube = await stack.enter_async_context(await Kube.connect(target.kubeconfig, target.context))
        held = [
            await stack.enter_async_context(Tunnel(kube, settings.namespace, service, port=port, on_event=on_event))
            for service, port in chosen.items()
        ]
        on_open(Addresses(*(f"http://localhost:{tunnel.port}" for tunnel in held)))
        await asyncio.Event().wait()


async def _ports_of_our_node(equipment: Equipment) -> frozenset[int]:
    if equipment.target.own is None:
        return frozenset()
    try:
        _, node = await kind_of(equipment.target, equipment.toolbox).state()
    except EnvironmentProblem:  # neither kind nor docker at hand: whoever holds a port will be named
        return frozenset()
    return frozenset(node.host_ports) if node is not None else frozenset()


async def _service(kube: Kube, settings: Settings, equipment: Equipment, name: str) -> Json:
    found = await kube.read("services", name, settings.namespace)
    if found is None:
        raise EnvironmentProblem(
            f"there is no Service {name} in namespace {settings.namespace} of {equipment.target.context}",
            hint="Install the stack with 'obsdeploy up', or name its place with --namespace and --context.",
        )
    return found
