"""The chart's own objects."""

import base64
import gzip
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from obsdeploy.yamltext import parse
from tests.chart import scenarios
from tests.chart.conftest import Render
from tests.chart.helm import UMBRELLA, Helm, Manifest, one

Rendered = Callable[[str], list[Manifest]]
_MEBIBYTE = 1024 * 1024


def _data(manifests: list[Manifest], name: str) -> dict[str, str]:
    data: dict[str, str] = one(manifests, "ConfigMap", name)["data"] or {}
    return data


def _ours(manifests: list[Manifest]) -> list[Manifest]:
    return [each for each in manifests if each["metadata"].get("labels", {}).get("helm.sh/chart", "").startswith("obs-stack-")]


def test_release_says_what_is_expected(render_with: Render) -> None:
    expected = {"profile": "dev", "jobs": {"prometheus": {"min": 1}}, "redis": [], "note": 'a "quote" & <more>'}
    data = _data(render_with({"release": {"expected": expected}}), "obs-release")
    assert json.loads(data["expected.json"]) == expected
    assert json.loads(data["expectations.json"]) == json.loads((UMBRELLA / "files/expectations.json").read_text())


def test_rules_are_the_files_of_the_chart_and_the_users(render_with: Render) -> None:
    mine = {
        "groups": [
            {"name": "mine", "rules": [{"alert": "A", "expr": "up == 0", "annotations": {"summary": "{{ $labels.job }}"}}]}
        ]
    }
    data = _data(render_with({"extraRules": {"mine": mine}}), "obs-rules")
    files = {path.name: parse(path.read_text()) for path in (UMBRELLA / "files/rules").glob("*.yaml")}
    assert {name: parse(text) for name, text in data.items() if name != "release.yaml"} == {**files, "mine.yaml": mine}


def test_a_rule_carries_the_hash_of_all_rules(render_with: Render) -> None:
    def hashes(values: dict[str, Any]) -> tuple[str, str]:
        manifests = render_with(values)
        rule = parse(_data(manifests, "obs-rules")["release.yaml"])["groups"][0]["rules"][0]
        assert (rule["record"], rule["expr"]) == ("obsdeploy_release_info", "vector(1)")
        return _data(manifests, "obs-release")["rules.sha256"], rule["labels"]["rules"]

    group = {"name": "mine", "rules": [{"record": "mine", "expr": "vector(1)"}]}
    plain, loaded = hashes({})
    assert len(plain) == len(hashlib.sha256().hexdigest())
    assert plain == loaded
    assert hashes({}) == (plain, loaded), "the same rules have the same hash"
    assert hashes({"extraRules": {"mine": {"groups": [group]}}})[0] != plain
    assert hashes({"extraRules": {"mine": {"groups": [group]}}}) != hashes({"extraRules": {"other": {"groups": [group]}}})


def test_dashboards_are_the_charts_with_the_refresh_that_was_asked_for(render_with: Render) -> None:
    data = _data(render_with({"dashboardRefresh": "7s"}), "obs-dashboards")
    shipped = {path.name: json.loads(path.read_text()) for path in (UMBRELLA / "files/dashboards").glob("*.json")}
    assert {name: json.loads(text) for name, text in data.items()} == {
        name: {**dashboard, "refresh": "7s"} for name, dashboard in shipped.items()
    }
    assert all(name == f"{dashboard['uid']}.json" for name, dashboard in shipped.items())


def test_the_users_dashboards_are_a_file_for_each_uid(render_with: Render) -> None:
    text = json.dumps({"uid": "by-text", "title": 'Say "{{ hi }}"', "version": 10_000_000})
    manifests = render_with({"extraDashboards": {"a": text, "b": {"uid": "by-map", "refresh": "1h"}}})
    data = {name: json.loads(text) for name, text in _data(manifests, "obs-dashboards-extra").items()}
    assert data == {
        "by-text.json": {"uid": "by-text", "title": 'Say "{{ hi }}"', "version": 10_000_000, "refresh": "10s"},
        "by-map.json": {"uid": "by-map", "refresh": "10s"},
    }


def test_both_config_maps_of_dashboards_are_there_without_any_of_the_users(render_with: Render) -> None:
    assert _data(render_with({}), "obs-dashboards-extra") == {}


def test_config_maps_stay_below_the_limit(rendered: Rendered) -> None:
    for each in rendered("prod-everything"):
        assert len(json.dumps(each)) < _MEBIBYTE, each["metadata"]["name"]


def test_helms_record_of_the_release_stays_below_the_limit(rendered: Rendered, umbrella: Path) -> None:
    # Helm keeps templates, files, values and the manifest of a release in one Secret: gzip, then base64.
    files = [
        path.read_text() for path in umbrella.rglob("*") if path.is_file() and "charts" not in path.relative_to(umbrella).parts
    ]
    record = json.dumps([*files, yaml.dump_all(rendered("prod-everything"), Dumper=yaml.CSafeDumper)]).encode()
    assert len(base64.b64encode(gzip.compress(record))) < _MEBIBYTE / 3


@pytest.mark.parametrize("name", scenarios.NAMES)
def test_objects_of_ours_say_to_what_they_belong(rendered: Rendered, name: str) -> None:
    ours = _ours(rendered(name))
    assert {"obs-release", "obs-rules", "obs-dashboards", "obs-dashboards-extra"} <= {each["metadata"]["name"] for each in ours}
    for each in ours:
        assert each["metadata"]["labels"]["app.kubernetes.io/part-of"] == "obs-stack", each["metadata"]["name"]


def test_a_plain_install_makes_the_administrators_secret_and_leaves_it(render_with: Render) -> None:
    secret = one(render_with({}), "Secret", "obs-grafana-admin")
    assert base64.b64decode(secret["data"]["admin-user"]) == b"admin"
    assert len(base64.b64decode(secret["data"]["admin-password"])) >= 32
    assert secret["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
    other = one(render_with({}), "Secret", "obs-grafana-admin")
    assert secret["data"]["admin-password"] != other["data"]["admin-password"], "two installations share a password"


def test_a_password_of_ones_own(render_with: Render) -> None:
    secret = one(render_with({"adminSecret": {"user": "eve", "password": "s3cret"}}), "Secret", "obs-grafana-admin")
    assert {key: base64.b64decode(value) for key, value in secret["data"].items()} == {
        "admin-user": b"eve",
        "admin-password": b"s3cret",
    }


@pytest.mark.parametrize("name", scenarios.NAMES)
def test_with_obsdeploy_no_secret_is_part_of_the_release(rendered: Rendered, name: str) -> None:
    assert [each["metadata"]["name"] for each in rendered(name) if each["kind"] == "Secret"] == []


@pytest.mark.parametrize("name", ["dev", "prod-everything"])
def test_kube_state_metrics_may_list_what_it_watches_and_no_more(rendered: Rendered, name: str) -> None:
    manifests = rendered(name)
    role = one(manifests, "ClusterRole", "obs-kube-state-metrics-monitoring")
    granted = {resource for rule in role["rules"] for resource in rule["resources"]}
    arguments = one(manifests, "Deployment", "kube-state-metrics")["spec"]["template"]["spec"]["containers"][0]["args"]
    watched = next(each for each in arguments if each.startswith("--resources=")).partition("=")[2].split(",")
    assert granted == set(watched)
    assert {verb for rule in role["rules"] for verb in rule["verbs"]} == {"list", "watch"}
    binding = one(manifests, "ClusterRoleBinding", "obs-kube-state-metrics-monitoring")
    assert one(manifests, "ServiceAccount", binding["subjects"][0]["name"])


def test_budgets_only_where_there_are_replicas_to_spare(rendered: Rendered) -> None:
    def budgets(name: str) -> list[str]:
        return [each["metadata"]["name"] for each in rendered(name) if each["kind"] == "PodDisruptionBudget"]

    assert budgets("prod") == ["alertmanager"]
    assert budgets("dev") == []


def test_notes_name_the_addresses_and_where_the_password_is(helm: Helm, umbrella: Path) -> None:
    notes = helm.run(["install", "obs", str(umbrella), "-n", "monitoring", "--dry-run=client"])
    assert "kubectl port-forward svc/grafana 3000:80 -n monitoring" in notes
    assert "kubectl port-forward svc/prometheus-server 9090:80 -n monitoring" in notes
    assert "kubectl get secret obs-grafana-admin -n monitoring" in notes
    assert "No Redis is watched" in notes
