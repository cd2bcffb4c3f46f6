"""Everything that can be missing before the first change: exit code 3, what and why, and what to do."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator

import pytest

from tests.unit.cli.api_server import ApiServer
from tests.unit.cli.conftest import Machine

ENVIRONMENT = 3


@pytest.fixture
def prod(machine: Machine, api: ApiServer) -> Machine:
    """A machine with Helm and a kubeconfig for the API server; profile prod is what needs no docker."""
    machine.helm()
    machine.kubeconfig(api.url, token="t")
    return machine


def up(machine: Machine, *more: str) -> tuple[int, str, str]:
    arguments = (
        "up",
        "--profile",
        "prod",
        "--context",
        "elsewhere",
        "--kubeconfig",
        str(machine.root / "kubeconfig.json"),
        *more,
    )
    done = machine.run(*arguments, OBSDEPLOY_CHARTS=str(charts(machine)))
    return done.returncode, done.stdout, done.stderr


def charts(machine: Machine) -> object:
    """A folder with a (worthless) package for each pinned chart, so that nothing is fetched."""
    from obsdeploy.assets import chart
    from obsdeploy.charts import locked

    folder = machine.root / "charts"
    folder.mkdir(exist_ok=True)
    for one in locked(chart("obs-stack")):
        (folder / one.file_name).touch()
    return folder


def problem(stderr: str) -> tuple[str, str]:
    """The message and the hint."""
    error, _, hint = stderr[stderr.index("error: ") :].partition("\n  hint: ")
    return error.removeprefix("error: "), hint.strip()


def test_without_docker_it_says_how_to_get_it(machine: Machine) -> None:
    done = machine.run("up")
    assert done.returncode == ENVIRONMENT
    message, hint = problem(done.stderr)
    assert (
        message == "docker was not found: the local cluster runs in a docker container, and it is neither on PATH nor in a bundle"
    )
    assert "docs.docker.com/engine/install" in hint
    assert "--context NAME" in hint
    assert done.stdout == ""


def test_docker_that_does_not_run(machine: Machine) -> None:
    machine.tool("docker", "echo 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock.' >&2; exit 1")
    machine.kind()
    machine.helm()
    done = machine.run("up")
    assert done.returncode == ENVIRONMENT
    message, hint = problem(done.stderr)
    assert message == (
        "docker is installed, but its engine does not answer: Cannot connect to the Docker daemon at unix:///var/run/docker.sock."
    )
    assert "systemctl start docker" in hint


def test_docker_that_refuses_this_user(machine: Machine) -> None:
    machine.tool("docker", "echo 'permission denied while trying to connect to the Docker daemon socket' >&2; exit 1")
    machine.kind()
    machine.helm()
    done = machine.run("up")
    assert done.returncode == ENVIRONMENT
    assert "usermod -aG docker" in problem(done.stderr)[1]


def test_without_kind(machine: Machine) -> None:
    machine.docker()
    done = machine.run("up")
    assert done.returncode == ENVIRONMENT
    message, hint = problem(done.stderr)
    assert message.startswith("kind was not found: creating the local cluster needs it")
    assert "kind.sigs.k8s.io" in hint


def test_without_helm(machine: Machine) -> None:
    machine.docker()
    machine.kind()
    done = machine.run("up")
    assert done.returncode == ENVIRONMENT
    message, hint = problem(done.stderr)
    assert message.startswith("helm was not found: installing the stack needs it")
    assert "helm.sh/docs/intro/install" in hint


def test_a_helm_that_can_not_be_used(prod: Machine) -> None:
    prod.helm(version="v2.17.0")
    code, _, stderr = up(prod)
    assert code == ENVIRONMENT
    assert problem(stderr)[0] == "Helm v2.17.0 can't be used: obsdeploy needs 3.14 or newer, up to 4.x"


def test_without_a_kubeconfig(machine: Machine) -> None:
    machine.helm()
    done = machine.run("up", "--profile", "prod", "--context", "elsewhere")
    assert done.returncode == ENVIRONMENT
    message, hint = problem(done.stderr)
    assert message == f"no kubeconfig: {machine.root}/home/.kube/config does not exist"
    assert "--context" in hint


def test_a_context_that_is_not_there(prod: Machine) -> None:
    done = prod.run("up", "--profile", "prod", "--context", "nowhere", "--kubeconfig", str(prod.root / "kubeconfig.json"))
    assert done.returncode == ENVIRONMENT
    assert problem(done.stderr)[0] == "there is no context 'nowhere' in the kubeconfig (there is: elsewhere)"


def test_prod_never_takes_the_current_context(prod: Machine) -> None:
    done = prod.run("up", "--profile", "prod", "--kubeconfig", str(prod.root / "kubeconfig.json"))
    assert done.returncode == 2
    assert "none was named" in problem(done.stderr)[0]
    assert "--context NAME" in problem(done.stderr)[1]


def test_an_api_server_that_does_not_answer(prod: Machine) -> None:
    prod.kubeconfig("http://127.0.0.1:1")
    code, _, stderr = up(prod)
    assert code == ENVIRONMENT
    message, hint = problem(stderr)
    assert message.startswith("the API server http://127.0.0.1:1 of context elsewhere does not answer: ")
    assert "kubectl --context elsewhere get nodes" in hint


def test_expired_credentials(prod: Machine, api: ApiServer) -> None:
    api.status = 401
    code, _, stderr = up(prod)
    assert code == ENVIRONMENT
    message, hint = problem(stderr)
    assert message == "the API server refuses the credentials of context elsewhere (401): have they expired?"
    assert "Log in again" in hint


def test_each_missing_permission_is_named(prod: Machine, api: ApiServer) -> None:
    api.denied = frozenset({("create", "clusterroles"), ("delete", "clusterroles"), ("patch", "statefulsets")})
    code, _, stderr = up(prod)
    assert code == ENVIRONMENT
    message, _ = problem(stderr)
    assert message == (
        "missing permissions: patch statefulsets in namespace monitoring; create, delete clusterroles in the whole cluster"
    )
    assert api.writes == []


def test_no_default_storage_class(prod: Machine, api: ApiServer) -> None:
    api.objects["/apis/storage.k8s.io/v1/storageclasses"] = {"items": [{"metadata": {"name": "slow"}}]}
    code, _, stderr = up(prod)
    assert code == ENVIRONMENT
    message, hint = problem(stderr)
    assert message.startswith("the cluster has no default StorageClass")
    assert "there is: slow" in hint
    assert "is-default-class=true" in hint


def test_a_storage_class_that_is_named_but_not_there(prod: Machine) -> None:
    code, _, stderr = up(prod, "--set", "storage.className=fast")
    assert code == ENVIRONMENT
    assert problem(stderr)[0] == "storage.className names StorageClass fast, which the cluster does not have"


def test_a_release_that_somebody_else_installed(prod: Machine, api: ApiServer) -> None:
    revision = {"revision": 3, "status": "deployed", "chart": "wordpress-1.2.3", "description": "Upgrade complete", "updated": ""}
    prod.helm(history=f"echo '{json.dumps([revision])}'")
    code, _, stderr = up(prod)
    assert code == ENVIRONMENT
    message, hint = problem(stderr)
    assert message == (
        "release obs in namespace monitoring was not installed by obsdeploy (chart wordpress 1.2.3, deployed); "
        "it was left untouched"
    )
    assert "--namespace OTHER" in hint
    assert api.writes == []


def test_our_own_chart_installed_by_hand_can_be_adopted(prod: Machine, api: ApiServer) -> None:
    revision = {"revision": 1, "status": "deployed", "chart": "obs-stack-0.1.0", "description": "Install complete", "updated": ""}
    prod.helm(history=f"echo '{json.dumps([revision])}'")
    code, _, stderr = up(prod)
    assert code == ENVIRONMENT
    assert "--adopt" in problem(stderr)[1]
    assert api.writes == []


def test_objects_with_our_names_that_are_not_ours(prod: Machine, api: ApiServer) -> None:
    theirs = {"metadata": {"name": "grafana", "annotations": {"meta.helm.sh/release-name": "my-grafana"}}}
    api.objects["/api/v1/namespaces/monitoring/services"] = {"items": [theirs]}
    code, _, stderr = up(prod)
    assert code == ENVIRONMENT
    message, hint = problem(stderr)
    assert message == (
        "namespace monitoring already has service grafana, which belongs to release my-grafana and not to obsdeploy; "
        "nothing was changed"
    )
    assert "--namespace OTHER" in hint
    assert "meta.helm.sh/release-name=obs" in hint
    assert api.writes == []


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that this test process listens on."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def on_ports(machine: Machine, port: int) -> tuple[int, str]:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        free = other.getsockname()[1]
    ports = f"kind.hostPorts={{grafana: {port}, prometheus: {free}}}"
    done = machine.run("up", "--set", ports, OBSDEPLOY_CHARTS=str(charts(machine)))
    return done.returncode, done.stderr


def test_a_port_held_by_another_program(machine: Machine, taken: int) -> None:
    machine.docker()
    machine.kind()
    machine.helm()
    code, stderr = on_ports(machine, taken)
    assert code == ENVIRONMENT
    message, hint = problem(stderr)
    assert message.startswith(f"port {taken} of this machine, meant for Grafana, is held by ")
    assert "(pid " in message
    assert f"hostPorts: {{grafana: {taken + 1}}}" in hint


def test_a_port_of_our_own_node_is_no_obstacle(machine: Machine, taken: int) -> None:
    node = {
        "State": {"Running": True},
        "Config": {"Image": "node"},
        "HostConfig": {"PortBindings": {"30300/tcp": [{"HostIp": "127.0.0.1", "HostPort": str(taken)}]}},
    }
    machine.docker(containers=f"echo '{json.dumps([node])}'")
    machine.kind("echo 'stop here' >&2; exit 1")
    machine.helm()
    code, stderr = on_ports(machine, taken)
    assert "is held by" not in stderr
    assert code == ENVIRONMENT
    assert "gives no kubeconfig: stop here" in stderr  # it got past the ports, to the cluster
