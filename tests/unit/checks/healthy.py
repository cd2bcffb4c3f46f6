"""The parts of a stack that is well: one node, Prometheus, Grafana, Redis, and the objects of their release."""

from __future__ import annotations

import json
from typing import Any

from tests.unit.checks.fakes import NOW, RULES_HASH, FakeGrafana, FakeKube, FakePrometheus, Stack, named, record, sample, stamp

Json = Any

MANIFEST = """
---
# Source: obs-stack/charts/prometheus/templates/deploy.yaml
apiVersion: apps/v1
kind: Deployment
metadata: {name: prometheus-server}
spec: {replicas: 1}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: prometheus-server}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: obs-rules}
"""

EXPECTED = {
    "profile": "dev",
    "version": "0.1.0",
    "jobs": {"prometheus": {"min": 1}, "redis": {"min": 1, "reason": "one per instance named under redis:"}},
    "redis": [{"name": "carts", "address": "redis.shop.svc:6379"}],
    "components": {"alertmanager": True, "nodeExporter": True, "kubeStateMetrics": True, "redisExporter": True, "demo": False},
    "disabled": {},
    "demo": False,
    "scrapeIntervalSeconds": 15,
    "dashboardRefresh": "10s",
    "hostPorts": None,
    "metrics": "lean",
}

CONFIG = """
global: {scrape_interval: 15s, evaluation_interval: 15s}
scrape_configs:
  - job_name: prometheus
    static_configs: [{targets: ["localhost:9090"]}]
    metric_relabel_configs:
      - {source_labels: [__name__], regex: "prometheus_tsdb_head_series|process_.+", action: keep}
  - job_name: redis
    metrics_path: /scrape
  - job_name: node-exporter
  - job_name: applications
"""

RULE_FILE = """
groups:
  - name: stack
    rules:
      - {alert: Watchdog, expr: vector(1)}
      - {record: "service_endpoint:http_requests:rate1m", expr: 'sum by (service) (rate(http_requests_total{handler!=""}[1m]))'}
"""

RELEASE_FILE = f"""
groups:
  - name: obsdeploy-release
    rules: [{{record: obsdeploy_release_info, expr: vector(1), labels: {{rules: {RULES_HASH}}}}}]
"""

DASHBOARD: Json = {
    "uid": "obs-x",
    "title": "X",
    "refresh": "10s",
    "templating": {
        "list": [
            {"name": "datasource", "type": "datasource", "query": "prometheus", "current": {"value": "prometheus"}},
            {
                "name": "instance",
                "type": "query",
                "query": {"query": "label_values(redis_up, instance)"},
                "includeAll": True,
                "multi": True,
                "current": {"value": ["$__all"]},
            },
        ]
    },
    "panels": [
        {"id": 1, "type": "row", "title": "Redis"},
        {
            "id": 2,
            "type": "stat",
            "title": "Clients",
            "datasource": {"type": "prometheus", "uid": "${datasource}"},
            "targets": [
                {"refId": "A", "expr": 'sum(redis_connected_clients{instance=~"$instance"})', "range": True, "instant": False}
            ],
        },
    ],
}
CLIENTS = 'sum(redis_connected_clients{instance=~"carts"})'
"""The panel's query with its variable filled in."""


def target(job: str, url: str, health: str = "up", error: str = "", ago: float = 5.0, **labels: str) -> Json:
    """A target as /api/v1/targets lists it."""
    return {
        "scrapePool": job,
        "scrapeUrl": url,
        "health": health,
        "lastError": error,
        "lastScrape": stamp(ago),
        "scrapeInterval": "15s",
        "labels": {"job": job, **labels},
        "discoveredLabels": {},
    }


def rule(name: str, kind: str = "recording", **more: Json) -> Json:
    """A rule as /api/v1/rules lists it."""
    return {"name": name, "type": kind, "query": "vector(1)", "health": "ok", "lastEvaluation": stamp(5), "labels": {}, **more}


def points(*values: float | None, every: float = 15.0, until: float = NOW) -> Json:
    """A result of /api/ds/query with one series that ends at `until`."""
    times = [round((until - every * index) * 1000) for index in reversed(range(len(values)))]
    fields = [{"name": "Time", "type": "time"}, {"name": "Value", "type": "number"}]
    return {"status": 200, "frames": [{"schema": {"fields": fields}, "data": {"values": [times, list(values)]}}]}


EMPTY: Json = {"status": 200, "frames": []}


def stack() -> Stack:
    """Everything is well."""
    return Stack(kube(), prometheus(), grafana())


def kube() -> FakeKube:
    ready = {"conditions": [{"type": "Ready", "status": "True"}]}
    ours = {"app.kubernetes.io/instance": "obs", "app.kubernetes.io/name": "prometheus"}
    running = {"containerStatuses": [{"name": "server", "ready": True, "state": {"running": {"startedAt": stamp(3000)}}}]}
    part_of = {"app.kubernetes.io/part-of": "obs-stack"}
    status = {"observedGeneration": 1, "replicas": 1, "readyReplicas": 1, "updatedReplicas": 1}
    default_class = named("standard", None)
    default_class["metadata"]["annotations"]["storageclass.kubernetes.io/is-default-class"] = "true"
    return FakeKube(
        documents={"/version": {"gitVersion": "v1.36.3"}},
        services={"/api/v2/alerts": [{"labels": {"alertname": "Watchdog"}, "updatedAt": stamp(5)}]},
        objects={
            "nodes": [named("node-1", None, status=ready)],
            "storageclasses": [default_class],
            "secrets": [record(manifest=MANIFEST)],
            "deployments": [named("prometheus-server", spec={"replicas": 1, "selector": {"matchLabels": ours}}, status=status)],
            "pods": [named("prometheus-server-1", labels=ours, spec={}, status=ready | running | {"podIP": "10.0.0.9"})],
            "persistentvolumeclaims": [
                named("prometheus-server", spec={}, status={"phase": "Bound", "capacity": {"storage": "8Gi"}})
            ],
            "services": [],
            "endpointslices": [],
            "configmaps": [
                named(
                    "obs-release",
                    data={"expected.json": json.dumps(EXPECTED), "expectations.json": "{}", "rules.sha256": RULES_HASH},
                ),
                named("prometheus-server", data={"prometheus.yml": CONFIG}),
                named("obs-rules", data={"alerts.yaml": RULE_FILE, "release.yaml": RELEASE_FILE}),
                named("obs-dashboards", labels=part_of, data={"obs-x.json": json.dumps(DASHBOARD)}),
            ],
        },
    )


def prometheus() -> FakePrometheus:
    recorded = "service_endpoint:http_requests:rate1m"
    groups = [
        {
            "name": "stack",
            "interval": 15,
            "rules": [
                rule("Watchdog", "alerting"),
                rule(recorded, query='sum by (service) (rate(http_requests_total{handler!=""}[1m]))'),
            ],
        },
        {"name": "obsdeploy-release", "interval": 15, "rules": [rule("obsdeploy_release_info", labels={"rules": RULES_HASH})]},
    ]
    return FakePrometheus(
        data={
            "status/buildinfo": {"version": "3.5.3"},
            "status/runtimeinfo": {"reloadConfigSuccess": True, "lastConfigTime": stamp(3000), "startTime": stamp(3000)},
            "status/config": {"yaml": CONFIG},
            "status/tsdb": {"headStats": {"numSeries": 4200}, "seriesCountByMetricName": [{"name": "up", "value": 9}]},
            "rules": {"groups": groups},
            "alerts": {"alerts": [{"labels": {"alertname": "Watchdog"}, "state": "firing"}]},
            "alertmanagers": {"activeAlertmanagers": [{"url": "http://alertmanager.monitoring.svc:9093/api/v2/alerts"}]},
            "targets": {
                "activeTargets": [
                    target("prometheus", "http://localhost:9090/metrics", instance="localhost:9090"),
                    target("redis", "http://redis-exporter:9121/scrape?target=a", instance="carts"),
                    target("node-exporter", "http://10.0.0.1:9100/metrics", node="node-1"),
                ]
            },
            "label/instance/values?redis_up": ["carts"],
        },
        vectors={
            "time()": [sample(NOW)],
            "redis_up": [sample(1, instance="carts")],
            "redis_up == 0": [],
            "redis_exporter_last_scrape_error > 0": [],
            "kube_node_info": [sample(1, node="node-1")],
        },
    )


def grafana() -> FakeGrafana:
    return FakeGrafana(
        answers={
            "user": {"login": "admin"},
            "datasources": [{"name": "Prometheus", "uid": "prometheus", "url": "http://prometheus-server.monitoring.svc"}],
            "datasources/uid/prometheus/health": {"status": "OK", "message": "Successfully queried the Prometheus API."},
            "dashboards/uid/obs-x": {"meta": {"provisioned": True}, "dashboard": json.loads(json.dumps(DASHBOARD))},
        },
        results={CLIENTS: points(3, 3, 4)},
    )
