"""kind and docker as programs: what they are asked, and what is read from their answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from obsdeploy.cluster.docker import Container, Docker
from obsdeploy.cluster.kind import ClusterState, Kind, PortMapping, cluster_config
from obsdeploy.errors import EnvironmentProblem

CREATING = """Creating cluster "obsdeploy" ...
 • Ensuring node image (node:1) 🖼  ...
 ✓ Ensuring node image (node:1) 🖼
 • Preparing nodes 📦   ...
 ✓ Preparing nodes 📦
 • Starting control-plane 🕹️  ...
"""


def program(folder: Path, name: str, script: str) -> Path:
    path = folder / name
    path.write_text(f'#!/bin/bash\necho "$@" >> {folder}/{name}.calls\n{script}\n')
    path.chmod(0o755)
    return path


def calls(folder: Path, name: str) -> list[str]:
    return (folder / f"{name}.calls").read_text().splitlines()


def kind(folder: Path, script: str = "", docker: str = "") -> Kind:
    engine = Docker(program(folder, "docker", docker))
    return Kind(program(folder, "kind", script), engine, "obsdeploy", folder / "own" / "kind-obsdeploy.kubeconfig")


def node(*, running: bool) -> str:
    inspected = {
        "State": {"Running": running},
        "Config": {"Image": "node:1"},
        "HostConfig": {
            "PortBindings": {
                "30300/tcp": [{"HostIp": "127.0.0.1", "HostPort": "3000"}],
                "6443/tcp": [{"HostIp": "127.0.0.1", "HostPort": "40123"}],
            }
        },
    }
    return f"cat <<'END'\n{json.dumps([inspected])}\nEND"


async def test_making_one_reports_kinds_steps_and_keeps_the_kubeconfig_private(tmp_path: Path) -> None:
    script = f"cat > {tmp_path}/config; touch {tmp_path}/own/kind-obsdeploy.kubeconfig; cat >&2 <<'END'\n{CREATING}END"
    own = kind(tmp_path, script)
    steps: list[str] = []
    await own.create(ports=[PortMapping(3000, 30300)], image="node:1", on_step=steps.append)
    assert steps == ["Ensuring node image (node:1)", "Preparing nodes", "Starting control-plane"]
    assert calls(tmp_path, "kind") == [f"create cluster --name obsdeploy --kubeconfig {own.kubeconfig} --config - --image node:1"]
    assert json.loads((tmp_path / "config").read_text()) == cluster_config([PortMapping(3000, 30300)])
    assert own.kubeconfig.stat().st_mode & 0o777 == 0o600
    assert own.kubeconfig.parent.stat().st_mode & 0o777 == 0o700


def test_the_ports_listen_on_the_loopback_only() -> None:
    (made,) = cluster_config([PortMapping(3000, 30300), PortMapping(9090, 30909)])["nodes"]
    assert {mapping["listenAddress"] for mapping in made["extraPortMappings"]} == {"127.0.0.1"}
    assert [(m["hostPort"], m["containerPort"]) for m in made["extraPortMappings"]] == [(3000, 30300), (9090, 30909)]


@pytest.mark.parametrize(
    ("stderr", "message", "hint"),
    [
        (
            'ERROR: failed to create cluster: command "docker run" failed with error: exit status 125\n'
            "docker: Error response: Bind for 127.0.0.1:3000 failed: port is already allocated.",
            'kind could not create the cluster: failed to create cluster: command "docker run" failed',
            "kind.hostPorts",
        ),
        ("something odd", "kind could not create the cluster: something odd", "-v"),
    ],
)
async def test_a_failed_creation_says_why(tmp_path: Path, stderr: str, message: str, hint: str) -> None:
    with pytest.raises(EnvironmentProblem) as caught:
        await kind(tmp_path, f"cat >&2 <<'END'\n{stderr}\nEND\nexit 1").create(ports=[], image=None, on_step=lambda _: None)
    assert caught.value.message.startswith(message)
    assert hint in caught.value.hint
    assert stderr in caught.value.__notes__[0]


NO_SUCH = "echo 'Error response from daemon: No such container: obsdeploy-control-plane' >&2; exit 1"
ABSENT = f"[[ $1 == container ]] || {{ echo another-one; exit; }}; {NO_SUCH}"


@pytest.mark.parametrize(
    ("docker", "marked", "state"),
    [
        (ABSENT, False, ClusterState.ABSENT),
        (ABSENT, True, ClusterState.ABSENT),
        (node(running=True), False, ClusterState.RUNNING),
        (node(running=False), False, ClusterState.STOPPED),
        (node(running=True), True, ClusterState.HALF_MADE),
    ],
    ids=["absent", "absent after a failed creation", "running", "stopped", "half made"],
)
async def test_states(tmp_path: Path, docker: str, marked: bool, state: ClusterState) -> None:
    own = kind(tmp_path, docker=docker)
    if marked:
        own.kubeconfig.parent.mkdir()
        own.kubeconfig.with_suffix(".creating").touch()
    found, container = await own.state()
    assert found is state
    assert (container is None) == (state is ClusterState.ABSENT)


async def test_a_node_that_docker_still_makes_for_somebody_gone_is_waited_for(tmp_path: Path) -> None:
    made_at_last = f"[[ $(grep -c ^container {tmp_path}/docker.calls) -lt 3 ]]"
    docker = f"[[ $1 == container ]] || {{ echo obsdeploy-control-plane; exit; }}; if {made_at_last}; then {NO_SUCH}; fi\n"
    own = kind(tmp_path, docker=docker + node(running=False))
    own.kubeconfig.parent.mkdir()
    own.kubeconfig.with_suffix(".creating").touch()
    assert (await own.state())[0] is ClusterState.HALF_MADE


async def test_a_node_that_docker_never_finishes_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("obsdeploy.cluster.docker.MAKING_SECONDS", 0.0)
    docker = f"[[ $1 == container ]] || {{ echo obsdeploy-control-plane; exit; }}; {NO_SUCH}"
    with pytest.raises(EnvironmentProblem, match="docker has been making the container obsdeploy-control-plane"):
        await kind(tmp_path, docker=docker).state()


async def test_a_stopped_nodes_ports_are_known_too(tmp_path: Path) -> None:
    _, container = await kind(tmp_path, docker=node(running=False)).state()
    assert container == Container("obsdeploy-control-plane", False, "node:1", {3000: 30300, 40123: 6443})


async def test_a_docker_that_answers_with_an_error_is_not_taken_for_no_cluster(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentProblem, match="docker could not describe the container obsdeploy-control-plane: i/o timeout"):
        await kind(tmp_path, docker="echo 'i/o timeout' >&2; exit 1").state()


async def test_deleting_forgets_kubeconfig_and_mark(tmp_path: Path) -> None:
    own = kind(tmp_path)
    own.kubeconfig.parent.mkdir()
    own.kubeconfig.touch()
    own.kubeconfig.with_suffix(".creating").touch()
    await own.delete()
    assert list(own.kubeconfig.parent.iterdir()) == []
    await own.delete()  # nothing there is no error


async def test_images_in_the_node(tmp_path: Path) -> None:
    own = kind(tmp_path, docker="printf 'docker.io/library/redis:8.0\\nsha256:abc\\n'")
    assert await own.images() == {"docker.io/library/redis:8.0", "sha256:abc"}
    assert calls(tmp_path, "docker") == ["exec obsdeploy-control-plane ctr --namespace=k8s.io images list -q"]
