"""Reaching Grafana and Prometheus without ports of the machine: `open`, and kubectl's own port-forward."""

from __future__ import annotations

import signal
import socket
import subprocess
from collections.abc import Iterator

import httpx
import pytest

from tests.e2e.forwarding import forwarded
from tests.e2e.machine import Machine, eventually, free_port

NO_HOST_PORTS = ("--set", "kind.hostPorts.enabled=false")


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=10).status_code == 200
    except httpx.HTTPError:
        return False


def test_open_says_that_there_is_nothing_to_hold_where_ports_are_published(stack: Machine) -> None:
    done = stack.run("open")
    assert done.returncode == 0
    assert "there is nothing to hold open" in done.stdout
    assert stack.grafana in done.stdout


@pytest.fixture
def held(stack: Machine) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    grafana, prometheus = free_port(), free_port()
    ports = ("--grafana-port", str(grafana), "--prometheus-port", str(prometheus))
    process = stack.start("open", *NO_HOST_PORTS, *ports)
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(3)]
    assert lines[-1] == "Held until Ctrl-C.\n", lines
    yield process, f"http://127.0.0.1:{grafana}", f"http://127.0.0.1:{prometheus}"
    process.kill()
    process.communicate()


def test_open_holds_both_and_outlives_a_pod(stack: Machine, held: tuple[subprocess.Popen[str], str, str]) -> None:
    process, grafana, prometheus = held
    assert answers(f"{grafana}/api/health")
    assert answers(f"{prometheus}/-/ready")
    stack.kubectl("delete", "pod", "-n", "monitoring", "-l", "app.kubernetes.io/name=grafana", "--wait=true")
    eventually(lambda: answers(f"{grafana}/api/health"), 90, "Grafana never came back through the same port")
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=15)
    assert process.returncode == 130
    assert "grafana: now pod grafana-" in stderr
    assert "'obsdeploy open' opens them again" in stderr


def test_open_names_who_holds_a_port(stack: Machine) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = stack.run("open", *NO_HOST_PORTS, "--grafana-port", str(port))
    assert done.returncode == 3
    assert f"port {port} of this machine, meant for grafana, is held by " in done.stderr
    assert "--grafana-port" in done.stderr


def test_a_cluster_that_exists_is_installed_into_and_proven_through_the_api_server(stack: Machine) -> None:
    where = ("--kubeconfig", str(stack.kubeconfig), "--context", stack.context)
    done = stack.run("up", "--demo", *where, *stack.charts_and_images)
    assert done.returncode == 0, done.stderr + done.stdout
    assert "Grafana     'obsdeploy open' holds a port-forward to it" in done.stdout
    assert stack.object("service", "grafana", "-n", "monitoring")["spec"]["type"] == "ClusterIP"
    # The node still has its ports, with nothing behind them.
    process = stack.start("open")
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(3)]
    grafana = lines[0].rpartition(" ")[2].strip()
    held = (lines[-1], grafana != stack.grafana and answers(f"{grafana}/api/health"))
    process.send_signal(signal.SIGINT)
    opened = stack.ended(process, 15)
    assert held == ("Held until Ctrl-C.\n", True), opened.stderr
    assert f"grafana: port {stack.grafana_port} is that of the cluster's node; another is taken" in opened.stderr
    assert stack.users_kubeconfig.read_text() == "current-context: precious\n"
    back = stack.run("up", "--demo", *stack.charts_and_images)
    assert back.returncode == 0, back.stderr + back.stdout
    assert answers(f"{stack.grafana}/api/health")


@pytest.mark.parametrize(("service", "path"), [("grafana", "/api/health"), ("prometheus-server", "/-/ready")])
def test_the_missions_own_port_forward_works(stack: Machine, service: str, path: str) -> None:
    with forwarded(stack, service, 80, "monitoring", path) as url:
        assert httpx.get(f"{url}{path}").status_code == 200
