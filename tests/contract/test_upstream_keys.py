"""Every key that our values set is one that the upstream chart has: a stand-in chart must not be able to hide a wrong one."""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from obsdeploy import assets
from obsdeploy.merge import applied
from obsdeploy.values import render
from obsdeploy.yamltext import parse
from scripts.chart.defaults import SUBCHARTS
from tests.unit.values.make import settings

pytestmark = pytest.mark.upstream

UPSTREAM = Path(os.environ.get("OBSDEPLOY_UPSTREAM_VALUES", assets.root().parent / "shared" / "upstream"))
SUBCHARTS_OF_PROMETHEUS = ("alertmanager", "kube-state-metrics", "prometheus-node-exporter")
# Below these a chart hands on what it is given: Kubernetes' own fields, Grafana's ini, Prometheus' and Alertmanager's config.
HANDED_ON = re.compile(
    r"(?i)(securityContext|Probe|^config|grafana\.ini|scrapeConfigs|annotations|resources|structuredConfig|alternateConfig)$"
)
# In every chart's _helpers.tpl, though not in every values.yaml; `enabled` is the umbrella's condition.
BY_CONVENTION = {"fullnameOverride", "enabled"}
# Read in templates/service.yaml, and in no values.yaml.
TEMPLATES_ONLY = {"grafana: service.nodePort"}
EVERYTHING = {
    "storage__className": "fast",
    "redis": [{"name": "carts", "address": "redis:6379", "passwordSecret": {"name": "redis", "key": "password"}}],
    "grafana__ingress": {"enabled": True, "host": "grafana.example.com", "className": "nginx", "tlsSecret": "grafana-tls"},
    "remoteWrite": [{"url": "https://mimir.example.com/push", "tokenSecret": {"name": "mimir", "key": "token"}}],
    "alertmanager__replicas": 2,
    "kafka": {
        "brokers": ["kafka:9092"],
        "sasl": {"mechanism": "plain", "username": "obs", "passwordSecret": {"name": "kafka", "key": "password"}},
        "tls": {"enabled": True, "secret": "kafka-tls", "serverName": "kafka.shop"},
    },
    "logs__enabled": True,
    "logs__storage": {
        "type": "s3",
        "s3": {
            "bucket": "logs",
            "region": "here-1",
            "accessKeySecret": {"name": "s3", "key": "id"},
            "secretKeySecret": {"name": "s3", "key": "secret"},
        },
    },
}


@pytest.fixture(autouse=True)
def _upstream_is_there() -> None:
    if not UPSTREAM.is_dir():
        pytest.skip("the upstream charts' default values are not on this machine (OBSDEPLOY_UPSTREAM_VALUES)")


def folder(chart: str) -> Path:
    (found,) = (path for path in UPSTREAM.glob(f"{chart}-[0-9]*") if re.fullmatch(rf"{chart}-[\d.]+", path.name))
    return found


def blocks(profile: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Charts and what they are given, subcharts of Prometheus by themselves."""
    values = render(settings(profile, **EVERYTHING))
    for chart in SUBCHARTS_OF_PROMETHEUS:
        yield chart, values["prometheus"].pop(chart)
    values["prometheus"].pop("prometheus-pushgateway")
    for chart in SUBCHARTS:
        yield chart, values[chart]


def unknown(given: Mapping[str, Any], default: Mapping[str, Any], text: str, path: str = "") -> Iterator[str]:
    """Keys of `given` that are neither in the defaults nor commented out in their text."""
    for key, value in given.items():
        known = key in default or key in BY_CONVENTION or re.search(rf"^\s*#\s*{re.escape(key)}:", text, re.MULTILINE)
        if not known:
            yield f"{path}{key}"
        elif not HANDED_ON.search(key) and isinstance(value, dict) and isinstance(default.get(key), dict) and default[key]:
            yield from unknown(value, default[key], text, f"{path}{key}.")


@pytest.mark.parametrize("profile", ["dev", "ci", "prod"])
def test_every_key_is_the_upstream_charts(profile: str) -> None:
    wrong = set()
    for chart, given in blocks(profile):
        text = (folder(chart) / "values.yaml").read_text()
        wrong |= {f"{chart}: {key}" for key in unknown(given, parse(text), text)}
    assert wrong <= TEMPLATES_ONLY


@pytest.mark.parametrize("profile", ["dev", "ci", "prod"])
def test_values_fit_the_upstream_schemas(profile: str) -> None:
    checked = []
    for chart, given in blocks(profile):
        schema = folder(chart) / "values.schema.json"
        if schema.is_file():
            defaults = parse((folder(chart) / "values.yaml").read_text())
            jsonschema.Draft7Validator(parse(schema.read_text())).validate(applied(defaults, given))
            checked.append(chart)
    assert checked == ["alertmanager", "prometheus", "loki", "opentelemetry-collector"]


def test_every_upstream_scrape_job_is_ours_or_switched_off() -> None:
    jobs = parse((folder("prometheus") / "values.yaml").read_text())["scrapeConfigs"]
    ours = render(settings())["prometheus"]["scrapeConfigs"]
    assert {job for job in jobs if ours[job]["enabled"]} == {"prometheus"}


def test_a_key_that_upstream_lacks_is_found() -> None:
    text = (folder("grafana") / "values.yaml").read_text()
    assert list(unknown({"persistence": {"enabledd": True}}, parse(text), text)) == ["persistence.enabledd"]
