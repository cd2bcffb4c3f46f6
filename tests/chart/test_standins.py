"""The lab's stand-ins for upstream charts render what the upstream charts render, and refuse what they do not know."""

import json
import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from obsdeploy.values import Values, render
from obsdeploy.yamltext import parse
from tests.chart import record, scenarios
from tests.chart.conftest import Render
from tests.chart.helm import STANDINS, UMBRELLA, Helm, Manifest, RenderError, umbrella_with
from tests.chart.shape import differences, facts

Rendered = Callable[[str], list[Manifest]]
_UPSTREAM = os.environ.get("OBSDEPLOY_UPSTREAM_CHARTS")
_CHARTS = (
    "prometheus",
    "prometheus/charts/alertmanager",
    "prometheus/charts/kube-state-metrics",
    "prometheus/charts/prometheus-node-exporter",
    "grafana",
    "prometheus-redis-exporter",
    "prometheus-kafka-exporter",
    "loki",
    "opentelemetry-collector",
)


@cache
def _recording(name: str) -> dict[str, Any]:
    recording: dict[str, Any] = json.loads((record.FOLDER / f"{name}.json").read_text())
    return recording


@pytest.mark.parametrize("name", record.NAMES)
def test_stand_ins_render_what_was_recorded_of_the_real_charts(helm: Helm, umbrella: Path, name: str) -> None:
    recording = _recording(name)
    found = record.parts(helm.template(umbrella, recording["values"]))
    assert differences(recording["parts"], found) == []


def test_helm_3_renders_the_same(helm3: Helm, umbrella: Path, rendered: Rendered) -> None:
    name = "prod-everything"
    theirs = facts(helm3.template(umbrella, render(scenarios.settings(name))))
    assert differences(facts(rendered(name)), theirs) == []


def test_every_value_that_is_set_is_in_a_recording() -> None:
    """A key that no recording sets is a key of which nobody knows what the real chart does with it."""
    recorded = {path for name in record.NAMES for path in _known_paths(_recording(name)["values"])}
    used = {path for name in scenarios.NAMES for path in _known_paths(render(scenarios.settings(name)))}
    assert used - recorded == set(), "record them: python -m tests.chart.record DIR HELM"


def test_stand_ins_know_nothing_that_is_not_set() -> None:
    used = {path for name in scenarios.NAMES for path in _known_paths(render(scenarios.settings(name)))}
    known = {(*chart.split("/charts/"), *path) for chart in _CHARTS for path in _leaves(_schema(chart))}
    assert {path for path in known - used if path[-1] not in {"global", "enabled"}} == set()


# CI has no upstream charts, and nothing may be skipped there: the recordings stand for them.
if _UPSTREAM or os.environ.get("CI") != "true":

    @pytest.mark.skipif(_UPSTREAM is None, reason="OBSDEPLOY_UPSTREAM_CHARTS names no folder with the real upstream charts")
    @pytest.mark.parametrize("name", scenarios.NAMES)
    def test_stand_ins_render_what_the_real_charts_render(
        helm: Helm, rendered: Rendered, tmp_path_factory: pytest.TempPathFactory, name: str
    ) -> None:
        real = umbrella_with(Path(_UPSTREAM or ""), tmp_path_factory.mktemp("upstream"))
        upstream = facts(helm.template(real, render(scenarios.settings(name))))
        assert differences(upstream, facts(rendered(name))) == []


@pytest.mark.parametrize("chart", _CHARTS)
def test_an_unknown_value_is_refused(render_with: Render, chart: str) -> None:
    values: dict[str, Any] = {"not-known": 1}
    for key in reversed(chart.split("/charts/")):
        values = {key: {"enabled": True, **values}}
    with pytest.raises(RenderError, match="not-known"):
        render_with(values, of="dev-demo")


@pytest.mark.parametrize("chart", _CHARTS)
def test_a_stand_in_says_that_it_is_one(chart: str) -> None:
    assert parse((STANDINS / chart / "Chart.yaml").read_text())["description"].startswith("STAND-IN for the upstream chart")


def test_versions_are_those_that_the_umbrella_pins() -> None:
    pinned = {each["name"]: each["version"] for each in parse((UMBRELLA / "Chart.yaml").read_text())["dependencies"]}
    found = {name: parse((STANDINS / name / "Chart.yaml").read_text())["version"] for name in pinned}
    assert found == pinned


def test_a_difference_would_be_found(rendered: Rendered) -> None:
    manifests = json.loads(json.dumps(rendered("dev")))
    before = facts(manifests)
    grafana = next(each for each in manifests if (each["kind"], each["metadata"]["name"]) == ("Deployment", "grafana"))
    grafana["spec"]["template"]["spec"]["containers"][0]["ports"][0]["containerPort"] = 3001
    config = next(each for each in manifests if (each["kind"], each["metadata"]["name"]) == ("ConfigMap", "prometheus-server"))
    config["data"]["prometheus.yml"] = config["data"]["prometheus.yml"].replace("15s", "1m")
    found = "\n".join(differences(before, facts(manifests)))
    assert "Deployment/grafana spec.template.spec.containers[grafana].ports[grafana].containerPort: 3000 ≠ 3001" in found
    assert "ConfigMap/prometheus-server data.prometheus.yml.global.scrape_interval: '15s' ≠ '1m'" in found


def _schema(chart: str) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((STANDINS / chart / "values.schema.json").read_text())
    return schema


def _leaves(schema: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    for key, inner in schema["properties"].items():
        if "properties" in inner:
            yield from ((key, *path) for path in _leaves(inner))
        else:
            yield (key,)


def _known_paths(values: Values) -> Iterator[tuple[str, ...]]:
    """Paths of values that are set, as deep as a stand-in's schema tells keys apart."""
    for chart in _CHARTS:
        inner: Any = values
        for key in chart.split("/charts/"):
            inner = inner.get(key, {})
        yield from ((*chart.split("/charts/"), *path) for path in _leaves(_schema(chart)) if _has(inner, path))


def _has(values: Any, path: tuple[str, ...]) -> bool:
    return not path or (isinstance(values, dict) and path[0] in values and _has(values[path[0]], path[1:]))
