"""A Redis for the tests of the demo shop, and the shop itself."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from saga import SERVICES
from tests.unit.saga_demo.shop import Shop, free_port, redis_command, wait_for


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Redis of the tests' own, empty, on a free port."""
    command = redis_command()
    if command is None:
        reason = "no Redis server: install redis-server (Debian: redis-tools is enough)"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    program, name = command
    port = free_port()
    arguments = [name, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path_factory.mktemp("redis"))]
    server = subprocess.Popen(arguments, executable=program, stdout=subprocess.DEVNULL)
    with redis.Redis(port=port) as client:
        wait_for("Redis answers", lambda: _answers(client))
    yield f"redis://127.0.0.1:{port}/0"
    server.terminate()
    server.wait(timeout=10)


def _answers(client: "redis.Redis") -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


@pytest.fixture(scope="session")
def shop(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """All six services. Tests that kill one start it again."""
    running = Shop(redis_url, tmp_path_factory.mktemp("shop"))
    try:
        running.start(*SERVICES)
        yield running
    finally:
        running.close()


@pytest.fixture
def _one_coordinator_after(shop: Shop) -> Iterator[None]:
    """The test may start `coordinator-2`; it does not outlive the test."""
    yield
    if "coordinator-2" in shop.processes:
        shop.kill("coordinator-2")


@pytest.fixture
def metrics_folder() -> Path:
    """Recorded /metrics of both kinds of middleware."""
    return Path(__file__).resolve().parents[2] / "fixtures/metrics"
