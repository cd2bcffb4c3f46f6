"""What checks may use: narrow Protocols over the cluster and the two servers, and the release's own word of what it is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from obsdeploy.checks.released import Released, read_released

if TYPE_CHECKING:
    from obsdeploy.kafka.channel import Pipe

Made = TypeVar("Made")
Json = Any
"""A decoded JSON document whose shape the code that reads it knows."""


class KubeApi(Protocol):
    """The part of the Kubernetes API that checks need. Every method raises EnvironmentProblem when it gets no answer."""

    async def get(self, path: str, **params: str) -> Json:
        """GET an API path such as `/readyz` or `/version`: decoded JSON, or text."""

    async def list(
        self, resource: str, namespace: str | None = None, *, labels: str = "", fields: str = "", bare: bool = False
    ) -> list[Json]:
        """List objects of a resource by its plural name, in one namespace or (None) all of them; `bare`: only their metadata."""

    async def read(self, resource: str, name: str, namespace: str | None = None) -> Json | None:
        """Return one object, or None where there is none."""

    async def patch(self, resource: str, name: str, change: Json, namespace: str | None = None) -> Json:
        """Apply a merge patch and return the object."""

    async def logs(self, namespace: str, pod: str, container: str = "", *, previous: bool = False, lines: int = 20) -> str:
        """Return the last `lines` lines of a container's log; empty where there is none."""

    async def execute(self, namespace: str, pod: str, container: str, command: Sequence[str]) -> str:
        """Run a command in a container and return what it printed."""

    async def attach(self, namespace: str, pod: str, container: str, command: Sequence[str]) -> Pipe:
        """Start a command in a container as a pipe of bytes."""

    async def service(self, namespace: str, name: str, path: str) -> Json:
        """GET a path of a Service (`name` or `name:port`) through the API server."""


class PrometheusApi(Protocol):
    """Prometheus' HTTP API. Every method raises ObsdeployError when it gets no good answer."""

    async def get(self, path: str, **params: str | Sequence[str]) -> Json:
        """Return the `data` of an `/api/v1/...` answer."""

    async def query(self, expression: str, at: float | None = None) -> list[Json]:
        """Evaluate an instant query to a vector: `[{"metric": {...}, "value": [seconds, "1"]}]`."""

    async def ready(self) -> bool:
        """Whether `/-/ready` says yes."""

    async def reload(self) -> bool:
        """Ask for a reload of the configuration; False where the server does not offer that."""


class GrafanaApi(Protocol):
    """Grafana's HTTP API as one user. Every method raises ObsdeployError when it gets no good answer."""

    @property
    def user(self) -> str:
        """Whom it logs in as."""

    def has_password(self, password: str) -> bool:
        """Whether this is the password that it logs in with."""

    async def get(self, path: str) -> Json:
        """GET a path below `/api`."""

    async def query(self, queries: Sequence[Json], start: float, end: float) -> Mapping[str, Json]:
        """Run queries (with distinct `refId`s) by `/api/ds/query` over epoch seconds; returns results by refId."""

    async def accepts(self, user: str, password: str) -> bool:
        """Whether somebody can log in with these credentials."""


@dataclass
class Context:
    """Everything that a check may use. The two servers are connected to when a check first asks for them.

    `connect_prometheus` and `connect_grafana` raise ObsdeployError while there is nothing to connect to; the next check, or
    the next attempt, tries again.
    """

    kube: KubeApi
    connect_prometheus: Callable[[], Awaitable[PrometheusApi]]
    connect_grafana: Callable[[], Awaitable[GrafanaApi]]
    namespace: str = "monitoring"
    release: str = "obs"
    clock: Callable[[], float] = time.time
    memo: dict[str, Any] = field(default_factory=dict)
    _locks: dict[str, asyncio.Lock] = field(default_factory=dict)

    async def prometheus(self) -> PrometheusApi:
        """Prometheus, connected to once."""
        return await self.once("prometheus", self.connect_prometheus)

    async def grafana(self) -> GrafanaApi:
        """Grafana, connected to once."""
        return await self.once("grafana", self.connect_grafana)

    async def released(self) -> Released:
        """What the release says that it is, from the ConfigMap `obs-release`. Raises StackUnhealthy where there is none."""
        return await self.once("released", lambda: read_released(self.kube, self.namespace))

    async def once(self, name: str, make: Callable[[], Awaitable[Made]]) -> Made:
        """Return what `make` made the first time it succeeded under this name; concurrent callers share one attempt."""
        async with self._locks.setdefault(name, asyncio.Lock()):
            if name not in self.memo:
                self.memo[name] = await make()
            made: Made = self.memo[name]
            return made
