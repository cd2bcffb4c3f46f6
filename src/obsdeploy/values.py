"""Settings → Helm values of the umbrella chart. Pure: equal settings give equal values."""

import json
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from obsdeploy import assets, logpipeline
from obsdeploy.expected import expected
from obsdeploy.merge import merged
from obsdeploy.settings.model import GRAFANA_NODE_PORT, PROMETHEUS_NODE_PORT, RELEASE, Settings
from obsdeploy.settings.units import seconds
from obsdeploy.writing import REDIS_SECRET, REDIS_SECRET_KEY, remote_write, secret_mounts
from obsdeploy.yamltext import parse

Values = dict[str, Any]

UPSTREAM_JOBS = (
    "kubernetes-api-servers",
    "kubernetes-nodes",
    "kubernetes-nodes-cadvisor",
    "kubernetes-pods",
    "kubernetes-pods-slow",
    "kubernetes-service-endpoints",
    "kubernetes-service-endpoints-slow",
    "kubernetes-services",
    "prometheus-pushgateway",
)
_LONGEST_SCRAPE = "10s"
_SLOWEST_FLOOR = "10s"


def render(settings: Settings) -> Values:
    """Values for `helm upgrade --install`: one document per template, then the user's own `values` on top."""
    environment = _environment()
    context = _context(settings)
    values: Values = {}
    for name in sorted(environment.list_templates(filter_func=lambda name: name.endswith(".yaml.j2"))):
        values = merged(values, parse(environment.get_template(name).render(context)))
    return merged(values, settings.values)


def keep_lists() -> dict[str, list[str]]:
    """What each job keeps with lean metrics: metric names or anchored regular expressions."""
    return _data("keep.yaml")


def drop_lists() -> dict[str, list[str]]:
    """What a job without a keep-list drops with lean metrics."""
    return _data("drop.yaml")


def _context(settings: Settings) -> dict[str, Any]:
    alertmanagers = range(settings.alertmanager.replicas)
    host = f"{settings.namespace}.svc:9093"
    ingress = settings.grafana.ingress
    scrape_timeout = _shorter(_LONGEST_SCRAPE, settings.scrape_interval)
    return {
        "settings": settings,
        "release": RELEASE,
        "expected": expected(settings),
        "off": settings.disabled(),
        "keep": keep_lists(),
        "drop": drop_lists(),
        "collectors": _data("collectors.yaml")[settings.metrics],
        "upstream_jobs": UPSTREAM_JOBS,
        "grafana_node_port": GRAFANA_NODE_PORT,
        "prometheus_node_port": PROMETHEUS_NODE_PORT,
        "scrape_timeout": scrape_timeout,
        # A Redis that drops packets must not take its exporter's answer with it: half the time is for hearing that it is dead.
        "redis_timeout": f"{seconds(scrape_timeout) / 2:g}s",
        "min_refresh": _shorter(_SLOWEST_FLOOR, settings.dashboard_refresh),
        # Every replica is told and scraped by its own name: a Service would pick one of them.
        "alertmanager_targets": [f"alertmanager-{n}.alertmanager-headless.{host}" for n in alertmanagers]
        if len(alertmanagers) > 1
        else [f"alertmanager.{host}"],
        "root_url": f"{'https' if ingress.tls_secret else 'http'}://{ingress.host}/"
        if ingress.enabled
        else f"http://localhost:{settings.kind.host_ports.grafana}/",
        "redis_secret": REDIS_SECRET,
        "redis_secret_key": REDIS_SECRET_KEY,
        "log_operators": logpipeline.operators(),
        "log_statements": logpipeline.statements(),
        "log_queue_bytes": logpipeline.QUEUE_BYTES,
        "remote_write": remote_write(settings),
        "remote_write_mounts": secret_mounts(settings),
        "extra_dashboards": {one.uid: one.text for one in settings.dashboards},
    }


def _shorter(first: str, second: str) -> str:
    return min(first, second, key=seconds)


@cache
def _environment() -> Environment:
    # Values are YAML, not HTML: escaping would corrupt them.
    environment = Environment(  # noqa: S701
        loader=FileSystemLoader(assets.values_dir()), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.policies["json.dumps_kwargs"] = {"sort_keys": False}
    environment.filters["tojson"] = _json
    return environment


def _json(value: object) -> str:
    """JSON is YAML; Jinja's own filter would escape <, > and & for HTML."""
    return json.dumps(value, default=list)


def _data(name: str) -> dict[str, list[str]]:
    data: dict[str, list[str]] = parse((assets.values_dir() / name).read_text())
    return data
