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


MINIKUBE = "/home/me/.minikube"
TORN = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUQK"  # a certificate's first line and no more


@pytest.mark.parametrize(
    ("server", "cluster", "user", "said"),
    [
        ("https://x:1", {}, {"tokenFile": f"{MINIKUBE}/token"}, f"tokenFile {MINIKUBE}/token: No such file or directory"),
        (
            "https://x:1",
            {"certificate-authority": f"{MINIKUBE}/ca.crt"},
            {},
            f"certificate-authority {MINIKUBE}/ca.crt: No such file or directory",
        ),
        ("https://x:1", {"certificate-authority-data": TORN}, {}, "certificate-authority is no certificate"),
        ("https://x:1", {}, {"token": "hüsh"}, "its token has characters that no token has"),
        ("http://[::1", {}, {"token": "hush"}, "its server, or the environment's proxy, is no URL"),
        ("http://x:1", {"proxy-url": "hush@x"}, {}, "its server or proxy-url is no URL"),
        ("http://x:1", {"proxy-url": "socks5://x"}, {}, "obsdeploy knows no SOCKS proxies"),
    ],
)
def test_a_kubeconfig_that_can_not_be_used_is_the_environments_problem(
    machine: Machine, server: str, cluster: dict[str, str], user: dict[str, str], said: str
) -> None:
    path = machine.kubeconfig(server, **user)
    config = json.loads(path.read_text())
    config["clusters"][0]["cluster"].update(cluster)
    path.write_text(json.dumps(config))
    done = machine.run("status", "--context", "elsewhere", "--kubeconfig", str(path))
    assert (done.returncode, done.stdout) == (3, "")
    told = " ".join(done.stderr.split())
    assert f"error: context 'elsewhere' of the kubeconfig can't be used: {said}" in told
    assert "hint: Is that cluster gone? 'kubectl config delete-context elsewhere' forgets it." in told
    assert not {"hush", "hüsh"} & set(told.replace("@", " ").split())
