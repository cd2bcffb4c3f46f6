"""The data sources that can be asked, by uid."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from ..metrics import Metrics
from ..provisioning import DataSource
from .client import SourceClient
from .loki import Loki
from .model import Answer, BadQuery, Query, parse_query
from .prometheus import Prometheus
from .timing import TimeRange


class Backend(Protocol):
    """What every kind of data source can do."""

    client: SourceClient
    resources: tuple[str, ...]

    def resource_path(self, path: str) -> str:
        """Where a resource's path is at the backend."""
        ...

    async def health(self) -> tuple[bool, str]:
        """Whether it answers, and a sentence about it."""
        ...

    async def query(self, query: Query) -> Answer:
        """Run a query."""
        ...


_KINDS: dict[str, Callable[[SourceClient], Backend]] = {"prometheus": Prometheus, "loki": Loki}


class Sources:
    """All provisioned data sources, and a backend for each kind that this stand-in knows."""

    def __init__(self, sources: tuple[DataSource, ...], metrics: Metrics, timeout: float) -> None:
        self._sources = {source.uid: source for source in sources}
        self._metrics = metrics
        clients = {source.uid: SourceClient(source, metrics, timeout) for source in sources}
        self._clients = clients
        self._backends: dict[str, Backend] = {s.uid: _KINDS[s.type](clients[s.uid]) for s in sources if s.type in _KINDS}

    def __iter__(self) -> Iterator[DataSource]:
        return iter(self._sources.values())

    async def close(self) -> None:
        """Close all connections."""
        await asyncio.gather(*(client.close() for client in self._clients.values()))

    def find(self, reference: Any) -> DataSource | None:
        """The data source that a query's `datasource` means: an object with a uid, a name, or nothing for the default one."""
        uid = reference.get("uid") if isinstance(reference, dict) else reference
        if uid in {None, "", "default"}:
            return next((source for source in self if source.is_default), None)
        return self._sources.get(str(uid)) or next((source for source in self if source.name == uid), None)

    def by_uid(self, uid: str) -> DataSource | None:
        """The data source of that uid."""
        return self._sources.get(uid)

    def client(self, source: DataSource) -> SourceClient:
        """Plain HTTP to a data source."""
        return self._clients[source.uid]

    def backend(self, source: DataSource) -> Backend | None:
        """What can query it; None for a kind unknown here."""
        return self._backends.get(source.uid)

    async def query(self, source: DataSource, raw: dict[str, Any], span: TimeRange) -> Answer:
        """Run one query object."""
        backend = self.backend(source)
        if backend is None:
            return Answer(500, error=f"plugin unavailable: this stand-in for Grafana can't query type {source.type!r}")
        with self._metrics.plugin_request(source.type, "queryData") as outcome:
            try:
                answer = await backend.query(parse_query(raw, span))
            except BadQuery as problem:
                answer = Answer(400, error=str(problem))
            if answer.error:
                outcome["status"] = "error"
            return answer
