"""The chart's defaults are what obsdeploy renders, and none of them reaches an installation that obsdeploy makes."""

from collections.abc import Iterator
from typing import Any

import pytest

from obsdeploy import __version__
from obsdeploy.merge import merged
from obsdeploy.values import render
from obsdeploy.yamltext import parse
from scripts.chart import generated_files
from scripts.chart.defaults import SUBCHARTS
from scripts.chart.docs import documented
from tests.chart import scenarios
from tests.chart.conftest import Render
from tests.chart.helm import ROOT, UMBRELLA


def _in_force(values: Any) -> Any:
    """Values without what is switched off: below `enabled: false` nothing is read."""
    if not isinstance(values, dict):
        return values
    if values.get("enabled") is False:
        return {"enabled": False}
    return {key: _in_force(value) for key, value in values.items()}


def _differences(path: str, first: Any, second: Any) -> list[str]:
    if isinstance(first, dict) and isinstance(second, dict):
        return [
            line for key in sorted({*first, *second}) for line in _differences(f"{path}.{key}", first.get(key), second.get(key))
        ]
    return [] if first == second else [path]


def test_generated_files_are_up_to_date() -> None:
    stale = [str(path.relative_to(ROOT)) for path, text in generated_files(ROOT).items() if path.read_text() != text]
    assert stale == [], "run: make generate"


@pytest.mark.parametrize("name", scenarios.NAMES)
def test_no_default_shines_through(name: str) -> None:
    defaults = parse((UMBRELLA / "values.yaml").read_text())
    rendered = render(scenarios.settings(name))
    for chart in SUBCHARTS:
        in_force = _in_force(merged(defaults[chart], rendered[chart]))
        assert _differences(chart, in_force, _in_force(rendered[chart])) == [], "defaults that values/ should set, or set off"


def test_every_value_of_the_charts_own_is_documented() -> None:
    text = (UMBRELLA / "values.yaml").read_text()
    own = {key: value for key, value in parse(text).items() if key not in SUBCHARTS}
    described = {value.path: value.description for value in documented(text)}
    assert set(_leaves("", own)) == described.keys()
    assert all(description.endswith(".") for description in described.values())


def _leaves(path: str, values: Any) -> Iterator[str]:
    if not isinstance(values, dict) or not values:
        yield path
    else:
        for key, value in values.items():
            yield from _leaves(f"{path}.{key}".lstrip("."), value)


def test_a_plain_install_works_without_any_values(render_with: Render) -> None:
    workloads = {each["metadata"]["name"] for each in render_with({}) if "template" in each.get("spec", {})}
    assert workloads == {"prometheus-server", "alertmanager", "kube-state-metrics", "node-exporter", "grafana"}


def test_switching_the_redis_exporter_on_is_all_it_takes(render_with: Render) -> None:
    job = {"enabled": True, "static_configs": [{"targets": ["redis://redis.shop:6379"], "labels": {"instance": "carts"}}]}
    manifests = render_with({"prometheus-redis-exporter": {"enabled": True}, "prometheus": {"scrapeConfigs": {"redis": job}}})
    config = next(each for each in manifests if (each["kind"], each["metadata"]["name"]) == ("ConfigMap", "prometheus-server"))
    jobs = {each["job_name"]: each for each in parse(config["data"]["prometheus.yml"])["scrape_configs"]}
    assert jobs["redis"]["static_configs"] == job["static_configs"]
    addresses = [each["replacement"] for each in jobs["redis"]["relabel_configs"] if each["target_label"] == "__address__"]
    services = {each["metadata"]["name"]: each for each in manifests if each["kind"] == "Service"}
    assert addresses == [f"redis-exporter.monitoring.svc:{services['redis-exporter']['spec']['ports'][0]['port']}"]


def test_the_chart_carries_the_version_of_obsdeploy() -> None:
    assert parse((UMBRELLA / "Chart.yaml").read_text())["appVersion"] == __version__
