"""`up` on a real cluster: what it leads to, that it can be repeated, and that it mends what somebody broke."""

from __future__ import annotations

import json
import re

import httpx
import pytest

from tests.e2e.machine import Machine


def test_the_first_up_ends_with_where_things_are(stack: Machine) -> None:
    shown = dict(re.findall(r"^(\w+) {2,}(.+)$", stack.first.stdout, flags=re.MULTILINE))
    assert shown["Grafana"] == stack.grafana
    assert shown["Prometheus"] == stack.prometheus
    assert shown["Login"] == "admin / admin (profile dev)"
    assert shown["Cluster"] == f"kubectl --kubeconfig {stack.kubeconfig} --context {stack.context}"


def test_both_addresses_answer(stack: Machine) -> None:
    assert httpx.get(f"{stack.grafana}/api/health").json()["database"] == "ok"
    assert httpx.get(f"{stack.grafana}/api/user", auth=("admin", "admin")).json()["login"] == "admin"
    assert httpx.get(f"{stack.prometheus}/-/ready").status_code == 200


def test_they_are_for_this_machine_only(stack: Machine) -> None:
    bindings = json.loads(stack.docker("inspect", "--format", "{{json .HostConfig.PortBindings}}", stack.node))
    assert {binding["HostIp"] for published in bindings.values() for binding in published} == {"127.0.0.1"}


def test_the_users_own_kubeconfig_is_neither_read_nor_written(stack: Machine) -> None:
    assert stack.users_kubeconfig.read_text() == "current-context: precious\n"
    assert stack.kubeconfig.stat().st_mode & 0o777 == 0o600


def test_the_cluster_answers_where_the_summary_says(stack: Machine) -> None:
    names = stack.kubectl("--context", stack.context, "get", "nodes", "-o", "name").split()
    assert names == [f"node/{stack.node}"]


def test_status_tells_what_is_there(stack: Machine) -> None:
    text = stack.run("status")
    assert text.returncode == 0
    assert f"Cluster            {stack.context}, Kubernetes v1." in text.stdout
    found = json.loads(stack.run("status", "-o", "json").stdout)
    assert found["installed"] is True
    assert [(one["name"], one["status"]) for one in found["releases"]] == [("obs", "deployed"), ("saga-demo", "deployed")]
    assert all(one["ready"] == one["desired"] for release in found["releases"] for one in release["workloads"])
    assert found["addresses"] == {"grafana": stack.grafana, "prometheus": stack.prometheus, "ingress": None}


def revision(stack: Machine) -> int:
    return int(json.loads(stack.run("status", "-o", "json").stdout)["releases"][0]["revision"])


def test_a_dry_run_shows_the_difference_and_makes_none(stack: Machine) -> None:
    before = revision(stack)
    same = stack.run("up", "--demo", "--dry-run", *stack.charts_and_images)
    other = stack.run("up", "--demo", "--dry-run", "--set", "retention.time=6d", *stack.charts_and_images)
    assert (same.returncode, other.returncode) == (0, 0), same.stderr + other.stderr
    assert f"Cluster            {stack.context}: use as it is" in same.stdout
    assert "no object would change" in same.stdout
    assert "~ Deployment prometheus-server" in other.stdout
    assert other.stdout.endswith("Nothing was changed (--dry-run).\n")
    assert revision(stack) == before


def test_a_second_up_changes_nothing(stack: Machine) -> None:
    again = stack.run("up", "--demo", *stack.charts_and_images)
    assert again.returncode == 0, again.stderr + again.stdout
    assert "Changed     nothing; " in again.stdout


@pytest.fixture
def password(stack: Machine) -> str:
    return str(stack.object("secret", "obs-grafana-admin", "-n", "monitoring")["metadata"]["uid"])


def test_an_upgrade_tells_what_it_changed_mends_what_is_missing_and_keeps_the_password(stack: Machine, password: str) -> None:
    stack.kubectl("delete", "deployment", "kube-state-metrics", "-n", "monitoring")
    stack.kubectl("set", "resources", "deployment", "redis-exporter", "-n", "monitoring", "--requests=memory=99Mi")
    upgraded = stack.run("up", "--demo", "--set", "dashboardRefresh=20s", *stack.charts_and_images)
    assert upgraded.returncode == 0, upgraded.stderr + upgraded.stdout
    assert "release obs upgraded: " in upgraded.stdout
    assert "~ ConfigMap obs-dashboards" in " ".join(upgraded.stdout.split())
    assert stack.object("deployment", "kube-state-metrics", "-n", "monitoring")["status"]["readyReplicas"] == 1
    exporter = stack.object("deployment", "redis-exporter", "-n", "monitoring")
    assert "99Mi" not in json.dumps(exporter["spec"])
    assert stack.object("secret", "obs-grafana-admin", "-n", "monitoring")["metadata"]["uid"] == password
    # Grafana has loaded it already: without a nudge the kubelet would take up to 90 s.
    loaded = httpx.get(f"{stack.grafana}/api/dashboards/uid/obs-saga", auth=("admin", "admin")).json()
    assert loaded["dashboard"]["refresh"] == "20s"


def test_helm_3_takes_over_where_helm_4_was_and_back_again(stack: Machine) -> None:
    if stack.bundle is None:
        pytest.skip("needs the bundle's two Helms")
    tools = stack.home / "helm3"
    tools.mkdir(exist_ok=True)
    for name, target in {"helm": "helm3", "kind": "kind"}.items():
        (tools / name).unlink(missing_ok=True)
        (tools / name).symlink_to(stack.tool(target))
    path = f"{tools}:{stack.env['PATH']}"
    charts = ("--charts", str(stack.bundle / "charts"))
    down_to_3 = stack.run("up", "--demo", "--set", "dashboardRefresh=20s", *charts, PATH=path)
    assert down_to_3.returncode == 0, down_to_3.stderr + down_to_3.stdout
    back_to_4 = stack.run("up", "--demo", *stack.charts_and_images)
    assert back_to_4.returncode == 0, back_to_4.stderr + back_to_4.stdout
    assert "~ ConfigMap obs-dashboards" in " ".join(back_to_4.stdout.split())
