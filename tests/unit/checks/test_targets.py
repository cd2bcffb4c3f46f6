"""Reading targets: errors in plain words, and pages that are scraped twice."""

from typing import Any

import pytest

from obsdeploy.checks.targets import Target, doubles, read_targets, service_addresses


def target(url: str, job: str = "applications", health: str = "up", error: str = "", **labels: str) -> Target:
    return Target(job, url, health, error, 100.0, 15.0, labels, {})


def test_targets_are_read_as_prometheus_lists_them() -> None:
    raw = {
        "activeTargets": [
            {
                "scrapePool": "redis",
                "scrapeUrl": "http://redis-exporter.monitoring.svc:9121/scrape?target=redis%3A%2F%2Fr%3A6379",
                "health": "down",
                "lastError": "boom",
                "lastScrape": "2026-01-01T00:00:15.123456789Z",
                "scrapeInterval": "1m30s",
                "labels": {"instance": "carts", "job": "redis"},
                "discoveredLabels": {"__address__": "redis://r:6379"},
            },
            {
                "scrapePool": "new",
                "scrapeUrl": "http://n/m",
                "health": "unknown",
                "lastScrape": "0001-01-01T00:00:00Z",
                "scrapeInterval": "15s",
            },
        ]
    }
    first, second = read_targets(raw)
    assert (first.name, first.interval, first.last) == ("redis carts", 90.0, 1767225615.123456)
    assert (second.last, second.explained) == (0.0, "not scraped yet")


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        ('Get "http://10.1.1.1:80/metrics": dial tcp 10.1.1.1:80: connect: connection refused', "nothing listens on that port"),
        ('Get "http://x/m": dial tcp: lookup x on 10.96.0.10:53: no such host', "the name does not resolve"),
        ('Get "http://x/m": context deadline exceeded', "no answer within the scrape timeout"),
        ("server returned HTTP status 404 Not Found", "no metrics at that path"),
        ("server returned HTTP status 403 Forbidden", "lacks a permission"),
        ('expected a valid start token, got "<" ("INVALID") while parsing: "<"', "no metrics page"),
        ('Get "https://x/m": tls: failed to verify certificate: x509: certificate signed by unknown authority', "not trusted"),
    ],
)
def test_an_error_is_told_with_its_meaning_and_without_the_url(error: str, meaning: str) -> None:
    said = target("http://10.1.1.1/metrics", health="down", error=error).explained
    assert meaning in said
    assert "Get " not in said


def test_an_unknown_error_is_told_as_it_stands() -> None:
    assert target("http://x/m", health="down", error="the moon is in the way").explained == "the moon is in the way"


def test_two_jobs_on_one_page_scrape_it_twice() -> None:
    found = doubles([target("http://10.0.0.1:80/metrics", pod="a"), target("http://10.0.0.1:80/metrics", job="other")], {})
    assert [(page, [t.job for t in group]) for page, group in found] == [("10.0.0.1:80/metrics", ["applications", "other"])]


@pytest.mark.parametrize(
    "other",
    [
        "http://10.0.0.1:81/metrics",
        "http://10.0.0.2:80/metrics",
        "http://10.0.0.1:80/other",
        "http://10.0.0.1:80/metrics?target=b",
    ],
)
def test_another_port_pod_path_or_parameter_is_another_page(other: str) -> None:
    assert doubles([target("http://10.0.0.1:80/metrics"), target(other)], {}) == []


def test_a_service_and_the_pod_behind_it_are_one_page() -> None:
    service = target("http://grafana.monitoring.svc:80/metrics", job="grafana")
    pod = target("http://10.0.0.7:3000/metrics", pod="grafana-1")
    addresses = service_addresses([service, pod], [endpoint_slice("10.0.0.7")], [GRAFANA])
    assert addresses == {"grafana.monitoring.svc:80": "10.0.0.7:3000"}
    assert [page for page, _ in doubles([service, pod], addresses)] == ["10.0.0.7:3000/metrics"]


def test_a_service_in_front_of_two_pods_stands_for_neither() -> None:
    service = target("http://grafana.monitoring.svc:80/metrics")
    assert service_addresses([service], [endpoint_slice("10.0.0.7"), endpoint_slice("10.0.0.8")], [GRAFANA]) == {}


GRAFANA: dict[str, Any] = {
    "metadata": {"namespace": "monitoring", "name": "grafana"},
    "spec": {"ports": [{"name": "service", "port": 80}]},
}


def endpoint_slice(address: str) -> dict[str, Any]:
    return {
        "metadata": {"namespace": "monitoring", "labels": {"kubernetes.io/service-name": "grafana"}},
        "ports": [{"name": "service", "port": 3000}],
        "endpoints": [{"addresses": [address]}],
    }
