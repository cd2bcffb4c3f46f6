"""A machine made for a test: a home of its own, and on PATH only the tools that the test puts there."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.forks import forks
from tests.unit.cli.api_server import ApiServer

COMMAND = Path(sys.executable).with_name("obsdeploy")
SECONDS = 60
LIBRARIES = (
    *("typer", "rich.progress", "pydantic.main", "pydantic.networks", "pydantic.type_adapter", "yaml", "jinja2", "httpx"),
    *("tenacity", "platformdirs", "asyncio", "pyhelm3", "promql_parser", "importlib.resources", "tarfile"),
)


class Machine:
    """Runs the installed command with nothing of the real machine's tools, settings or clusters."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.bin = root / "bin"
        self.work = root / "work"
        self.data = root / "data" / "obsdeploy"
        for folder in (self.bin, self.work, root / "home"):
            folder.mkdir(parents=True)

    @property
    def env(self) -> dict[str, str]:
        places = {name: str(self.root / place) for name, place in _PLACES.items()}
        return {**places, "PATH": str(self.bin), "LANG": "C.UTF-8"}

    def tool(self, name: str, script: str) -> Path:
        """Put a shell script on PATH."""
        path = self.bin / name
        path.write_text(f"#!/bin/bash\nexport PATH=/usr/bin:/bin\n{script}\n")
        path.chmod(0o755)
        return path

    def docker(self, *, containers: str = "echo 'Error: No such container' >&2; exit 1") -> None:
        """A docker that runs, and answers `container inspect` as the script says."""
        self.tool(
            "docker",
            f"""case "$1 $2" in
            'version --format') echo 27.0.0 ;;
            'container inspect') {containers} ;;
            *) exit 0 ;;
            esac""",
        )

    def helm(self, *, history: str = "echo 'Error: release: not found' >&2; exit 1", version: str = "v4.3.1") -> None:
        """A Helm that knows its version and answers `history` as the script says."""
        self.tool(
            "helm",
            f"""case $1 in
            version) printf '%s' '{version}' ;;
            history) {history} ;;
            get) echo ;;
            *) echo "unexpected: $*" >&2; exit 1 ;;
            esac""",
        )

    def kind(self, script: str = "exit 0") -> None:
        """A kind."""
        self.tool("kind", script)

    def kubeconfig(self, server: str, *, context: str = "elsewhere", **user: str) -> Path:
        """A kubeconfig with one context."""
        path = self.root / "kubeconfig.json"
        path.write_text(
            json.dumps(
                {
                    "apiVersion": "v1",
                    "kind": "Config",
                    "current-context": context,
                    "contexts": [{"name": context, "context": {"cluster": "c", "user": "u"}}],
                    "clusters": [{"name": "c", "cluster": {"server": server}}],
                    "users": [{"name": "u", "user": user}],
                }
            )
        )
        return path

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

    def run(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Run `obsdeploy` to its end, in a process with its libraries at hand."""
        return forks(*LIBRARIES).run(str(COMMAND), *arguments, cwd=self.work, env={**self.env, **env}, timeout=SECONDS)

    def run_anew(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Run `obsdeploy` to its end, from the start of Python on."""
        process = self.start(*arguments, **env)
        stdout, stderr = process.communicate(timeout=SECONDS)
        return subprocess.CompletedProcess(arguments, process.returncode, stdout, stderr)


_PLACES = {
    "HOME": "home",
    "XDG_DATA_HOME": "data",
    "XDG_CACHE_HOME": "cache",
    "XDG_STATE_HOME": "state",
    "XDG_CONFIG_HOME": "config",
}


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine with no tools at all."""
    return Machine(tmp_path)


@pytest.fixture
def api() -> Iterator[ApiServer]:
    """A Kubernetes API server that has what `up` asks for before its first change; tests take something away."""
    with ApiServer() as server:
        yield server
