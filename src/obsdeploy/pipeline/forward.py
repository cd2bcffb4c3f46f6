"""`open`: Grafana and Prometheus on ports of this machine, for as long as it runs."""

import asyncio
import contextlib
from collections.abc import Callable

from obsdeploy.cluster.kube import Kube
from obsdeploy.cluster.tunnel import Tunnel
from obsdeploy.errors import EnvironmentProblem, StackUnhealthy
from obsdeploy.pipeline import ports
from obsdeploy.pipeline.equipment import Equipment
from obsdeploy.pipeline.outside import Json
from obsdeploy.pipeline.reach import GRAFANA, PROMETHEUS, Addresses, addresses, as_published
from obsdeploy.pipeline.target import check_exists
from obsdeploy.settings.model import Settings


async def already_there(settings: Settings, equipment: Equipment) -> Addresses | None:
    """The addresses where the cluster publishes them without a port-forward, else None.

    Raises StackUnhealthy where the stack is not there.
    """
    check_exists(equipment.target)
    published = await as_published(settings, equipment.target, equipment.toolbox)
    async with await Kube.connect(equipment.target.kubeconfig, equipment.target.context) as kube:
        found = [await _service(kube, settings, equipment, name) for name in (GRAFANA, PROMETHEUS)]
    # A node with ports is not enough: in profile ci nothing is behind them.
    behind = all(one["spec"].get("type") == "NodePort" for one in found)
    return addresses(published) if published.on_host_ports and behind else None


async def hold(
    settings: Settings, equipment: Equipment, on_open: Callable[[Addresses], None], on_event: Callable[[str], None]
) -> None:
    """Forward both ports until cancelled. `on_open` is told once both are held, `on_event` when a pod is replaced.

    Raises EnvironmentProblem where a port is taken, StackUnhealthy where the stack is not there.
    """
    wanted = settings.kind.host_ports
    for service, port in ((GRAFANA, wanted.grafana), (PROMETHEUS, wanted.prometheus)):
        if not ports.is_free(port):
            raise EnvironmentProblem(
                f"port {port} of this machine, meant for {service}, is held by {ports.holder(port) or 'another program'}",
                hint="Stop that program, or choose others: --grafana-port and --prometheus-port.",
            )
    target = equipment.target
    async with contextlib.AsyncExitStack() as stack:
        kube = await stack.enter_async_context(await Kube.connect(target.kubeconfig, target.context))
        for service, port in ((GRAFANA, wanted.grafana), (PROMETHEUS, wanted.prometheus)):
            await _service(kube, settings, equipment, service)
            await stack.enter_async_context(Tunnel(kube, settings.namespace, service, port=port, on_event=on_event))
        on_open(Addresses(f"http://localhost:{wanted.grafana}", f"http://localhost:{wanted.prometheus}"))
        await asyncio.Event().wait()


async def _service(kube: Kube, settings: Settings, equipment: Equipment, name: str) -> Json:
    found = await kube.read("services", name, settings.namespace)
    if found is None:
        raise StackUnhealthy(
            f"there is no Service {name} in namespace {settings.namespace} of {equipment.target.context}",
            hint="Install the stack with 'obsdeploy up', or name its place with --namespace and --context.",
        )
    return found
