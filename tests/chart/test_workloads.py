"""What every pod, volume and Service of the stack has to be, whichever settings made it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.chart import scenarios
from tests.chart.helm import Manifest, one

Rendered = Callable[[str], list[Manifest]]
_WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet")


@pytest.fixture(params=scenarios.NAMES)
def manifests(request: pytest.FixtureRequest, rendered: Rendered) -> list[Manifest]:
    return rendered(request.param)


def _pods(manifests: list[Manifest]) -> Iterator[tuple[str, dict[str, Any]]]:
    for each in manifests:
        if each["kind"] in _WORKLOADS:
            yield each["metadata"]["name"], each["spec"]["template"]["spec"]


def _containers(manifests: list[Manifest]) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    for name, pod in _pods(manifests):
        for container in [*pod.get("initContainers", []), *pod["containers"]]:
            yield f"{name}/{container['name']}", pod, container


def test_nothing_runs_as_root(manifests: list[Manifest]) -> None:
    for name, pod, container in _containers(manifests):
        context = {**pod.get("securityContext", {}), **container.get("securityContext", {})}
        # Log files are root's; without a capability root may do what their owner may, and no more.
        if name != "log-collector-agent/opentelemetry-collector":
            assert context["runAsNonRoot"] is True, name
            assert context["runAsUser"] > 0, name
        assert context["allowPrivilegeEscalation"] is False, name
        assert context["capabilities"] == {"drop": ["ALL"]}, name
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}, name


def test_root_file_systems_are_read_only(manifests: list[Manifest]) -> None:
    for name, _, container in _containers(manifests):
        assert container["securityContext"]["readOnlyRootFilesystem"] is True, name


def test_every_container_asks_for_what_it_needs(manifests: list[Manifest]) -> None:
    for name, _, container in _containers(manifests):
        assert {"cpu", "memory"} <= container["resources"]["requests"].keys(), name


def test_every_container_is_probed(manifests: list[Manifest]) -> None:
    for name, _, container in _containers(manifests):
        assert "readinessProbe" in container, name


def test_only_what_talks_to_the_api_server_gets_a_token(manifests: list[Manifest]) -> None:
    given = {name for name, pod in _pods(manifests) if pod.get("automountServiceAccountToken", True)}
    assert given <= {"prometheus-server", "kube-state-metrics", "redis-exporter", "kafka-exporter", "log-collector-agent"}


def test_names_and_ports_are_those_of_the_contract(manifests: list[Manifest]) -> None:
    ports = {each["metadata"]["name"]: each["spec"]["ports"][0]["port"] for each in manifests if each["kind"] == "Service"}
    contract = {
        "prometheus-server": 80,
        "grafana": 80,
        "alertmanager": 9093,
        "alertmanager-headless": 9093,
        "kube-state-metrics": 8080,
        "node-exporter": 9100,
        "redis-exporter": 9121,
        "kafka-exporter": 9308,
        "loki": 3100,
        "loki-headless": 3100,
        "loki-memberlist": 7946,
    }
    assert {"prometheus-server", "grafana"} <= ports.keys()
    assert ports.items() <= contract.items()


def test_services_lead_to_pods(manifests: list[Manifest]) -> None:
    labels = [each["spec"]["template"]["metadata"]["labels"] for each in manifests if each["kind"] in _WORKLOADS]
    for service in (each for each in manifests if each["kind"] == "Service"):
        selected = [each for each in labels if service["spec"]["selector"].items() <= each.items()]
        assert len(selected) == 1, service["metadata"]["name"]


def test_data_outlives_the_release(manifests: list[Manifest]) -> None:
    claims = {each["metadata"]["name"]: each for each in manifests if each["kind"] == "PersistentVolumeClaim"}
    assert claims.keys() == {"prometheus-server", "grafana"}
    for name, claim in claims.items():
        assert claim["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep", name
    for name in claims:
        assert one(manifests, "Deployment", name)["spec"]["strategy"]["type"] == "Recreate", name


def test_every_config_map_and_claim_that_is_mounted_is_there(manifests: list[Manifest]) -> None:
    objects = {(each["kind"], each["metadata"]["name"]) for each in manifests}
    for name, pod in _pods(manifests):
        for volume in pod.get("volumes", []):
            if "configMap" in volume:
                assert ("ConfigMap", volume["configMap"]["name"]) in objects, name
            if "persistentVolumeClaim" in volume:
                assert ("PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"]) in objects, name


def test_service_accounts_are_there(manifests: list[Manifest]) -> None:
    accounts = {each["metadata"]["name"] for each in manifests if each["kind"] == "ServiceAccount"}
    assert {pod["serviceAccountName"] for _, pod in _pods(manifests)} <= accounts


def test_images_come_from_the_registry_that_was_named(rendered: Rendered) -> None:
    images = [container["image"] for _, _, container in _containers(rendered("prod-everything"))]
    assert [image for image in images if not image.startswith("registry.example:5000/mirror/")] == []
