"""Values that would install and then not work are refused, each with what to set instead."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.chart.conftest import Render
from tests.chart.helm import Helm, RenderError

_DASHBOARD = {"uid": "mine", "title": "Mine", "panels": []}
_GROUPS = {"groups": [{"name": "mine", "rules": []}]}
_TARGET = {"static_configs": [{"targets": ["redis://redis.shop:6379"]}]}

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "Grafana's service renamed": (
        {"grafana": {"fullnameOverride": "graf"}},
        'Leave grafana.fullnameOverride at "grafana" and grafana.service.port at 80.',
    ),
    "Grafana's service on another port": (
        {"grafana": {"service": {"port": 3000}}},
        'Leave grafana.fullnameOverride at "grafana" and grafana.service.port at 80.',
    ),
    "Prometheus' service on another port": (
        {"prometheus": {"server": {"service": {"servicePort": 9090}}}},
        'Leave prometheus.server.fullnameOverride at "prometheus-server" and prometheus.server.service.servicePort at 80.',
    ),
    "no Secret for the administrator": (
        {"grafana": {"admin": {"existingSecret": ""}}},
        "Set it to the name of a Secret with keys admin-user and admin-password",
    ),
    "another Secret than the one that is made": (
        {"grafana": {"admin": {"existingSecret": "mine"}}},
        'adminSecret.create makes Secret "obs-grafana-admin", but Grafana reads "mine". Set adminSecret.create=false',
    ),
    "a rolling update of Grafana on a volume for one pod": (
        {"grafana": {"deploymentStrategy": {"type": "RollingUpdate"}}},
        "Set grafana.deploymentStrategy.type=Recreate, or grafana.persistence.accessModes=[ReadWriteMany].",
    ),
    "no data source for the dashboards": (
        {"grafana": {"datasources": {"datasources.yaml": {"datasources": [{"uid": "other", "url": "http://other"}]}}}},
        "Add one with uid: prometheus (url: http://prometheus-server).",
    ),
    "a dashboard that is no JSON": ({"extraDashboards": {"mine": "{"}}, "extraDashboards.mine is not valid JSON"),
    "a dashboard without a uid": ({"extraDashboards": {"mine": {"title": "Mine"}}}, 'Add "uid": "mine".'),
    "too many dashboards for a ConfigMap": (
        {"extraDashboards": {"mine": {**_DASHBOARD, "description": "x" * 1_000_001}}},
        "Put the largest dashboards in ConfigMaps of your own and name those in grafana.dashboardsConfigMaps.",
    ),
    "the release's own rule file": (
        {"extraRules": {"release": _GROUPS}},
        "extraRules.release: obs-rules already has a file release.yaml",
    ),
    "rules without groups": ({"extraRules": {"mine": {"rules": []}}}, "Write it as a Prometheus rule file: groups:"),
    "rules that are not mounted": (
        {"prometheus": {"server": {"extraVolumes": [{"name": "mine", "emptyDir": {}}]}}},
        "Repeat the chart's own entries (see values.yaml) before yours.",
    ),
    "more samples than the volume holds": (
        {"prometheus": {"server": {"retentionSize": "8GB", "persistentVolume": {"size": "8Gi"}}}},
        "Set it to at most 6553MB (80 % of the volume; `retention.size` in obsdeploy.yaml)",
    ),
    "a volume that is counted in thousands": (
        {"prometheus": {"server": {"retentionSize": "950MB", "persistentVolume": {"size": "1G"}}}},
        "Set it to at most 762MB",
    ),
    "an exporter for no Redis": (
        {"prometheus-redis-exporter": {"enabled": True}},
        "set prometheus-redis-exporter.enabled=false",
    ),
    "Redis targets without the exporter": (
        {"prometheus": {"scrapeConfigs": {"redis": {"enabled": True, **_TARGET}}}},
        "Set prometheus-redis-exporter.enabled=true, or prometheus.scrapeConfigs.redis.enabled=false.",
    ),
    "an ingress that the policies shut out": (
        {"networkPolicies": {"enabled": True}, "grafana": {"ingress": {"enabled": True}}},
        "Name the ingress controller in networkPolicies.grafanaFrom",
    ),
}


@pytest.mark.parametrize(("values", "text"), REFUSED.values(), ids=REFUSED.keys())
def test_refused_with_what_to_set_instead(render_with: Render, values: dict[str, Any], text: str) -> None:
    with pytest.raises(RenderError) as refused:
        render_with(values)
    assert text in str(refused.value)


def test_all_problems_are_told_at_once(render_with: Render) -> None:
    with pytest.raises(RenderError) as refused:
        render_with({"grafana": {"fullnameOverride": "g"}, "extraRules": {"release": _GROUPS}})
    assert "grafana.fullnameOverride" in str(refused.value)
    assert "extraRules.release" in str(refused.value)


@pytest.mark.parametrize(
    ("release", "namespace", "text"),
    [
        ("mine", "monitoring", "Install it as: helm upgrade --install obs."),
        ("obs", "elsewhere", "take values for yours: obsdeploy render --namespace elsewhere."),
    ],
)
def test_another_place_than_the_values_are_for(helm: Helm, umbrella: Path, release: str, namespace: str, text: str) -> None:
    with pytest.raises(RenderError) as refused:
        helm.run(["template", release, str(umbrella), "-n", namespace])
    assert text in str(refused.value)


def test_names_of_shipped_dashboards_and_rules_are_taken(helm: Helm, umbrella: Path) -> None:
    shipped = json.loads(next(iter(sorted((umbrella / "files/dashboards").glob("*.json")))).read_text())["uid"]
    rules = next(iter(sorted((umbrella / "files/rules").glob("*.yaml")))).stem
    for values, text in (
        ({"extraDashboards": {"mine": {**_DASHBOARD, "uid": shipped}}}, "Give it another uid."),
        ({"extraRules": {rules: _GROUPS}}, "would replace this chart's rule file"),
    ):
        with pytest.raises(RenderError) as refused:
            helm.template(umbrella, values)
        assert text in str(refused.value)


@pytest.mark.parametrize(
    "values",
    [
        {"dashbordRefresh": "5s"},
        {"adminSecret": {"nmae": "x"}},
        {"dashboardRefresh": "often"},
        {"grafana": {"enabled": "yes"}},
        {"networkPolicies": {"grafanaFrom": {"podSelector": {}}}},
    ],
    ids=["unknown key", "unknown inner key", "no duration", "no boolean", "no list"],
)
def test_the_schema_refuses_what_the_chart_does_not_know(render_with: Render, values: dict[str, Any]) -> None:
    with pytest.raises(RenderError, match="values don't meet the specifications"):
        render_with(values)
