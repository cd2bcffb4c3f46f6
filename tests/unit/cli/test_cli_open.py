"""`obsdeploy open`: what is there decides, Services and all: addresses, port-forwards, or that nothing is installed."""

from __future__ import annotations

import json
import signal
import socket
from collections.abc import Iterator

import pytest

from tests.unit.cli.api_server import ApiServer
from tests.unit.cli.conftest import Machine

SERVICES = "/api/v1/namespaces/monitoring/services/{}"


@pytest.fixture
def ports() -> Iterator[tuple[int, int]]:
    """Two ports of this machine that somebody listens on, as docker does for a node's."""
    with socket.socket() as grafana, socket.socket() as prometheus:
        for one in (grafana, prometheus):
            one.bind(("127.0.0.1", 0))
            one.listen()
        yield grafana.getsockname()[1], prometheus.getsockname()[1]


@pytest.fixture
def with_ports(machine: Machine, api: ApiServer, ports: tuple[int, int]) -> dict[str, str]:
    """A kind cluster of our own whose node has ports of this machine, and the settings that name them."""
    bindings = {
        f"{inside}/tcp": [{"HostIp": "127.0.0.1", "HostPort": str(outside)}]
        for inside, outside in zip((30300, 30909), ports, strict=True)
    }
    node = {"State": {"Running": True}, "Config": {"Image": "node"}, "HostConfig": {"PortBindings": bindings}}
    machine.docker(containers=f"echo '{json.dumps([node])}'")
    machine.kind()
    machine.data.mkdir(parents=True)
    machine.kubeconfig(api.url, context="kind-obsdeploy", token="t").rename(machine.data / "kind-obsdeploy.kubeconfig")
    names = ("OBSDEPLOY_KIND__HOST_PORTS__GRAFANA", "OBSDEPLOY_KIND__HOST_PORTS__PROMETHEUS")
    return {name: str(port) for name, port in zip(names, ports, strict=True)}


def installed(api: ApiServer, kind: str) -> None:
    for name in ("grafana", "prometheus-server"):
        api.objects[SERVICES.format(name)] = {"metadata": {"name": name}, "spec": {"type": kind}}


def test_what_the_cluster_publishes_is_only_told(
    machine: Machine, api: ApiServer, with_ports: dict[str, str], ports: tuple[int, int]
) -> None:
    installed(api, "NodePort")
    done = machine.run("open", **with_ports)
    assert (done.returncode, done.stderr) == (0, "")
    assert "there is nothing to hold open" in done.stdout
    assert f"http://localhost:{ports[0]}" in done.stdout


def test_a_stack_that_is_not_there_has_no_addresses(machine: Machine, with_ports: dict[str, str]) -> None:
    done = machine.run("open", **with_ports)
    assert (done.returncode, done.stdout) == (3, "")
    assert "error: there is no Service grafana in namespace monitoring of kind-obsdeploy" in done.stderr
    assert "hint: Install the stack with 'obsdeploy up'" in " ".join(done.stderr.split())


def test_where_nothing_is_behind_the_nodes_ports_others_are_held(
    machine: Machine, api: ApiServer, with_ports: dict[str, str], ports: tuple[int, int]
) -> None:
    installed(api, "ClusterIP")
    process = machine.start("open", **with_ports)
    assert process.stdout is not None
    said = [process.stdout.readline() for _ in range(3)]
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=30)
    assert said[-1] == "Held until Ctrl-C.\n", stderr
    held = [int(line.rsplit(":", 1)[1]) for line in said[:2]]
    assert not {0, *ports} & set(held)
    assert process.returncode == 130
    assert f"grafana: port {ports[0]} is that of the cluster's node; another is taken" in stderr


def test_a_port_that_somebody_else_holds_is_an_error(
    machine: Machine, api: ApiServer, with_ports: dict[str, str], ports: tuple[int, int]
) -> None:
    installed(api, "ClusterIP")
    machine.docker(containers="echo 'Error: No such container' >&2; exit 1")
    done = machine.run("open", **with_ports)
    assert done.returncode == 3
    assert f"port {ports[0]} of this machine, meant for grafana, is held by " in done.stderr
    assert "--grafana-port" in done.stderr


def test_a_node_that_is_stopped_is_told_as_such(machine: Machine, api: ApiServer, with_ports: dict[str, str]) -> None:
    stopped = {"State": {"Running": False}, "Config": {"Image": "node"}, "HostConfig": {}}
    machine.docker(containers=f"echo '{json.dumps([stopped])}'")
    api.status = 503
    done = machine.run("open", **with_ports)
    assert done.returncode == 3
    assert "kind cluster obsdeploy is stopped" in done.stderr
