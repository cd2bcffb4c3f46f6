"""What the routes share."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

from starlette.requests import HTTPConnection

from .accounts import Accounts
from .config import Config
from .library import Library
from .metrics import Metrics
from .provisioning import DataSource, load_data_sources, load_providers
from .queries.sources import Sources
from .store import Store


class Server:
    """The state of one running server. Building it loads all provisioning; raises ProvisioningError."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.metrics = Metrics()
        provisioned = load_data_sources(config.provisioning, os.environ)
        providers = load_providers(config.provisioning, os.environ)
        self.store = Store(config.data)
        self.accounts = Accounts(self.store, config)
        self.library = Library(self.store, providers)
        self.sources = self._sources(provisioned)
        self._old_sources: list[Sources] = []

    def _sources(self, provisioned: Iterable[DataSource]) -> Sources:
        return Sources(tuple(provisioned), self.metrics, self.config.proxy_timeout)

    def reload_sources(self) -> None:
        """Read provisioning/datasources again. Raises ProvisioningError and then changes nothing."""
        provisioned = load_data_sources(self.config.provisioning, os.environ)
        self._old_sources.append(self.sources)
        self.sources = self._sources(provisioned)

    def reload_dashboards(self) -> None:
        """Scan every provider's folder now."""
        for provider in self.library.providers:
            self.library.scan(provider)

    def totals(self) -> None:
        """Bring the counts in the metrics up to date."""
        dashboards = self.library.all()
        self.metrics.dashboards.set(len(dashboards))
        self.metrics.folders.set(len({d.stored.folder_uid for d in dashboards} - {""}))
        kinds = [source.type for source in self.sources]
        for kind in set(kinds):
            self.metrics.sources.labels(kind).set(kinds.count(kind))

    @contextlib.asynccontextmanager
    async def lifespan(self, _app: object) -> AsyncIterator[None]:
        """Watch the dashboard files while the server runs."""
        watchers = [asyncio.create_task(self.library.watch(provider)) for provider in self.library.providers]
        yield
        for watcher in watchers:
            watcher.cancel()
        await asyncio.gather(*watchers, return_exceptions=True)
        await asyncio.gather(*(sources.close() for sources in [self.sources, *self._old_sources]))
        self.store.close()


def server_of(connection: HTTPConnection) -> Server:
    """The server that a request came to."""
    server: Server = connection.app.state.server
    return server


def web_of(connection: HTTPConnection) -> Path | None:
    """Where the pages are, if the image has them."""
    return server_of(connection).config.web
