"""One thing after another is broken on the live demo, and `verify` names each, with its reason, and nothing by accident.

What does not disturb each other is broken at the same time: a scrape, a rollout and a reload take their time. Every break is
taken back; that all is well again is proven by the `up` with which the next module begins.
"""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Iterator

import pytest
import yaml

from tests.e2e.breaking import Checks, changed, deleted, findings, scaled_down, until, verify, with_image
from tests.e2e.machine import Machine

NO_SUCH_IMAGE = "docker.io/obsdeploy/no-such-image:1"
BROKEN_RULE = {"record": "test:broken", "expr": "up / on () up"}
UNLOADABLE = {"record": "test:unloadable", "expr": "sum(("}
RIGHT, TYPO = "prometheus_tsdb_head_series", "prometheus_tsdb_hed_series"


def config(stack: Machine, name: str, key: str) -> str:
    return str(stack.object("-n", "monitoring", "configmap", name)["data"][key])


def broken_pods(stack: Machine) -> Iterator[contextlib.AbstractContextManager[None]]:
    """A dead Redis, a service and Alertmanager scaled to nothing, a Deployment gone, an image and a node that are not there."""
    yield scaled_down(stack, "saga-demo", redis_kind(stack), "redis")
    yield scaled_down(stack, "saga-demo", "deployment", "payment")
    yield scaled_down(stack, "monitoring", "statefulset", "alertmanager")
    yield deleted(stack, "monitoring", "deployment", "kube-state-metrics")
    nowhere = {"spec": {"template": {"spec": {"nodeSelector": {"no-such": "node"}}}}}
    yield changed(stack, "monitoring", "daemonset", "node-exporter", nowhere)
    yield with_image(stack, "saga-demo", "notification", NO_SUCH_IMAGE)


def broken_configuration(stack: Machine) -> Iterator[contextlib.AbstractContextManager[None]]:
    """A job that scrapes Grafana a second time, a mistyped panel and a rule that fails."""
    prometheus = yaml.safe_load(config(stack, "prometheus-server", "prometheus.yml"))
    again = {"job_name": "again", "static_configs": [{"targets": ["grafana.monitoring.svc:80"]}]}
    prometheus["scrape_configs"].append(again)
    board = config(stack, "obs-dashboards", "obs-stack.json").replace(RIGHT, TYPO)
    rules = yaml.safe_dump({"groups": [{"name": "test", "rules": [BROKEN_RULE]}]})
    for name, data in (
        ("prometheus-server", {"prometheus.yml": yaml.safe_dump(prometheus)}),
        ("obs-dashboards", {"obs-stack.json": board}),
        ("obs-rules", {"test.yaml": rules}),
    ):
        yield changed(stack, "monitoring", "configmap", name, {"data": data})


def test_a_rule_file_that_can_not_be_loaded(stack: Machine) -> None:
    rules = yaml.safe_dump({"groups": [{"name": "test", "rules": [UNLOADABLE]}]})
    with changed(stack, "monitoring", "configmap", "obs-rules", {"data": {"test.yaml": rules}}):
        synced(stack)
        only = ("--only", "prometheus.config", "--only", "rules.loaded")
        checks = until(stack, lambda found: found["prometheus.config"]["status"] == "failed", *only)
    assert checks["prometheus.config"]["summary"] == "the last reload of the configuration failed"
    assert checks["rules.loaded"]["details"] == ["not loaded: test:unloadable (group test)"]
    synced(stack)


def test_a_password_that_grafana_does_not_know(stack: Machine) -> None:
    wrong = {"data": {"admin-password": base64.b64encode(b"not this one").decode()}}
    only = ("--only", "grafana", "--only", "panels.obs-saga")
    with changed(stack, "monitoring", "secret", "obs-grafana-admin", wrong):
        checks = verify(stack, *only)
    assert checks["grafana.login"]["summary"] == "Grafana refuses the credentials of the release's Secret"
    assert checks["panels.obs-saga"]["summary"] == "because grafana.login failed"
    assert verify(stack, "--only", "grafana.login")["grafana.login"]["status"] == "passed"


class TestManyThingsAtOnce:
    """Pods that are not what was released, and configuration with faults of its own."""

    @pytest.fixture(scope="class")
    @classmethod
    def checks(cls, stack: Machine) -> Iterator[Checks]:
        """The report on a stack with nine broken parts."""
        with contextlib.ExitStack() as broken:
            for breaking in (*broken_pods(stack), *broken_configuration(stack)):
                broken.enter_context(breaking)
            yield until(stack, cls.all_noticed)

    @staticmethod
    def all_noticed(checks: Checks) -> bool:
        wanted = (
            "exporters.redis",
            "exporters.node",
            "exporters.kube-state-metrics",
            "prometheus.double",
            "prometheus.targets",
            "rules.healthy",
            "rules.watchdog",
        )
        pulled = "can't be pulled" in findings(checks["release.demo"]).get("Deployment notification", "")
        # Panels look back a minute before they call a source dead.
        redis, stack = (findings(checks[f"panels.{uid}"]) for uid in ("obs-redis", "obs-stack"))
        dead = "21 Connected clients" in redis and {"41 Replicas ready", "3 Head series"} <= stack.keys()
        return pulled and dead and all(checks[name]["status"] == "failed" for name in wanted)

    def test_a_dead_redis_behind_a_living_exporter(self, checks: Checks) -> None:
        check = checks["exporters.redis"]
        assert check["summary"] == "Redis saga-demo is dead"
        assert findings(check)["Redis saga-demo"].startswith("Redis at redis.saga-demo.svc:6379 does not answer: ")
        assert "redis saga-demo" not in findings(checks["prometheus.targets"])

    def test_its_panels_say_redis_too(self, checks: Checks) -> None:
        dead = findings(checks["panels.obs-redis"])
        assert "Redis saga-demo at redis.saga-demo.svc:6379 does not answer its exporter" in dead["21 Connected clients"]

    def test_a_service_scaled_to_nothing(self, checks: Checks) -> None:
        assert findings(checks["release.demo"])["Deployment payment"] == "scaled to 0, while the release says 1"

    def test_an_image_that_can_not_be_pulled(self, checks: Checks) -> None:
        said = findings(checks["release.demo"])["Deployment notification"]
        assert said.startswith(f"the image {NO_SUCH_IMAGE} of ")

    def test_a_deployment_that_was_deleted(self, checks: Checks) -> None:
        gone = findings(checks["release.workloads"])["Deployment kube-state-metrics"]
        assert gone == "it is part of the release and does not exist"
        assert checks["exporters.kube-state-metrics"]["status"] == "failed"

    def test_its_target_is_down_with_an_explanation(self, checks: Checks) -> None:
        (said,) = (
            text for name, text in findings(checks["prometheus.targets"]).items() if name.startswith("kube-state-metrics ")
        )
        assert "(" in said

    def test_its_panels_name_the_target(self, checks: Checks) -> None:
        assert "kube-state-metrics" in findings(checks["panels.obs-stack"])["41 Replicas ready"]

    def test_a_node_without_node_exporter(self, stack: Machine, checks: Checks) -> None:
        assert checks["exporters.node"]["details"][0].startswith(f"{stack.node}: ")

    def test_alerts_that_do_not_arrive(self, checks: Checks) -> None:
        assert checks["rules.watchdog"]["status"] == "failed"

    def test_what_still_works_still_passes(self, checks: Checks) -> None:
        for name in ("release.rules", "rules.loaded", "grafana.login", "grafana.dashboards", "prometheus.freshness"):
            assert checks[name]["status"] == "passed", checks[name]

    def test_verify_itself_had_it_loaded(self, checks: Checks) -> None:
        assert checks["release.config"]["status"] == "passed"
        assert checks["release.dashboards"]["status"] == "passed"

    def test_a_rule_that_fails_is_named_with_its_error(self, checks: Checks) -> None:
        assert "many-to-many matching not allowed" in findings(checks["rules.healthy"])["rule test:broken"]

    def test_a_mistyped_panel_is_told_with_the_right_name(self, checks: Checks) -> None:
        said = findings(checks["panels.obs-stack"])["3 Head series"]
        assert f"no target has ever served a metric called {TYPO}; there is {RIGHT}" in said
        assert "4 Ingestion" not in findings(checks["panels.obs-stack"])

    def test_a_page_that_is_scraped_twice(self, checks: Checks) -> None:
        assert (
            "by again grafana.monitoring.svc:80 and grafana grafana.monitoring.svc:80"
            in checks["prometheus.double"]["details"][0]
        )

    def test_the_unknown_job_is_a_warning(self, checks: Checks) -> None:
        assert findings(checks["prometheus.targets"], "warned") == {"job again": "a job that this release does not know"}


def test_a_prometheus_that_is_stopped(stack: Machine) -> None:
    with scaled_down(stack, "monitoring", "deployment", "prometheus-server"):
        checks = until(stack, lambda found: found["prometheus.ready"]["status"] == "failed")
        assert findings(checks["release.workloads"])["Deployment prometheus-server"] == "scaled to 0, while the release says 1"
        assert checks["grafana.datasources"]["status"] == "failed"
        skipped = [one for one in checks.values() if one["summary"] == "because prometheus.ready failed"]
        assert {"prometheus.targets", "rules.healthy", "panels.obs-saga"} <= {one["id"] for one in skipped}
    # Its data outlive it and prove nothing: the next `up` waits for samples that are newer than its start.


def synced(stack: Machine) -> None:
    """Make the kubelet bring changed ConfigMaps into the pods now."""
    pods = ("-n", "monitoring", "annotate", "pods", "-l", "app.kubernetes.io/name=prometheus")
    stack.kubectl(*pods, "--overwrite", f"obsdeploy.dev/synced={id(object())}")


def redis_kind(stack: Machine) -> str:
    names = stack.kubectl("-n", "saga-demo", "get", "deployments,statefulsets", "-o", "name").split()
    return next(name.partition(".")[0] for name in names if name.endswith("/redis"))
