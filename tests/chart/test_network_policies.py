"""Who may reach whom, with network policies on: decided here as a network plugin would."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.chart.conftest import Render
from tests.chart.helm import Manifest

Rendered = Callable[[str], list[Manifest]]


@pytest.fixture(scope="module")
def stack(rendered: Rendered) -> list[Manifest]:
    return rendered("prod-everything")


def _pods(manifests: list[Manifest]) -> dict[str, dict[str, str]]:
    workloads = [each for each in manifests if "template" in each.get("spec", {})]
    return {each["metadata"]["name"]: each["spec"]["template"]["metadata"]["labels"] for each in workloads}


def _allowed(manifests: list[Manifest], source: str, target: str, port: int) -> bool:
    pods = _pods(manifests)
    policies = [each["spec"] for each in manifests if each["kind"] == "NetworkPolicy"]
    selected = [policy for policy in policies if _matches(policy["podSelector"], pods[target])]
    return not selected or any(
        any(each["port"] == port for each in rule["ports"])
        and any(_matches(peer.get("podSelector", {"matchLabels": {"no": "pod"}}), pods[source]) for peer in rule["from"])
        for policy in selected
        for rule in policy["ingress"]
    )


def _matches(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    wanted: dict[str, str] = selector["matchLabels"]
    return wanted.items() <= labels.items()


@pytest.mark.parametrize(
    ("source", "target", "port"),
    [
        ("grafana", "prometheus-server", 9090),
        ("prometheus-server", "grafana", 3000),
        ("prometheus-server", "alertmanager", 9093),
        ("grafana", "alertmanager", 9093),
        ("alertmanager", "alertmanager", 9094),
        ("prometheus-server", "kube-state-metrics", 8080),
        ("prometheus-server", "redis-exporter", 9121),
        ("prometheus-server", "kafka-exporter", 9308),
        ("prometheus-server", "node-exporter", 9100),
        ("log-collector-agent", "loki", 3100),
        ("grafana", "loki", 3100),
        ("prometheus-server", "loki", 3100),
        ("prometheus-server", "log-collector-agent", 8888),
    ],
)
def test_what_the_stack_needs_passes(stack: list[Manifest], source: str, target: str, port: int) -> None:
    assert _allowed(stack, source, target, port)


@pytest.mark.parametrize(
    ("source", "target", "port"),
    [
        ("redis-exporter", "prometheus-server", 9090),
        ("kube-state-metrics", "grafana", 3000),
        ("grafana", "redis-exporter", 9121),
        ("alertmanager", "prometheus-server", 9090),
        ("prometheus-server", "alertmanager", 9094),
        ("redis-exporter", "loki", 3100),
        ("grafana", "log-collector-agent", 8888),
    ],
)
def test_the_rest_does_not(stack: list[Manifest], source: str, target: str, port: int) -> None:
    assert not _allowed(stack, source, target, port)


def test_the_policies_cover_every_pod_that_is_not_in_the_nodes_network(stack: list[Manifest]) -> None:
    selectors = [each["spec"]["podSelector"] for each in stack if each["kind"] == "NetworkPolicy"]
    uncovered = [name for name, labels in _pods(stack).items() if not any(_matches(each, labels) for each in selectors)]
    assert uncovered == ["node-exporter"]


def test_the_named_ingress_controller_gets_in(stack: list[Manifest]) -> None:
    grafana = next(each for each in stack if (each["kind"], each["metadata"]["name"]) == ("NetworkPolicy", "obs-grafana"))
    peers = grafana["spec"]["ingress"][0]["from"]
    assert {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "ingress-nginx"}}} in peers


def test_there_are_none_unless_asked_for(render_with: Render) -> None:
    assert [each for each in render_with({}) if each["kind"] == "NetworkPolicy"] == []
