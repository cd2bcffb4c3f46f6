"""A real server process of the stand-in, and a real Prometheus behind it."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.standin import StandIn, prometheus

ONE_BOARD = {"uid": "obs-one", "title": "One board", "tags": ["obs"], "panels": [], "schemaVersion": 39}


@pytest.fixture
def stand_in(tmp_path: Path) -> Iterator[StandIn]:
    """Not started, with one Prometheus that nobody serves."""
    server = StandIn(tmp_path)
    server.provision(
        [{"name": "Prometheus", "type": "prometheus", "uid": "prometheus", "url": "http://127.0.0.1:9", "isDefault": True}]
    )
    yield server
    server.stop()


def _last_minutes() -> str:
    """Samples every five seconds until now, as OpenMetrics text: scraping would take ten seconds to begin."""
    now = int(time.time())
    instants = range(now - 600, now + 1, 5)
    lines = ["# TYPE up gauge"]
    lines += [f'up{{job="prometheus",instance="127.0.0.1:9090"}} 1 {at}' for at in instants]
    lines += ["# TYPE prometheus_http_requests counter"]
    for handler in ("/metrics", "/api/v1/query"):
        labels = f'job="prometheus",handler="{handler}",code="200"'
        lines += [f"prometheus_http_requests_total{{{labels}}} {10 * number} {at}" for number, at in enumerate(instants)]
    return "\n".join([*lines, "# EOF", ""])


@pytest.fixture(scope="session")
def prometheus_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Prometheus that holds the last ten minutes of a few series."""
    with prometheus(tmp_path_factory.mktemp("prometheus"), _last_minutes()) as url:
        yield url


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory, prometheus_url: str) -> Iterator[StandIn]:
    """Running before that Prometheus, for tests that only read."""
    away, options = "http://127.0.0.1:9", {"timeInterval": "5s"}
    server = StandIn(tmp_path_factory.mktemp("live"))
    server.provision(
        [
            {
                "name": "Prometheus",
                "type": "prometheus",
                "uid": "prometheus",
                "url": prometheus_url,
                "isDefault": True,
                "jsonData": options,
            },
            {"name": "By GET", "type": "prometheus", "uid": "by-get", "url": prometheus_url, "jsonData": {"httpMethod": "GET"}},
            {"name": "Away", "type": "prometheus", "uid": "away", "url": away},
            {"name": "Traces", "type": "tempo", "uid": "tempo", "url": away},
        ]
    )
    server.write_dashboard("obs-one.json", ONE_BOARD)
    server.start()
    server.wait()
    yield server
    server.stop()
