"""`obsdeploy status`: what it says to people and to programs, README's own among them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.cli.api_server import ApiServer
from tests.unit.cli.conftest import COMMAND, Machine

README = Path(__file__).parents[3] / "README.md"


@pytest.fixture
def elsewhere(machine: Machine, api: ApiServer) -> dict[str, str]:
    """Settings for a cluster that answers and has nothing of ours on it."""
    return {"OBSDEPLOY_CONTEXT": "elsewhere", "OBSDEPLOY_KUBECONFIG": str(machine.kubeconfig(api.url, token="t"))}


def test_readmes_command_finds_the_kubeconfig(machine: Machine, elsewhere: dict[str, str]) -> None:
    command = next(line for line in README.read_text().splitlines() if line.startswith("export KUBECONFIG="))
    machine.tool("obsdeploy", f'exec {COMMAND} "$@"')
    machine.tool("python3", f'exec {sys.executable} "$@"')
    script = f'{command}\nprintf %s "$KUBECONFIG"'
    done = subprocess.run(
        ["/bin/bash", "-c", script],
        cwd=machine.work,
        env={**machine.env, **elsewhere},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == (elsewhere["OBSDEPLOY_KUBECONFIG"], "")


def test_without_a_kubeconfig_of_its_own_it_names_what_kubectl_reads(machine: Machine, elsewhere: dict[str, str]) -> None:
    file = elsewhere.pop("OBSDEPLOY_KUBECONFIG")
    done = machine.run("status", "-o", "json", **elsewhere, KUBECONFIG=f"{machine.root}/none:{file}")
    assert json.loads(done.stdout)["kubeconfig"] == f"{machine.root}/none:{file}"


def test_what_is_not_installed_is_said_so(machine: Machine, elsewhere: dict[str, str]) -> None:
    done = machine.run("status", "-o", "json", **elsewhere)
    found = json.loads(done.stdout)
    assert (done.returncode, found["version"], found["context"], found["installed"]) == (0, 1, "elsewhere", False)
    assert "not installed in namespace monitoring" in machine.run("status", **elsewhere).stdout
