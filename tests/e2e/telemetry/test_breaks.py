"""Kafka and log collection on the live demo, broken: each fault is named, nothing is lost meanwhile, all comes back by itself."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.e2e.breaking import Checks, changed, findings, until
from tests.e2e.brokers import (
    EXPORTER,
    PASSWORD,
    USER,
    credentials,
    doctor,
    exporter,
    guarded_broker,
    odd_broker,
    odd_service,
    told,
)
from tests.e2e.bucket import STORAGE, flush, gone, refusing_bucket, told_to
from tests.e2e.lines import all_there_once, counting, numbers
from tests.e2e.machine import Done, Machine, eventually

Json = Any
STACK = "monitoring"
NOWHERE = {"spec": {"template": {"spec": {"nodeSelector": {"no-such": "node"}}}}}
ODD = "odd-kafka.default.svc"
WRONG = "hunter2-wrong"
COUNT = 1000


def scaled(stack: Machine, namespace: str, name: str, replicas: int) -> None:
    stack.kubectl("-n", namespace, "scale", f"statefulset/{name}", f"--replicas={replicas}")


def failed(checks: Checks, *names: str) -> bool:
    return all(checks[name]["status"] == "failed" for name in names)


class TestAway:
    """Kafka and Loki stop, and Loki comes back with a volume that is full; then there is room, and all is as it was."""

    @pytest.fixture(scope="class")
    @classmethod
    def away(cls, everything: Machine) -> Iterator[tuple[str, Checks]]:
        """The mark of lines that are written meanwhile, and the report on a stack without Kafka and Loki."""
        scaled(everything, "saga-demo", "kafka", 0)
        scaled(everything, STACK, "loki", 0)
        mark = counting(everything, COUNT)
        only = ("--only", "exporters", "--only", "logs", "--only", "grafana")
        yield mark, until(everything, lambda found: failed(found, "exporters.kafka", "logs.delivery"), *only)
        scaled(everything, "saga-demo", "kafka", 1)
        scaled(everything, STACK, "loki", 1)

    def test_a_broker_that_went_away_is_missed(self, away: tuple[str, Checks]) -> None:
        assert "kafka.saga-demo.svc:9092: " in away[1]["exporters.kafka"]["summary"]

    def test_a_line_is_known_to_stop_at_loki(self, away: tuple[str, Checks]) -> None:
        assert "Loki" in away[1]["logs.delivery"]["summary"]

    @pytest.mark.usefixtures("away")
    def test_applications_do_not_notice(self, everything: Machine) -> None:
        asked = {"query": 'min(up{job="applications"})'}
        answer = httpx.get(f"{everything.prometheus}/api/v1/query", params=asked).json()
        assert answer["data"]["result"][0]["value"][1] == "1"

    def test_a_full_volume_is_named_and_what_waited_for_it_arrives_once(
        self, everything: Machine, away: tuple[str, Checks]
    ) -> None:
        with full_volume(everything):
            scaled(everything, "saga-demo", "kafka", 1)
            scaled(everything, STACK, "loki", 1)
            checks = until(
                everything, lambda found: "volume" in found["logs.delivery"]["summary"], "--only", "logs", "--only", "grafana"
            )
            assert "it stopped at Loki: its volume is full" in checks["logs.delivery"]["summary"]
        all_there_once(everything, away[0], COUNT)

    def test_kafkas_exporter_came_back_by_itself(self, everything: Machine) -> None:
        mended = everything.run("verify", "--wait", "2m", "--only", "exporters.kafka", "--only", "logs")
        assert mended.returncode == 0, mended.stdout
        assert exporter(everything)["restartCount"] == 0


@contextlib.contextmanager
def full_volume(stack: Machine) -> Iterator[None]:
    """Under a Loki that does not run, a small volume in the place of its own, nearly full; emptied at the end."""
    claim = stack.object("-n", STACK, "pvc", "storage-loki-0")["spec"]["volumeName"]
    kept = stack.object("pv", claim)["spec"]
    path = (kept.get("hostPath") or kept["local"])["path"]
    gone = ("-n", STACK, "wait", "--for=delete", "pod/loki-0", "--timeout=90s")
    stack.kubectl(*gone)
    fill = f"mount -t tmpfs -o size=64m,mode=0777 full {path} && head -c 60m /dev/zero > {path}/ballast"
    stack.docker("exec", stack.node, "sh", "-c", fill)
    try:
        yield
    finally:
        # The pod keeps what it has mounted; a later one gets the volume itself again.
        stack.docker("exec", stack.node, "sh", "-c", f"rm {path}/ballast && umount --lazy {path}")


class TestCollector:
    """The collector is killed, and then kept from its node, while lines are written."""

    def test_it_is_missed_and_no_line_is_lost(self, everything: Machine) -> None:
        mark = counting(everything, COUNT)
        eventually(lambda: bool(numbers(everything, mark)), 30, "no line arrives")
        everything.docker("exec", everything.node, "sh", "-c", "kill -9 $(pidof otelcol-k8s)")
        with changed(everything, STACK, "daemonset", "log-collector-agent", NOWHERE):
            checks = until(everything, lambda found: failed(found, "logs.collectors", "logs.delivery"), "--only", "logs")
            assert findings(checks["logs.collectors"])
            assert f"it stopped at the collector: none runs on node {everything.node}" in checks["logs.delivery"]["summary"]
        all_there_once(everything, mark, COUNT)


class TestWrongSettings:
    """A broker that is not there and a bucket that refuses; then the broker appears and the bucket relents."""

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def upped(cls, everything: Machine) -> Iterator[Done]:
        """`up` with both; it is given no time to wait for what can't come."""
        everything.kubectl("apply", "-f", "-", stdin=json.dumps(odd_broker(everything)))
        with refusing_bucket(everything):
            yield watching(everything, f"{ODD}:9092", OBSDEPLOY_LOGS__STORAGE=json.dumps(STORAGE))
        everything.kubectl("-n", "default", "delete", "pod,service", "odd-kafka", "--wait=false")

    def test_a_secret_that_is_not_there(self, everything: Machine) -> None:
        sasl = {"mechanism": "plain", "username": USER, "passwordSecret": {"name": "nowhere", "key": "password"}}
        done = watching(everything, f"{ODD}:9094", OBSDEPLOY_KAFKA__SASL=json.dumps(sasl))
        assert done.returncode == 3
        assert "the settings name Secret nowhere" in done.stderr

    def test_a_volume_that_is_there_keeps_its_size_and_the_way_to_a_larger_one_is_named(self, everything: Machine) -> None:
        done = watching(everything, f"{ODD}:9092", OBSDEPLOY_LOGS__STORAGE=json.dumps(STORAGE | {"volume": "20Gi"}))
        said = " ".join(done.stderr.split())
        assert done.returncode == 2, said
        assert "loki has 10Gi. Set loki.singleBinary.persistence.size (`logs.storage.volume` in obsdeploy.yaml) to 10Gi" in said
        assert "kubectl delete statefulset loki -n monitoring --cascade=orphan" in said

    def test_up_says_what_is_wrong_with_both(self, upped: Done) -> None:
        said = " ".join(upped.stdout.split())
        assert upped.returncode == 1
        assert f"{ODD}:9092: the name does not resolve" in said
        assert "AccessDenied" in said

    def test_without_a_broker_the_exporter_waits_and_says_so(self, everything: Machine) -> None:
        said = "kafka-exporter: it ended (255), as it does while no broker answers"
        eventually(lambda: said in everything.kubectl("logs", *EXPORTER, "--tail=-1"), 30, "it does not say that it waits")
        container = exporter(everything)
        assert (container["restartCount"], container["ready"], list(container["state"])) == (0, False, ["running"])

    def test_a_broker_that_appears_is_found_and_the_classic_is_told(self, everything: Machine) -> None:
        """The bootstrap address answers, the broker advertises what nobody here can reach."""
        told_to(everything, "take")
        everything.kubectl("apply", "-f", "-", stdin=json.dumps(odd_service()))
        checks = until(everything, lambda found: "advertises" in found["exporters.kafka"]["summary"], "--only", "exporters.kafka")
        check = checks["exporters.kafka"]
        assert "broker 7 advertises kafka.on-my-laptop.invalid:9092: the name does not resolve" in check["summary"]
        assert "advertised.listeners" in check["hint"]["text"]
        assert findings(check, "passed") == {f"bootstrap {ODD}:9092": "answers"}
        assert doctor(everything)["findings"] == check["findings"]
        eventually(lambda: bool(exporter(everything)["ready"]), 30, "the exporter does not come up by itself")
        assert exporter(everything)["restartCount"] == 0

    @pytest.mark.parametrize(
        ("broker", "password", "tls", "said"),
        [
            (f"{ODD}:9099", None, False, "the connection is refused"),
            (f"{ODD}:9092", None, True, "does not speak TLS"),
            (f"{ODD}:9094", None, False, "wants SASL"),
            (f"{ODD}:9094", WRONG, False, "the broker refuses the user name or password"),
            (f"{ODD}:9094", PASSWORD, False, "1 broker answers where the exporter runs"),
        ],
        ids=["nobody listens", "no TLS there", "SASL is wanted", "a wrong password", "the right password"],
    )
    def test_the_doctor_tells(self, everything: Machine, broker: str, password: str | None, tls: bool, said: str) -> None:
        with credentials(everything, password), told(everything, broker, sasl=password is not None, tls=tls):
            check = doctor(everything)
        assert said in check["summary"]
        assert WRONG not in str(check)

    def test_a_bucket_that_relents_gets_its_lines_and_one_that_refuses_or_goes_is_named(self, everything: Machine) -> None:
        # Not to wait for the kubelet, which starts what crashed ever more slowly.
        everything.kubectl("-n", STACK, "delete", "pod", "loki-0")
        works = everything.run("verify", "--wait", "2m", "--only", "logs")
        assert works.returncode == 0, works.stdout
        told_to(everything, "refuse")
        flush(everything)
        checks = until(everything, lambda found: found["logs.bucket"]["status"] != "passed", "--only", "logs.bucket")
        assert "it refuses these credentials this bucket" in checks["logs.bucket"]["summary"]
        assert "AccessDenied" in checks["logs.bucket"]["summary"]
        gone(everything)
        flush(everything)
        away = "nothing listens at the endpoint"
        checks = until(everything, lambda found: away in found["logs.bucket"]["summary"], "--only", "logs.bucket")
        assert away in checks["logs.bucket"]["summary"]
        assert "connection refused" in checks["logs.bucket"]["summary"]


def watching(stack: Machine, *brokers: str, **settings: str) -> Done:
    """`up` with log collection and an exporter that watches these brokers."""
    named = {"OBSDEPLOY_KAFKA__BROKERS": json.dumps(brokers), "OBSDEPLOY_LOGS__ENABLED": "true", **settings}
    return stack.run("up", "--demo", *stack.charts_and_images, "--set", "timeout=40s", **named)


def test_the_exporter_logs_in_with_its_password_and_its_certificate(everything: Machine) -> None:
    with guarded_broker(everything) as settings:
        # Panels are not waited for: consumer groups of the broker before are missed here for five minutes.
        done = everything.run("up", "--demo", *everything.charts_and_images, "--set", "timeout=5s", **settings)
        assert PASSWORD not in done.stderr + done.stdout
        seen = everything.run("verify", "--wait", "1m", "--only", "exporters.kafka")
        assert seen.returncode == 0, done.stderr + done.stdout + seen.stdout
        assert doctor(everything)["summary"] == "1 broker answers where the exporter runs"
        answer = httpx.get(f"{everything.prometheus}/api/v1/query", params={"query": "kafka_brokers"}).json()
        assert answer["data"]["result"][0]["value"][1] == "1"


def test_switched_off_both_are_gone_and_lines_are_kept(everything: Machine) -> None:
    done = everything.run("up", "--demo", *everything.charts_and_images)
    assert done.returncode == 0, done.stderr + done.stdout
    names = everything.kubectl("-n", STACK, "get", "deployments,statefulsets,daemonsets", "-o", "name")
    assert not {"kafka-exporter", "loki", "log-collector-agent"} & {name.partition("/")[2] for name in names.split()}
    assert "storage-loki-0" in everything.kubectl("-n", STACK, "get", "pvc", "-o", "name")
    everything.kubectl("-n", STACK, "delete", "pvc", "storage-loki-0", "--wait=false")
