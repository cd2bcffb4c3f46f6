"""Kafka on the live demo: events flow and are seen; without a broker the exporter waits; each fault is named with its fix.

Needs images of Kafka and its exporter: a bundle of the lab's profile `full`, or upstream.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.machine import Done, Machine, eventually
from tests.e2e.test_verify_breaks import findings, scaled_down, until, verify

Json = Any
ON = {"OBSDEPLOY_DEMO__KAFKA": "true"}
ELSEWHERE = "default"
SECRET = "hunter2-wrong"
EXPORTER = ("-n", "monitoring", "-l", "app.kubernetes.io/name=prometheus-kafka-exporter")


@pytest.fixture(scope="module")
def kafka(stack: Machine) -> Iterator[Machine]:
    """The demo with a broker and its exporter, and as it was at the end."""
    if stack.bundle and "apache/kafka" not in (stack.bundle / "bundle.yaml").read_text():
        pytest.skip("the bundle has no image of Kafka: python -m lab build")
    done = stack.run("up", "--demo", *stack.charts_and_images, **ON)
    assert done.returncode == 0, f"{done.stderr}\n{done.stdout}"
    yield stack
    again = stack.run("up", "--demo", *stack.charts_and_images)
    assert again.returncode == 0, again.stderr


def doctor(stack: Machine) -> Json:
    """The one check of `doctor kafka`."""
    done = stack.run("doctor", "kafka", "-o", "json")
    assert done.returncode in (0, 1), done.stderr
    (check,) = json.loads(done.stdout)["checks"]
    return check


def exporter_pod(stack: Machine) -> Json:
    """The exporter's newest pod."""
    pods = json.loads(stack.kubectl("get", "pods", *EXPORTER, "-o", "json"))["items"]
    return max(pods, key=lambda pod: str(pod["metadata"]["creationTimestamp"]))


def watching(stack: Machine, *brokers: str, **settings: str) -> Done:
    """Point the exporter at other brokers; `up` is given no time to wait for what can't come."""
    named = {"OBSDEPLOY_KAFKA__BROKERS": json.dumps(brokers), **settings}
    return stack.run("up", "--demo", *stack.charts_and_images, "--set", "timeout=40s", **named)


def test_events_flow_and_every_panel_shows_them(kafka: Machine) -> None:
    checks = verify(kafka, "--wait", "2m")
    assert {one["id"]: one["summary"] for one in checks.values() if one["status"] == "failed"} == {}
    assert checks["exporters.kafka"]["summary"] == "1 broker answers; 2 topics"
    assert checks["panels.obs-kafka"]["status"] == "passed"


def test_the_doctor_reaches_the_broker_from_the_exporters_place(kafka: Machine) -> None:
    check = doctor(kafka)
    assert (check["status"], check["summary"]) == ("passed", "1 broker answers where the exporter runs")
    assert findings(check, "passed") == {
        "bootstrap kafka.saga-demo.svc:9092": "answers",
        "broker 1, which advertises kafka.saga-demo.svc:9092": "answers",
    }


def test_a_broker_that_goes_away_is_missed_and_comes_back_by_itself(kafka: Machine) -> None:
    with scaled_down(kafka, "saga-demo", "statefulset", "kafka"):
        checks = until(kafka, lambda found: found["exporters.kafka"]["status"] == "failed", "--only", "exporters.kafka")
        check = checks["exporters.kafka"]
        assert check["status"] == "failed"
        assert "kafka.saga-demo.svc:9092: " in check["summary"]
    mended = kafka.run("verify", "--wait", "3m", "--only", "exporters.kafka")
    assert mended.returncode == 0, mended.stdout
    assert exporter_pod(kafka)["status"]["containerStatuses"][0]["restartCount"] == 0


class TestFaults:
    """The exporter pointed at what does not work, one after the other."""

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def _other_broker(cls, kafka: Machine) -> Iterator[None]:
        """A broker elsewhere that advertises an address of its own machine, and wants a password on another port."""
        image = kafka.object("-n", "saga-demo", "statefulset", "kafka")["spec"]["template"]["spec"]["containers"][0]["image"]
        kafka.kubectl("apply", "-f", "-", stdin=json.dumps(other_broker(image)))
        kafka.kubectl("-n", ELSEWHERE, "wait", "--for=condition=Ready", "pod/odd-kafka", "--timeout=120s")
        literal = ("--from-literal", f"password={SECRET}")
        kafka.kubectl("-n", "monitoring", "create", "secret", "generic", "odd-kafka", *literal)
        yield
        kafka.kubectl("-n", ELSEWHERE, "delete", "pod,service", "odd-kafka", "--wait=false")
        kafka.kubectl("-n", "monitoring", "delete", "secret", "odd-kafka")
        back = kafka.run("up", "--demo", *kafka.charts_and_images, **ON)
        assert back.returncode == 0, back.stdout

    def test_nobody_there(self, kafka: Machine) -> None:
        """The pod waits, visibly, without a crash; verify says why."""
        done = watching(kafka, "no-such-kafka.default.svc:9092")
        assert done.returncode == 1
        waits = "kafka-exporter: it ended (255), as it does while no broker answers"
        eventually(lambda: waits in kafka.kubectl("logs", *EXPORTER, "--tail=-1"), 90, "the exporter does not say that it waits")
        (container,) = exporter_pod(kafka)["status"]["containerStatuses"]
        assert (container["restartCount"], container["ready"], list(container["state"])) == (0, False, ["running"])
        check = verify(kafka, "--only", "exporters.kafka")["exporters.kafka"]
        assert check["summary"].startswith("the exporter waits: no broker has answered it: no-such-kafka.default.svc:9092: ")
        assert "the name does not resolve" in check["summary"]

    def test_nobody_listens_and_then_somebody_does(self, kafka: Machine) -> None:
        assert watching(kafka, "odd-kafka.default.svc:9099").returncode == 1
        assert "the connection is refused" in doctor(kafka)["summary"]
        assert exporter_pod(kafka)["status"]["containerStatuses"][0]["restartCount"] == 0

    def test_the_classic(self, kafka: Machine) -> None:
        """The bootstrap address answers, the brokers advertise what nobody here can reach."""
        watching(kafka, "odd-kafka.default.svc:9092")
        checks = until(kafka, lambda found: "advertises" in found["exporters.kafka"]["summary"], "--only", "exporters.kafka")
        check = checks["exporters.kafka"]
        assert "broker 7 advertises kafka.on-my-laptop.invalid:9092: the name does not resolve" in check["summary"]
        assert "advertised.listeners" in check["hint"]["text"]
        assert findings(check, "passed") == {"bootstrap odd-kafka.default.svc:9092": "answers"}

    def test_sasl_is_wanted(self, kafka: Machine) -> None:
        watching(kafka, "odd-kafka.default.svc:9094")
        assert "wants SASL" in doctor(kafka)["summary"]

    def test_a_wrong_password(self, kafka: Machine) -> None:
        sasl = {"mechanism": "plain", "username": "obs", "passwordSecret": {"name": "odd-kafka", "key": "password"}}
        done = watching(kafka, "odd-kafka.default.svc:9094", OBSDEPLOY_KAFKA__SASL=json.dumps(sasl))
        check = doctor(kafka)
        assert "the broker refuses the user name or password" in check["summary"]
        logs = kafka.kubectl("logs", *EXPORTER, "--tail=-1")
        assert SECRET not in f"{check} {done.stdout} {done.stderr} {logs}"

    def test_tls_where_there_is_none(self, kafka: Machine) -> None:
        watching(kafka, "odd-kafka.default.svc:9092", OBSDEPLOY_KAFKA__TLS__ENABLED="true")
        assert "does not speak TLS" in doctor(kafka)["summary"]

    def test_a_secret_that_is_not_there(self, kafka: Machine) -> None:
        sasl = {"mechanism": "plain", "username": "obs", "passwordSecret": {"name": "nowhere", "key": "password"}}
        done = watching(kafka, "odd-kafka.default.svc:9094", OBSDEPLOY_KAFKA__SASL=json.dumps(sasl))
        assert done.returncode == 3
        assert "the settings name Secret nowhere" in done.stderr


def other_broker(image: str) -> Json:
    """A pod with its Service: 9092 advertises what does not resolve, 9094 wants SASL."""
    login = 'org.apache.kafka.common.security.plain.PlainLoginModule required user_obs="right";'
    told = {
        "NODE_ID": "7",
        "PROCESS_ROLES": "broker,controller",
        "CONTROLLER_QUORUM_VOTERS": "7@localhost:9093",
        "CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "LISTENERS": "PLAINTEXT://:9092,CONTROLLER://:9093,LOCKED://:9094",
        "ADVERTISED_LISTENERS": "PLAINTEXT://kafka.on-my-laptop.invalid:9092,LOCKED://odd-kafka.default.svc:9094",
        "LISTENER_SECURITY_PROTOCOL_MAP": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,LOCKED:SASL_PLAINTEXT",
        "INTER_BROKER_LISTENER_NAME": "PLAINTEXT",
        "SASL_ENABLED_MECHANISMS": "PLAIN",
        "LISTENER_NAME_LOCKED_PLAIN_SASL_JAAS_CONFIG": login,
        "OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "HEAP_OPTS": "-Xms64m -Xmx192m",
    }
    env = [{"name": f"KAFKA_{name}", "value": value} for name, value in told.items()]
    probe = {"tcpSocket": {"port": 9092}, "periodSeconds": 2}
    container = {"name": "kafka", "image": image, "env": env, "readinessProbe": probe}
    meta = {"name": "odd-kafka", "namespace": ELSEWHERE, "labels": {"app": "odd-kafka"}}
    spec = {"containers": [container], "enableServiceLinks": False, "terminationGracePeriodSeconds": 1}
    ports = [{"name": f"p{port}", "port": port} for port in (9092, 9094, 9099)]
    service = {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": {"selector": meta["labels"], "ports": ports}}
    return {
        "apiVersion": "v1",
        "kind": "List",
        "items": [{"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec}, service],
    }
