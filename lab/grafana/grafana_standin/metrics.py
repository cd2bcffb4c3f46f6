"""The stand-in's own metrics, under the names and labels of Grafana's."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from . import VERSION

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25)
_BYTES = tuple(4.0**power for power in range(3, 14))


class Metrics:
    """One registry a server."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        build = ["version", "edition", "revision", "branch", "goversion"]
        info = Gauge("grafana_build_info", "Version of the API that is followed", build, registry=registry)
        info.labels(VERSION, "stand-in", "", "", "").set(1)
        Counter("grafana_instance_start_total", "Started instances", registry=registry).inc()
        self.in_flight = Gauge("grafana_http_request_in_flight", "Requests being served", registry=registry)
        self.requests = Histogram(
            "grafana_http_request_duration_seconds",
            "Latency of HTTP requests",
            ["handler", "status_code", "method"],
            buckets=_SECONDS[:10],
            registry=registry,
        )
        self.api_status = Counter("grafana_api_response_status_total", "API answers by status", ["code"], registry=registry)
        self.page_status = Counter("grafana_page_response_status_total", "Pages by status", ["code"], registry=registry)
        self.proxy_status = Counter("grafana_proxy_response_status_total", "Proxied by status", ["code"], registry=registry)
        for family in (self.api_status, self.page_status, self.proxy_status):
            for code in ("200", "404", "500", "unknown"):
                family.labels(code)
        self.logins = Counter("grafana_api_login_post_total", "Sign-ins by form", registry=registry)
        self.dashboards = Gauge("grafana_stat_totals_dashboard", "Dashboards", registry=registry)
        self.folders = Gauge("grafana_stat_totals_folder", "Folders", registry=registry)
        self.sources = Gauge("grafana_stat_totals_datasource", "Data sources by plugin", ["plugin_id"], registry=registry)
        Gauge("grafana_stat_total_users", "Users", registry=registry).set(1)
        Gauge("grafana_stat_total_orgs", "Organizations", registry=registry).set(1)
        labels = ["datasource", "datasource_type", "code", "method"]
        self._source_total = Counter("grafana_datasource_request_total", "Requests to data sources", labels, registry=registry)
        self._source_seconds = Histogram(
            "grafana_datasource_request_duration_seconds", "Their latency", labels, buckets=_SECONDS, registry=registry
        )
        self._source_bytes = Histogram(
            "grafana_datasource_response_size_bytes", "Size of their answers", labels[:2], buckets=_BYTES, registry=registry
        )
        plugin = ["plugin_id", "endpoint", "status"]
        self._plugin_total = Counter("grafana_plugin_request_total", "Requests to plugins", plugin, registry=registry)
        self._plugin_seconds = Histogram(
            "grafana_plugin_request_duration_seconds", "Their latency", plugin, buckets=_SECONDS, registry=registry
        )

    def source_request(self, name: str, kind: str, method: str, *, code: str, seconds: float, size: int) -> None:
        """Count one request to a data source; `code` is the HTTP status, or `error` without an answer."""
        values = (name.lower().replace(" ", "-"), kind, code, method)
        self._source_total.labels(*values).inc()
        self._source_seconds.labels(*values).observe(seconds)
        self._source_bytes.labels(*values[:2]).observe(size)

    @contextmanager
    def plugin_request(self, kind: str, endpoint: str) -> Iterator[dict[str, str]]:
        """Time what is done for one endpoint of a data source; set `["status"]` to `error` when it failed."""
        outcome = {"status": "ok"}
        start = time.perf_counter()
        try:
            yield outcome
        finally:
            self._plugin_total.labels(kind, endpoint, outcome["status"]).inc()
            self._plugin_seconds.labels(kind, endpoint, outcome["status"]).observe(time.perf_counter() - start)

    def exposition(self) -> bytes:
        """Everything in Prometheus' text format."""
        return generate_latest(self._registry)
