"""The demo shop as processes: a real Redis and the real services, started, killed and asked over HTTP."""

import os
import shutil
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
from prometheus_client.parser import text_string_to_metric_families

from saga import SERVICES
from tests.forks import Forked, forks
from tests.standin import SERVING

ROOT = Path(__file__).resolve().parents[3]
SOURCE = ROOT / "examples/saga/src"
T = TypeVar("T")
LIBRARIES = (*SERVING, "fastapi", "redis.asyncio", "httpx", "prometheus_client", "prometheus_fastapi_instrumentator", "aiokafka")
OWN_METRICS_PORT = frozenset({"payment", "notification", "coordinator", "load"})


def redis_command() -> tuple[str, str] | None:
    """The program that is a Redis server, and the name to call it by. Debian's redis-tools has it under another name."""
    if found := shutil.which("redis-server"):
        return found, "redis-server"
    tools = shutil.which("redis-check-rdb")
    return (tools, "redis-server") if tools else None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(what: str, condition: Callable[[], T | None], seconds: float = 20) -> T:
    """The condition's first answer that is neither None nor False; AssertionError with what was awaited at the deadline."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if (answer := condition()) is not None and answer is not False:
            return answer
        time.sleep(0.02)
    raise AssertionError(f"{what}: not within {seconds} s")


@dataclass
class Shop:
    """Processes by name, each with a port for its app and one for its metrics."""

    redis_url: str
    logs: Path
    processes: dict[str, Forked] = field(default_factory=dict)
    # Each request has a connection of its own: uvicorn drops one on which a request ended in an exception.
    client: httpx.Client = field(
        default_factory=lambda: httpx.Client(
            timeout=10, trust_env=False, verify=False, limits=httpx.Limits(max_keepalive_connections=0)
        )
    )
    ports: dict[str, tuple[int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.ports = {name: (free_port(), free_port()) for name in (*SERVICES, "load", "coordinator-2")}

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.ports[name][0]}"

    def start(self, *names: str, **settings: str) -> None:
        """Start processes and wait until they are ready; `coordinator-2` is a second coordinator."""
        self.launch(*names, **settings)
        for name in names:
            wait_for(f"{name} is ready", lambda name=name: self._ready(name))  # type: ignore[misc]

    def launch(self, *names: str, **settings: str) -> None:
        """Start processes."""
        addresses = {f"{name.upper()}_URL": self.url(name) for name in SERVICES}
        for name in names:
            env = os.environ | addresses | settings | {
                "HOST": "127.0.0.1", "PORT": str(self.ports[name][0]), "METRICS_PORT": str(self.ports[name][1]),
                "REDIS_URL": self.redis_url, "FAULTS": "on", "PYTHONPATH": str(SOURCE), "STEP_TIMEOUT": "3",
                "PROVIDER_LATENCY": settings.get("PROVIDER_LATENCY", "0.05"),
            }  # fmt: skip
            assert name not in self.processes, f"{name} runs already"
            command = name.partition("-")[0]
            with (self.logs / f"{name}.log").open("ab") as log:
                self.processes[name] = forks(*LIBRARIES).start("saga", command, env=env, output=log, errors=log)

    def kill(self, name: str, number: int = signal.SIGKILL) -> int:
        """Signal a process and wait for its end; its exit status."""
        process = self.processes.pop(name)
        process.send_signal(number)
        return process.wait(timeout=15)

    def close(self) -> None:
        for name in tuple(self.processes):
            self.kill(name)
        self.client.close()

    def log(self, name: str) -> str:
        return (self.logs / f"{name}.log").read_text()

    def _ready(self, name: str) -> bool:
        assert self.processes[name].poll() is None, self.log(name)
        path = f"http://127.0.0.1:{self.ports[name][1]}/metrics" if name == "load" else f"{self.url(name)}/readyz"
        try:
            return self.client.get(path).is_success
        except httpx.HTTPError:
            return False

    def call(self, name: str, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """One request; headers are written with underscores."""
        sent = {key.replace("_", "-"): value for key, value in headers.items()}
        return self.client.request(method, self.url(name) + path, json=body, headers=sent)

    def metrics_text(self, name: str) -> str:
        app, own = self.ports[name]
        port = own if name.partition("-")[0] in OWN_METRICS_PORT else app
        return self.client.get(f"http://127.0.0.1:{port}/metrics").raise_for_status().text

    def metric(self, name: str, sample: str, **labels: str) -> float | None:
        """The sum of the samples of that name whose labels hold these; None if there are none."""
        found = [
            one.value
            for family in text_string_to_metric_families(self.metrics_text(name))
            for one in family.samples
            if one.name == sample and labels.items() <= one.labels.items()
        ]
        return sum(found) if found else None

    def stock(self) -> dict[str, int]:
        levels: dict[str, int] = self.call("inventory", "GET", "/stock").raise_for_status().json()
        return levels

    def buy(self, saga_id: str, *, sku: str = "mug", quantity: int = 1, fault: str = "", at: str = "coordinator") -> None:
        """Hand a purchase to the coordinator, which has stored it when this returns."""
        body = {"saga_id": saga_id, "items": {sku: quantity}, "amount": 1200 * quantity, "customer": "test@example.com"}
        assert self.call(at, "POST", "/sagas", body, x_fault=fault).status_code == 202

    def finished(self, saga_id: str, *, at: str = "coordinator", seconds: float = 20) -> dict[str, Any]:
        """The saga once it has ended."""

        def ended() -> dict[str, Any] | None:
            saga: dict[str, Any] = self.call(at, "GET", f"/sagas/{saga_id}").raise_for_status().json()
            return saga if saga["phase"] == "finished" else None

        return wait_for(f"saga {saga_id} ends", ended, seconds)
