"""Recording rules that bring every middleware's metrics to one set of names, out of middlewares.yaml."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from obsdeploy.yamltext import parse

SOURCE = Path(__file__).with_name("middlewares.yaml")

# Four scrapes at 15 s: a rate outlives two lost scrapes, and is there two scrapes after a service's start.
WINDOW = "1m"

ENDPOINT_REQUESTS = "service_endpoint:http_requests:rate1m"
ENDPOINT_BUCKETS = "service_endpoint:http_request_duration_seconds_bucket:rate1m"
REQUESTS = "service:http_requests:rate1m"
ERRORS = "service:http_errors:rate1m"
ERROR_RATIO = "service:http_errors:ratio_rate1m"
BUCKETS = "service:http_request_duration_seconds_bucket:rate1m"

# 500 and 5xx both become 5xx. A label of its own: written over `status`, 500 and 503 would be two equal series.
_STATUS_CLASS = ("status_class", "${1}xx", "([1-5])(?:[0-9]{2}|[xX]{2})")
_COPY = ("$1", "(.*)")


@dataclass(frozen=True)
class Middleware:
    """One entry of middlewares.yaml: label names by role (method, endpoint, status) for each of its two metrics."""

    name: str
    where: str
    requests: Mapping[str, str]
    duration: Mapping[str, str]


@dataclass(frozen=True)
class Catalogue:
    """All of middlewares.yaml: entries in order of precedence, and the endpoints that are not traffic."""

    middlewares: tuple[Middleware, ...]
    not_traffic: tuple[str, ...]


def load(path: Path = SOURCE) -> Catalogue:
    """Read middlewares.yaml. Raises KeyError for an entry that lacks a part."""
    data = parse(path.read_text())
    entries = (Middleware(e["name"], e.get("where", ""), e["requests"], e["duration"]) for e in data["middlewares"])
    return Catalogue(tuple(entries), tuple(data["notTraffic"]))


def rule_file(catalogue: Catalogue) -> dict[str, Any]:
    """Return the Prometheus rule file as plain data; each group is evaluated top to bottom."""
    requests = _merged(catalogue, "requests", ("method", "endpoint", "status"))
    buckets = _merged(catalogue, "duration", ("method", "endpoint"))
    by_service = "sum by (namespace, service)"
    return {
        "groups": [
            {
                "name": "applications-requests",
                "rules": [
                    _record(
                        ENDPOINT_REQUESTS,
                        f"sum by (namespace, service, method, endpoint, status_class) (\n{requests}\n)",
                    ),
                    _record(REQUESTS, f"{by_service} ({ENDPOINT_REQUESTS})"),
                    # Zero where a service answers without errors, so that its error rate is a line and not a gap.
                    _record(ERRORS, f'{by_service} ({ENDPOINT_REQUESTS}{{status_class="5xx"}}) or {REQUESTS} * 0'),
                    _record(ERROR_RATIO, f"{ERRORS} / ({REQUESTS} > 0)"),
                ],
            },
            {
                "name": "applications-durations",
                "rules": [
                    _record(ENDPOINT_BUCKETS, f"sum by (namespace, service, method, endpoint, le) (\n{buckets}\n)"),
                    _record(BUCKETS, f"sum by (namespace, service, le) ({ENDPOINT_BUCKETS})"),
                ],
            },
        ]
    }


def _merged(catalogue: Catalogue, metric: str, roles: Iterable[str]) -> str:
    """Rates of every middleware under common labels; by pod, only the first one that the pod has."""
    rates = (_rate(entry, getattr(entry, metric), metric, roles, catalogue.not_traffic) for entry in catalogue.middlewares)
    return "\nor on (namespace, service, pod)\n".join(rates)


def _rate(entry: Middleware, labels: Mapping[str, str], metric: str, roles: Iterable[str], not_traffic: Iterable[str]) -> str:
    name = labels["metric"] + ("_bucket" if metric == "duration" else "")
    matchers = ['service!=""', *([entry.where] if entry.where else []), f'{labels["endpoint"]}!~"{"|".join(not_traffic)}"']
    expression = f"rate({name}{{{','.join(matchers)}}}[{WINDOW}])"
    for role in roles:
        target, (replacement, pattern) = role, _COPY
        if role == "status":
            target, replacement, pattern = _STATUS_CLASS
        if labels[role] != target:
            expression = f'label_replace({expression}, "{target}", "{replacement}", "{labels[role]}", "{pattern}")'
    return f"  {expression}"


def _record(name: str, expression: str) -> dict[str, str]:
    return {"record": name, "expr": expression}
