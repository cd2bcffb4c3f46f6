"""How people and checks reach Grafana and Prometheus: on ports of this machine, or through a tunnel."""

import base64
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from obsdeploy import secrecy
from obsdeploy.errors import EnvironmentProblem, StackUnhealthy
from obsdeploy.pipeline.own_cluster import mappings, publishes
from obsdeploy.pipeline.target import Target, kind_of
from obsdeploy.settings.model import Settings
from obsdeploy.tools import Toolbox

if TYPE_CHECKING:
    from obsdeploy.checks.context import Context
    from obsdeploy.cluster.kube import Kube

GRAFANA, PROMETHEUS = "grafana", "prometheus-server"


@dataclass(frozen=True)
class Addresses:
    """URLs on this machine; None where only `obsdeploy open` (or an ingress) gives one."""

    grafana: str | None
    prometheus: str | None
    ingress: str | None = None


def addresses(settings: Settings) -> Addresses:
    """The URLs that the settings lead to (`on_ports` has brought them to what the cluster really has)."""
    ingress = settings.grafana.ingress
    outside = f"{'https' if ingress.tls_secret else 'http'}://{ingress.host}/" if ingress.enabled else None
    if not settings.on_host_ports:
        return Addresses(None, None, outside)
    ports = settings.kind.host_ports
    return Addresses(f"http://localhost:{ports.grafana}", f"http://localhost:{ports.prometheus}", outside)


def on_ports(settings: Settings, *, published: bool) -> Settings:
    """The settings as they are in truth, where a cluster lacks the host ports that they ask for."""
    if published or not settings.on_host_ports:
        return settings
    ports = settings.kind.host_ports.model_copy(update={"enabled": False})
    return settings.model_copy(update={"kind": settings.kind.model_copy(update={"host_ports": ports})})


async def as_published(settings: Settings, target: Target, toolbox: Toolbox) -> Settings:
    """The settings, with host ports off unless our own cluster's node really publishes them."""
    wanted = mappings(settings)
    if target.own is None or not wanted:
        return settings
    try:
        _, node = await kind_of(target, toolbox).state()
    except EnvironmentProblem:  # neither kind nor docker at hand: the way through the API server always works
        return on_ports(settings, published=False)
    return on_ports(settings, published=node is not None and node.running and publishes(node, wanted))


@contextlib.asynccontextmanager
async def checking(kube: "Kube", settings: Settings) -> AsyncIterator["Context"]:
    """A context for checks; connections that they open are closed at the end."""
    from obsdeploy.checks.context import Context
    from obsdeploy.grafana import Grafana
    from obsdeploy.prometheus import Prometheus

    async with contextlib.AsyncExitStack() as stack:
        known = addresses(settings)

        async def url(service: str, direct: str | None) -> str:
            return direct.replace("localhost", "127.0.0.1") if direct else await _tunnel(stack, kube, settings.namespace, service)

        async def prometheus() -> Prometheus:
            client = Prometheus(await url(PROMETHEUS, known.prometheus))
            stack.push_async_callback(client.close)
            return client

        async def grafana() -> Grafana:
            user, password = await administrator(kube, settings)
            client = Grafana(await url(GRAFANA, known.grafana), user, password)
            stack.push_async_callback(client.close)
            return client

        yield Context(kube, prometheus, grafana, namespace=settings.namespace)


async def administrator(kube: "Kube", settings: Settings) -> tuple[str, str]:
    """Grafana's administrator out of the Secret. Raises StackUnhealthy where it is not there."""
    found = await kube.read("secrets", settings.admin_secret, settings.namespace)
    data = (found or {}).get("data") or {}
    try:
        user, password = (base64.b64decode(data[key]).decode() for key in ("admin-user", "admin-password"))
    except KeyError:
        raise StackUnhealthy(
            f"Secret {settings.admin_secret} in namespace {settings.namespace}, which holds Grafana's administrator, is missing "
            "or lacks a key",
            hint="'obsdeploy up' makes it where it is missing.",
        ) from None
    return user, secrecy.remember(password)


async def _tunnel(stack: contextlib.AsyncExitStack, kube: "Kube", namespace: str, service: str) -> str:
    from obsdeploy.cluster.tunnel import Tunnel

    tunnel = await stack.enter_async_context(Tunnel(kube, namespace, service))
    return f"http://127.0.0.1:{tunnel.port}"
