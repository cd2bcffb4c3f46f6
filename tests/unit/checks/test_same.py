"""Comparing what is loaded with what was released: servers fill in, mask and reorder, and a real difference must show."""

import copy
from typing import Any

import pytest
import yaml

from obsdeploy.checks.same import config_differences, differences, essence, panels

RELEASED = yaml.safe_load("""
global: {scrape_interval: 15s, scrape_timeout: 10s, evaluation_interval: 15s}
rule_files: [/etc/obs-rules/*.yaml]
alerting:
  alertmanagers:
    - static_configs: [{targets: ["alertmanager.monitoring.svc:9093"]}]
scrape_configs:
  - job_name: prometheus
    metrics_path: /metrics
    honor_labels: false
    static_configs: [{targets: ["localhost:9090"]}]
    metric_relabel_configs: []
  - job_name: kubelet
    scheme: https
    bearer_token_file: /var/run/token
    scrape_interval: 60s
    kubernetes_sd_configs: [{role: node}]
    relabel_configs:
      - {source_labels: [__meta_kubernetes_node_name], target_label: node}
""")

# As Prometheus 3.5 prints the same on /api/v1/status/config.
LOADED = yaml.safe_load("""
global: {scrape_interval: 15s, scrape_timeout: 10s, scrape_protocols: [OpenMetricsText1.0.0], evaluation_interval: 15s}
rule_files: [/etc/obs-rules/*.yaml]
alerting:
  alertmanagers:
    - follow_redirects: true
      enable_http2: true
      scheme: http
      timeout: 10s
      api_version: v2
      static_configs: [{targets: ["alertmanager.monitoring.svc:9093"]}]
scrape_configs:
  - job_name: prometheus
    honor_timestamps: true
    scrape_interval: 15s
    metrics_path: /metrics
    scheme: http
    static_configs: [{targets: ["localhost:9090"]}]
  - job_name: kubelet
    scrape_interval: 1m
    metrics_path: /metrics
    scheme: https
    authorization: {type: Bearer, credentials_file: /var/run/token}
    relabel_configs:
      - source_labels: [__meta_kubernetes_node_name]
        separator: ;
        target_label: node
        replacement: $1
        action: replace
    kubernetes_sd_configs: [{role: node, kubeconfig_file: "", follow_redirects: true, enable_http2: true}]
""")


def test_what_prometheus_fills_in_is_no_difference() -> None:
    assert config_differences(RELEASED, LOADED) == []


def loaded_with(change: str, value: Any) -> Any:
    """What is loaded, with one value at a dotted path replaced."""
    found = copy.deepcopy(LOADED)
    *way, last = [int(step) if step.isdigit() else step for step in change.split(".")]
    place = found
    for step in way:
        place = place[step]
    place[last] = value
    return found


@pytest.mark.parametrize(
    ("change", "value", "said"),
    [
        ("global.scrape_interval", "30s", "global.scrape_interval: 15s in the release, 30s loaded"),
        ("rule_files.0", "/etc/other/*.yaml", "rule_files[0]"),
        ("scrape_configs.0.static_configs.0.targets", ["other:9090"], "localhost:9090 in the release, other:9090 loaded"),
        ("scrape_configs.1.relabel_configs.0.target_label", "instance", "target_label: node in the release, instance loaded"),
        ("scrape_configs.1.relabel_configs.0.action", "drop", ""),
        ("scrape_configs.1.authorization.credentials_file", "/else", "/var/run/token in the release, /else loaded"),
        ("scrape_configs.1.job_name", "other", "job kubelet: not loaded"),
        ("alerting.alertmanagers", [], "alerting.alertmanagers: 1 entries in the release, 0 loaded"),
    ],
)
def test_every_real_difference_is_told(change: str, value: Any, said: str) -> None:
    found = config_differences(RELEASED, loaded_with(change, value))
    if not said:  # the release leaves the action open, so Prometheus' default is not the release's word
        assert found == []
    else:
        assert any(said in line for line in found)


@pytest.mark.parametrize(
    ("change", "value", "said"),
    [
        ("global.external_labels", {"cluster": "old"}, "global.external_labels: nothing in the release"),
        ("scrape_configs.0.metric_relabel_configs", [{"regex": ".*", "action": "drop"}], "job prometheus.metric_relabel_configs"),
        ("scrape_configs.0.scrape_interval", "5m", "job prometheus.scrape_interval: 15s in the release, 5m loaded"),
        ("scrape_configs.0.sample_limit", 10, "job prometheus.sample_limit: nothing in the release, 10 loaded"),
        ("scrape_configs.0.basic_auth", {"username": "u"}, "job prometheus.basic_auth"),
        ("scrape_configs.1.static_configs", [{"targets": ["a:1"]}], "job kubelet.static_configs"),
        ("remote_write", [{"url": "https://old"}], "remote_write: nothing in the release"),
    ],
)
def test_what_is_left_over_of_another_release_is_told(change: str, value: Any, said: str) -> None:
    released = copy.deepcopy(RELEASED)
    del released["scrape_configs"][0]["metric_relabel_configs"]
    (line,) = config_differences(released, loaded_with(change, value))
    assert line.startswith(said)


def test_a_job_that_only_prometheus_knows_is_told() -> None:
    loaded = copy.deepcopy(LOADED)
    loaded["scrape_configs"].append({"job_name": "leftover"})
    assert config_differences(RELEASED, loaded) == ["job leftover: loaded, but not part of the release"]


def test_a_masked_secret_is_taken_as_the_released_one() -> None:
    assert list(differences({"password": "s3cret"}, {"password": "<secret>"})) == []
    assert list(differences({"password": "s3cret"}, {})) == ["password: s3cret in the release, nothing loaded"]


def test_a_missing_value_is_a_difference_unless_it_is_what_prometheus_assumes() -> None:
    assert list(differences({"honor_labels": False, "scheme": "http"}, {})) == []
    assert len(list(differences({"honor_labels": True, "scheme": "https"}, {}))) == 2


DASHBOARD: dict[str, Any] = {
    "uid": "obs-x",
    "title": "X",
    "refresh": "10s",
    "templating": {"list": [{"name": "ns", "type": "query", "query": {"query": "label_values(up, ns)", "refId": "q"}}]},
    "panels": [
        {"type": "row", "id": 1, "panels": [{"id": 2, "type": "stat", "title": "A", "targets": [{"refId": "A", "expr": "up"}]}]},
        {"id": 3, "type": "stat", "title": "B", "gridPos": {"x": 0}, "targets": [{"refId": "A", "expr": "down"}]},
    ],
}


def test_a_dashboard_is_the_same_with_what_grafana_adds() -> None:
    loaded = copy.deepcopy(DASHBOARD) | {"id": 7, "version": 3, "schemaVersion": 42, "iteration": 1}
    loaded["templating"]["list"][0] |= {"query": "label_values(up, ns)", "current": {"value": "a"}}
    loaded["panels"].reverse()
    assert essence(DASHBOARD) == essence(loaded)


@pytest.mark.parametrize("part", ["expr", "legendFormat", "refId"])
def test_another_query_makes_another_dashboard(part: str) -> None:
    loaded = copy.deepcopy(DASHBOARD)
    loaded["panels"][0]["panels"][0]["targets"][0][part] = "else"
    assert essence(DASHBOARD) != essence(loaded)


@pytest.mark.parametrize("part", ["title", "refresh"])
def test_another_title_or_refresh_makes_another_dashboard(part: str) -> None:
    assert essence(DASHBOARD) != essence(DASHBOARD | {part: "else"})


def test_panels_inside_collapsed_rows_are_panels_and_rows_are_none() -> None:
    assert [panel["id"] for panel in panels(DASHBOARD)] == [2, 3]
