"""What the job `applications` scrapes: every annotated pod, by the right name, and nothing twice."""

from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from obsdeploy.values import render
from tests.unit.values.discovered import endpoints, pod
from tests.unit.values.make import settings
from tests.unit.values.relabel import Labels, relabel, targets, url

SCRAPE = {"prometheus.io/scrape": "true"}
NAMED = {"app.kubernetes.io/name": "order"}


@pytest.fixture(scope="module")
def job() -> Mapping[str, Any]:
    rendered: Mapping[str, Any] = render(settings())["prometheus"]["scrapeConfigs"]["applications"]
    return rendered


def only(found: Iterable[Mapping[str, str]], job: Mapping[str, Any]) -> Labels:
    (target,) = targets(found, job)
    return target


def test_an_annotated_pod_is_one_target_with_three_labels(job: Mapping[str, Any]) -> None:
    target = only(pod(annotations=SCRAPE, labels=NAMED), job)
    assert url(target) == "http://10.244.0.7:8000/metrics"
    assert {name: text for name, text in target.items() if not name.startswith("__")} == {
        "namespace": "shop",
        "service": "order",
        "pod": "shop-5d8f7c9b6d-x2x9k",
    }


def test_annotations_name_port_path_and_scheme(job: Mapping[str, Any]) -> None:
    notes = {**SCRAPE, "prometheus.io/port": "9102", "prometheus.io/path": "/m?x=1", "prometheus.io/scheme": "https"}
    assert url(only(pod(annotations=notes, labels=NAMED), job)) == "https://10.244.0.7:9102/m?x=1"


def test_a_port_annotation_folds_a_pods_ports_into_one_target(job: Mapping[str, Any]) -> None:
    many = pod(annotations={**SCRAPE, "prometheus.io/port": "9102"}, ports=[(8000, "TCP"), (9102, "TCP"), (5353, "UDP")])
    assert url(only(many, job)) == "http://10.244.0.7:9102/metrics"


def test_a_port_annotation_works_where_no_port_is_declared(job: Mapping[str, Any]) -> None:
    assert url(only(pod(annotations={**SCRAPE, "prometheus.io/port": "9102"}, ports=[]), job)) == "http://10.244.0.7:9102/metrics"


def test_without_a_port_annotation_each_declared_tcp_port_counts(job: Mapping[str, Any]) -> None:
    found = targets(pod(annotations=SCRAPE, ports=[(8000, "TCP"), (8001, "TCP"), (5353, "UDP")]), job)
    assert sorted(one["__address__"] for one in found) == ["10.244.0.7:8000", "10.244.0.7:8001"]


def test_init_containers_and_finished_pods_are_left_alone(job: Mapping[str, Any]) -> None:
    assert not targets(pod(annotations=SCRAPE, init=True), job)
    for phase in ("Pending", "Succeeded", "Failed"):
        assert not targets(pod(annotations=SCRAPE, phase=phase), job)


def test_a_services_annotation_counts_for_pods_without_any(job: Mapping[str, Any]) -> None:
    bare = pod(labels=NAMED)
    assert url(only([*bare, *endpoints(bare, annotations=SCRAPE)], job)) == "http://10.244.0.7:8000/metrics"


def test_pod_and_service_annotated_is_still_one_target(job: Mapping[str, Any]) -> None:
    both = pod(annotations=SCRAPE)
    found = [
        *both,
        *endpoints(both, service="other-name", annotations=SCRAPE),
        *endpoints(both, service="second", annotations=SCRAPE),
    ]
    assert len(targets(found, job)) == 1


def test_a_pods_own_no_is_stronger_than_its_services_yes(job: Mapping[str, Any]) -> None:
    refuses = pod(annotations={"prometheus.io/scrape": "false"})
    assert not targets([*refuses, *endpoints(refuses, annotations=SCRAPE)], job)


def test_a_service_of_two_ip_families_is_one_target(job: Mapping[str, Any]) -> None:
    bare = pod(labels=NAMED)
    second = [{**one, "__address__": "[fd00::7]:8000"} for one in bare]
    found = [*endpoints(bare, annotations=SCRAPE), *endpoints(second, annotations=SCRAPE, family="-6")]
    assert url(only(found, job)) == "http://10.244.0.7:8000/metrics"


def test_ports_that_an_annotated_service_does_not_bind_are_left_alone(job: Mapping[str, Any]) -> None:
    two = pod(ports=[(8000, "TCP"), (9000, "TCP")], labels=NAMED)
    assert url(only(endpoints(two, annotations=SCRAPE), job)) == "http://10.244.0.7:8000/metrics"


def test_an_annotated_service_may_name_a_port_that_it_does_not_bind(job: Mapping[str, Any]) -> None:
    two = pod(ports=[(8000, "TCP"), (9000, "TCP")], labels=NAMED)
    found = endpoints(two, annotations={**SCRAPE, "prometheus.io/port": "9000"})
    assert url(only(found, job)) == "http://10.244.0.7:9000/metrics"


def test_ipv6_addresses_get_their_brackets(job: Mapping[str, Any]) -> None:
    found = pod(ip="fd00:10:244::7", annotations={**SCRAPE, "prometheus.io/port": "9102"})
    assert url(only(found, job)) == "http://[fd00:10:244::7]:9102/metrics"


@pytest.mark.parametrize(
    ("labels", "service"),
    [
        ({"app.kubernetes.io/name": "order", "app": "legacy"}, "order"),
        ({"app": "legacy"}, "legacy"),
        ({}, "shop"),
    ],
)
def test_the_service_label_of_an_annotated_pod(job: Mapping[str, Any], labels: dict[str, str], service: str) -> None:
    assert only(pod(annotations=SCRAPE, labels=labels), job)["service"] == service


def test_the_service_label_of_pods_behind_an_annotated_service(job: Mapping[str, Any]) -> None:
    assert only(endpoints(pod(), service="front-door", annotations=SCRAPE), job)["service"] == "front-door"
    assert only(endpoints(pod(labels={"app": "web"}), service="front-door", annotations=SCRAPE), job)["service"] == "web"


def test_pods_that_no_replica_set_made_are_named_after_their_maker_or_themselves(job: Mapping[str, Any]) -> None:
    assert only(pod("db-0", annotations=SCRAPE, controller=("StatefulSet", "db")), job)["service"] == "db"
    assert only(pod("lone", annotations=SCRAPE, controller=None), job)["service"] == "lone"


def test_parts_of_the_stack_are_not_scraped_a_second_time(job: Mapping[str, Any]) -> None:
    own = {"app.kubernetes.io/instance": "obs", "app.kubernetes.io/name": "grafana"}
    assert not targets(pod(annotations=SCRAPE, labels=own, namespace="monitoring"), job)
    assert targets(pod(annotations=SCRAPE, labels=own, namespace="elsewhere"), job)


def test_the_clusters_own_parts_are_applications_only_with_full_metrics(job: Mapping[str, Any]) -> None:
    dns = pod("coredns-1", annotations={**SCRAPE, "prometheus.io/port": "9153"}, namespace="kube-system")
    assert not targets(dns, job)
    full = render(settings(metrics="full"))["prometheus"]["scrapeConfigs"]["applications"]
    assert len(targets(dns, full)) == 1


def test_lean_drops_only_python_noise_of_applications(job: Mapping[str, Any]) -> None:
    rules = job["metric_relabel_configs"]
    for name in ("python_gc_objects_collected_total", "http_requests_created"):
        assert relabel({"__name__": name}, rules) is None
    for name in ("http_requests_total", "process_cpu_seconds_total", "process_resident_memory_bytes", "orders_created_total"):
        assert relabel({"__name__": name}, rules) is not None


def test_nothing_is_taken_over_from_annotations_by_pattern(job: Mapping[str, Any]) -> None:
    assert job["honor_labels"] is False
    assert all(rule.get("action") != "labelmap" for rule in job["relabel_configs"])
