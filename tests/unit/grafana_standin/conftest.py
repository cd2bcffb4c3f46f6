"""A real server process of the stand-in, and a real Prometheus behind it."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
import yaml

ROOT = Path(__file__).parents[3]
PASSWORD = "first-password"
ONE_BOARD = {"uid": "obs-one", "title": "One board", "tags": ["obs"], "panels": [], "schemaVersion": 39}


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
        return httpx.get(url, timeout=1, trust_env=False).is_success
    except httpx.HTTPError:
        return False


@dataclass
class StandIn:
    """One server: its folders, and its process once started."""

    home: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[str] | None = None
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
        log = (self.home / "log").open("a")
        self.environment = path | {"GF_SECURITY_ADMIN_PASSWORD": PASSWORD} | env
        self.process = subprocess.Popen(
            [sys.executable, "-m", "grafana_standin"], env=self.environment, stdout=log, stderr=log, text=True
        )
        log.close()

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
        return httpx.Client(base_url=self.url, auth=("admin", password), trust_env=False, timeout=10)


@pytest.fixture
def stand_in(tmp_path: Path) -> Iterator[StandIn]:
    """Not started, with one Prometheus that nobody serves."""
    server = StandIn(tmp_path)
    server.provision(
        [{"name": "Prometheus", "type": "prometheus", "uid": "prometheus", "url": "http://127.0.0.1:9", "isDefault": True}]
    )
    yield server
    server.stop()


def _binary(name: str) -> str:
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
    binary, promtool = _binary("prometheus"), _binary("promtool")
    home, port = tmp_path_factory.mktemp("prometheus"), free_port()
    (home / "prometheus.yml").write_text("{}")
    (home / "samples.txt").write_text(_last_minutes())
    subprocess.run(
        [promtool, "tsdb", "create-blocks-from", "openmetrics", home / "samples.txt", home / "data"],
        check=True,
        capture_output=True,
    )
    flags = {
        "config.file": home / "prometheus.yml",
        "storage.tsdb.path": home / "data",
        "web.listen-address": f"127.0.0.1:{port}",
    }
    arguments = [f"--{name}={value}" for name, value in flags.items()]
    process = subprocess.Popen([binary, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    wait_for(lambda: answers(f"{url}/-/ready"), "Prometheus", 30)
    yield url
    process.terminate()
    process.wait(timeout=20)


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
