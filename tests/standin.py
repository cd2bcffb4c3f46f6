"""Runs the lab's stand-in for Grafana, and a real Prometheus, as processes of their own for tests."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
import yaml

from tests.forks import Forked, forks

ROOT = Path(__file__).parents[1]
PASSWORD = "first-password"
SERVING = ("asyncio", "anyio._backends._asyncio", "uvicorn", "uvicorn.lifespan.on", "uvicorn.protocols.http.auto")
LIBRARIES = (*SERVING, "starlette.applications", "starlette.routing", "httpx", "prometheus_client", "yaml", "sqlite3")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(condition: Callable[[], bool], what: str, seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        time.sleep(0.05)


def answers(url: str) -> bool:
    try:
        # verify=False, here and below: without TLS, reading the CA certificates is most of what a client would do.
        return httpx.get(url, timeout=1, trust_env=False, verify=False).is_success
    except httpx.HTTPError:
        return False


@dataclass
class StandIn:
    """One server: its folders, and its process once started."""

    home: Path
    port: int = field(default_factory=free_port)
    process: Forked | None = None
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def dashboards(self) -> Path:
        return self.home / "dashboards"

    def provision(self, sources: list[dict[str, object]], seconds: float = 0.2) -> None:
        for name in ("provisioning/datasources", "provisioning/dashboards", "dashboards"):
            (self.home / name).mkdir(parents=True, exist_ok=True)
        document = {"apiVersion": 1, "datasources": sources}
        (self.home / "provisioning/datasources/datasources.yaml").write_text(yaml.safe_dump(document))
        provider = {"name": "obs", "type": "file", "updateIntervalSeconds": seconds, "options": {"path": str(self.dashboards)}}
        (self.home / "provisioning/dashboards/providers.yaml").write_text(
            yaml.safe_dump({"apiVersion": 1, "providers": [provider]})
        )
        (self.home / "grafana.ini").write_text(
            f"instance_name = obs\n[paths]\ndata = {self.home / 'data'}\nprovisioning = {self.home / 'provisioning'}\n"
            f"[server]\nhttp_port = {self.port}\nhttp_addr = 127.0.0.1\n"
        )

    def write_dashboard(self, name: str, model: object) -> None:
        text = model if isinstance(model, str) else json.dumps(model)
        (self.dashboards / name).write_text(text)

    def start(self, **env: str) -> None:
        path = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT / "lab/grafana"),
            "GF_PATHS_CONFIG": str(self.home / "grafana.ini"),
        }
        self.environment = path | {"GF_SECURITY_ADMIN_PASSWORD": PASSWORD} | env
        with (self.home / "log").open("a") as log:
            self.process = forks(*LIBRARIES).start("grafana_standin", env=self.environment, output=log, errors=log)

    def wait(self) -> None:
        wait_for(lambda: answers(f"{self.url}/api/health"), f"the server; its log: {self.log}")

    def stop(self) -> int:
        if self.process is None:
            return 0
        self.process.terminate()
        code = self.process.wait(timeout=10)
        self.process = None
        return code

    @property
    def log(self) -> str:
        return (self.home / "log").read_text()

    def client(self, password: str = PASSWORD) -> httpx.Client:
        return httpx.Client(base_url=self.url, auth=("admin", password), trust_env=False, verify=False, timeout=10)


def binary(name: str) -> str:
    """Named in OBSDEPLOY_<NAME>, on PATH, or unpacked by the lab; without one the tests skip, or fail where CI is true."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "obsdeploy" / "lab"
    unpacked = sorted(cache.glob(f"sid-*/{name}/usr/bin/{name}"), key=lambda path: path.stat().st_mtime)
    found = os.environ.get(f"OBSDEPLOY_{name.upper()}") or shutil.which(name) or (str(unpacked[-1]) if unpacked else None)
    if found is None:
        why = f"no {name}: name one in OBSDEPLOY_{name.upper()}, put one on PATH, or build the lab's bundle"
        if os.environ.get("CI") == "true":
            pytest.fail(why)
        pytest.skip(why)
    return found


@contextlib.contextmanager
def prometheus(home: Path, samples: str) -> Iterator[str]:
    """A real Prometheus that holds these samples (OpenMetrics text) and scrapes nothing; gives its address."""
    server, promtool, port = binary("prometheus"), binary("promtool"), free_port()
    (home / "prometheus.yml").write_text("{}")
    (home / "samples.txt").write_text(samples)
    blocks = [promtool, "tsdb", "create-blocks-from", "openmetrics", str(home / "samples.txt"), str(home / "data")]
    subprocess.run(blocks, check=True, capture_output=True)
    flags = {
        "config.file": home / "prometheus.yml",
        "storage.tsdb.path": home / "data",
        "storage.tsdb.retention.time": "100y",
        "web.listen-address": f"127.0.0.1:{port}",
    }
    arguments = [f"--{name}={value}" for name, value in flags.items()]
    process = subprocess.Popen([server, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(lambda: answers(f"{url}/-/ready"), "Prometheus", 30)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=20)
