"""The real machine, seen from the tests: the installed command, docker, kubectl and ports."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

COMMAND = Path(sys.executable).with_name("obsdeploy")
UP_SECONDS = 400
ROOT = Path(__file__).parents[2]

Done = subprocess.CompletedProcess[str]
COMMANDS: deque[Done] = deque(maxlen=3)
"""The last commands of the present test and what they said: a failure shows them."""


class Machine:
    """Runs the installed command with a home of its own and, to be left alone, a kubeconfig of the user's."""

    def __init__(self, home: Path, bundle: Path | None, *, peoples_ports: bool = True) -> None:
        self.home = home
        self.bundle = bundle
        # Two sessions at once must not meet on one cluster.
        self.cluster = f"obsdeploy-e2e-{hashlib.sha256(str(home).encode()).hexdigest()[:6]}"
        self.work = home / "work"
        self.work.mkdir(parents=True, exist_ok=True)
        self.users_kubeconfig = home / "users-kubeconfig"
        self.users_kubeconfig.write_text("current-context: precious\n")
        self.grafana_port, self.prometheus_port = _ports(home, peoples=peoples_ports)
        self.first: Done = subprocess.CompletedProcess([], 1, "", "up has not run")

    @property
    def charts_and_images(self) -> tuple[str, ...]:
        return ("--bundle", str(self.bundle)) if self.bundle else ()

    @property
    def kubeconfig(self) -> Path:
        return self.home / "data" / "obsdeploy" / f"kind-{self.cluster}.kubeconfig"

    @property
    def context(self) -> str:
        return f"kind-{self.cluster}"

    @property
    def node(self) -> str:
        return f"{self.cluster}-control-plane"

    @property
    def grafana(self) -> str:
        return f"http://localhost:{self.grafana_port}"

    @property
    def prometheus(self) -> str:
        return f"http://localhost:{self.prometheus_port}"

    @property
    def env(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("OBSDEPLOY_", "XDG_", "HELM_"))}
        return {
            **inherited,
            "XDG_DATA_HOME": str(self.home / "data"),
            "XDG_CACHE_HOME": str(self.home / "cache"),
            "XDG_STATE_HOME": str(self.home / "state"),
            "KUBECONFIG": str(self.users_kubeconfig),
            "OBSDEPLOY_KIND__NAME": self.cluster,
            "OBSDEPLOY_KIND__HOST_PORTS__GRAFANA": str(self.grafana_port),
            "OBSDEPLOY_KIND__HOST_PORTS__PROMETHEUS": str(self.prometheus_port),
        }

    def run(self, *arguments: str, **env: str) -> Done:
        """Run `obsdeploy` to its end."""
        return self.ended(self.start(*arguments, **env), UP_SECONDS)

    def start(self, *arguments: str, **env: str) -> subprocess.Popen[str]:
        """Start `obsdeploy` without waiting for it."""
        return subprocess.Popen(
            [COMMAND, *arguments],
            cwd=self.work,
            env={**self.env, **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def ended(self, process: subprocess.Popen[str], seconds: float) -> Done:
        """Wait for the end of what `start` started. One that does not end is killed, and what it said is in the error."""
        try:
            stdout, stderr = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            stdout, stderr = process.communicate()
            raise AssertionError(f"{process.args!r} did not end within {seconds:.0f} s\n{stderr}\n{stdout}") from None
        done = subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)
        COMMANDS.append(done)
        return done

    def comes_to(self, process: subprocess.Popen[str], what: Callable[[], bool], message: str) -> None:
        """Wait until something is so by what `start` started; where it never is, the command is ended, for what it said."""
        try:
            eventually(what, 60, message)
        except AssertionError:
            process.send_signal(signal.SIGINT)
            self.ended(process, 60)
            raise

    def tool(self, name: str) -> Path:
        """A tool of the bundle, or of PATH."""
        bundled = self.bundle / "bin" / name if self.bundle else None
        found = bundled if bundled and bundled.exists() else shutil.which(name)
        assert found, f"{name} is neither in the bundle nor on PATH"
        return Path(found)

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        """Run kubectl on our cluster; its output."""
        done = subprocess.run(
            [self.tool("kubectl"), "--kubeconfig", self.kubeconfig, *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"kubectl {' '.join(arguments)}: {done.stderr}"
        return done.stdout

    def object(self, *arguments: str) -> Any:
        """An object as `kubectl get` shows it."""
        return json.loads(self.kubectl("get", "-o", "json", *arguments))

    def containers(self) -> list[str]:
        """Names of all docker containers, running or not."""
        return _docker("ps", "--all", "--format", "{{.Names}}").split()

    def docker(self, *arguments: str) -> str:
        """Run docker; its output."""
        return _docker(*arguments)


def eventually(what: Callable[[], bool], seconds: float, message: str) -> None:
    """Wait until something is so."""
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, message
        time.sleep(0.1)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def docker_answers() -> bool:
    """Whether there is a docker engine."""
    if shutil.which("docker") is None:
        return False
    return subprocess.run(["docker", "version"], capture_output=True, timeout=30, check=False).returncode == 0


def bundle_in_use() -> Path | str | None:
    """The bundle to work with, None where upstream charts and images are used, or why neither can be had."""
    named = os.environ.get("OBSDEPLOY_BUNDLE")
    if named:
        return None if named == "none" else Path(named)
    path = subprocess.run([sys.executable, "-m", "lab", "path"], cwd=ROOT, capture_output=True, text=True, check=True)
    built = Path(path.stdout.strip())
    return (
        built
        if (built / "bundle.yaml").is_file()
        else "no bundle is built: 'make test' builds one, OBSDEPLOY_BUNDLE=none uses upstream"
    )


def _docker(*arguments: str) -> str:
    return subprocess.run(["docker", *arguments], capture_output=True, text=True, timeout=120, check=True).stdout


def _ports(home: Path, *, peoples: bool) -> tuple[int, int]:
    """Those of people, 3000 and 9090, where they may be had and are free; remembered for a home that is kept."""
    remembered = home / "ports.json"
    if not remembered.exists():
        both = [port if peoples and _is_free(port) else free_port() for port in (3000, 9090)]
        remembered.write_text(json.dumps(both))
    grafana, prometheus = json.loads(remembered.read_text())
    return grafana, prometheus


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return probe.connect_ex(("127.0.0.1", port)) != 0
