"""Kafka from the tests: its exporter, the doctor, and a broker with faults of its own."""

from __future__ import annotations

import base64
import contextlib
import json
from collections.abc import Iterator
from typing import Any

from tests.e2e.breaking import changed
from tests.e2e.machine import Machine

Json = Any
NAMESPACE, MONITORING = "default", "monitoring"
EXPORTER = ("-n", MONITORING, "-l", "app.kubernetes.io/name=prometheus-kafka-exporter")
USER, PASSWORD = "obs", "the-right-one"


def doctor(stack: Machine) -> Json:
    """The one check of `doctor kafka`."""
    done = stack.run("doctor", "kafka", "-o", "json")
    assert done.returncode in (0, 1), done.stderr
    (check,) = json.loads(done.stdout)["checks"]
    return check


def exporter(stack: Machine) -> Json:
    """What is known of the container in the exporter's newest pod."""
    pods = json.loads(stack.kubectl("get", "pods", *EXPORTER, "-o", "json"))["items"]
    newest = max(pods, key=lambda pod: str(pod["metadata"]["creationTimestamp"]))
    return newest["status"]["containerStatuses"][0]


def odd_broker(stack: Machine) -> Json:
    """A pod `odd-kafka`: its port 9092 advertises what does not resolve, 9094 wants a password."""
    image = stack.object("-n", "saga-demo", "statefulset", "kafka")["spec"]["template"]["spec"]["containers"][0]["image"]
    login = f'org.apache.kafka.common.security.plain.PlainLoginModule required user_{USER}="{PASSWORD}";'
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
    container = {"name": "kafka", "image": image, "env": env}
    spec = {"containers": [container], "enableServiceLinks": False, "terminationGracePeriodSeconds": 1}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": _meta(), "spec": spec}


def odd_service() -> Json:
    """The Service of that pod; nobody listens on its port 9099."""
    ports = [{"name": f"p{port}", "port": port} for port in (9092, 9094, 9099)]
    return {"apiVersion": "v1", "kind": "Service", "metadata": _meta(), "spec": {"selector": _meta()["labels"], "ports": ports}}


@contextlib.contextmanager
def credentials(stack: Machine, password: str | None) -> Iterator[None]:
    """The Secret that `told` names, with this password in it."""
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "odd-kafka", "namespace": MONITORING}}
    secret["data"] = {"password": base64.b64encode((password or "").encode()).decode()}
    stack.kubectl("create", "-f", "-", stdin=json.dumps(secret))
    try:
        yield
    finally:
        stack.kubectl("-n", MONITORING, "delete", "secret", "odd-kafka")


def told(stack: Machine, broker: str, *, sasl: bool, tls: bool) -> contextlib.AbstractContextManager[None]:
    """The release says that the exporter watches this broker: what the doctor goes by."""
    expected = json.loads(stack.object("-n", MONITORING, "configmap", "obs-release")["data"]["expected.json"])
    expected["kafka"]["brokers"] = [broker]
    expected["kafka"]["tls"]["enabled"] = tls
    secret = {"name": "odd-kafka", "key": "password"}
    expected["kafka"]["sasl"] = {"mechanism": "plain", "username": USER, "passwordSecret": secret} if sasl else None
    return changed(stack, MONITORING, "configmap", "obs-release", {"data": {"expected.json": json.dumps(expected)}})


def _meta() -> Json:
    return {"name": "odd-kafka", "namespace": NAMESPACE, "labels": {"app": "odd-kafka"}}
