"""Kafka from the tests: its exporter, the doctor, and a broker with faults of its own."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

import trustme
from cryptography.hazmat.primitives import serialization

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
    return _pod(stack, "odd-kafka", "PLAINTEXT://kafka.on-my-laptop.invalid:9092", "LOCKED:SASL_PLAINTEXT")


def odd_service() -> Json:
    """The Service of that pod; nobody listens on its port 9099."""
    return _service("odd-kafka", 9092, 9094, 9099)


@contextlib.contextmanager
def guarded_broker(stack: Machine) -> Iterator[dict[str, str]]:
    """A broker that wants a password and a certificate; yields the settings of an exporter that has both, in Secrets."""
    authority = trustme.CA()
    own = _pem(authority.issue_cert("guarded-kafka.default.svc"))
    clients = _pem(authority.issue_cert("obs.example"))
    ca = authority.cert_pem.bytes().decode()
    keystore = {"KEYSTORE_TYPE": "PEM", "KEYSTORE_KEY": own["tls.key"], "KEYSTORE_CERTIFICATE_CHAIN": own["tls.crt"]}
    truststore = {"CLIENT_AUTH": "required", "TRUSTSTORE_TYPE": "PEM", "TRUSTSTORE_CERTIFICATES": ca}
    # What a file of properties reads as a line's end.
    guard = {f"LISTENER_NAME_LOCKED_SSL_{name}": value.replace("\n", "\\n") for name, value in (keystore | truststore).items()}
    listener = "PLAINTEXT://localhost:9092"
    made = [
        _secret("guarded-kafka", {"password": PASSWORD, "ca.crt": ca, **clients}),
        _service("guarded-kafka", 9094),
        _pod(stack, "guarded-kafka", listener, "LOCKED:SASL_SSL", guard),
    ]
    stack.kubectl("apply", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": made}))
    password = {"name": "guarded-kafka", "key": "password"}
    try:
        yield {
            "OBSDEPLOY_KAFKA__BROKERS": json.dumps(["guarded-kafka.default.svc:9094"]),
            "OBSDEPLOY_KAFKA__SASL": json.dumps({"mechanism": "plain", "username": USER, "passwordSecret": password}),
            "OBSDEPLOY_KAFKA__TLS": json.dumps({"enabled": True, "secret": "guarded-kafka"}),
        }
    finally:
        stack.kubectl("-n", NAMESPACE, "delete", "pod,service", "guarded-kafka", "--wait=false")
        stack.kubectl("-n", MONITORING, "delete", "secret", "guarded-kafka")


def _pod(stack: Machine, name: str, plain: str, locked: str, more: Mapping[str, str] | None = None) -> Json:
    """A broker that advertises `plain`, and with a listener of the protocol `locked` on port 9094."""
    (node,) = stack.object("nodes")["items"]
    image = next(name for one in node["status"]["images"] for name in one["names"] if "/apache/kafka:" in name)
    login = f'org.apache.kafka.common.security.plain.PlainLoginModule required user_{USER}="{PASSWORD}";'
    told = {
        "NODE_ID": "7",
        "PROCESS_ROLES": "broker,controller",
        "CONTROLLER_QUORUM_VOTERS": "7@localhost:9093",
        "CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "LISTENERS": "PLAINTEXT://:9092,CONTROLLER://:9093,LOCKED://:9094",
        "ADVERTISED_LISTENERS": f"{plain},LOCKED://{name}.default.svc:9094",
        "LISTENER_SECURITY_PROTOCOL_MAP": f"CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,{locked}",
        "INTER_BROKER_LISTENER_NAME": "PLAINTEXT",
        "SASL_ENABLED_MECHANISMS": "PLAIN",
        "LISTENER_NAME_LOCKED_PLAIN_SASL_JAAS_CONFIG": login,
        "OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "HEAP_OPTS": "-Xms64m -Xmx192m",
        **(more or {}),
    }
    env = [{"name": f"KAFKA_{key}", "value": value} for key, value in told.items()]
    container = {"name": "kafka", "image": image, "env": env}
    spec = {"containers": [container], "enableServiceLinks": False, "terminationGracePeriodSeconds": 1}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": _meta(name), "spec": spec}


def _service(name: str, *ports: int) -> Json:
    spec = {"selector": {"app": name}, "ports": [{"name": f"p{port}", "port": port} for port in ports]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": _meta(name), "spec": spec}


def _secret(name: str, held: Mapping[str, str]) -> Json:
    meta = {"name": name, "namespace": MONITORING}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "stringData": dict(held)}


def _pem(pair: trustme.LeafCert) -> dict[str, str]:
    """Certificate and key as in a Secret; Java reads keys of PKCS 8 alone."""
    key = serialization.load_pem_private_key(pair.private_key_pem.bytes(), None)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return {"tls.crt": "".join(one.bytes().decode() for one in pair.cert_chain_pems), "tls.key": pem.decode()}


@contextlib.contextmanager
def credentials(stack: Machine, password: str | None) -> Iterator[None]:
    """The Secret that `told` names, with this password in it."""
    stack.kubectl("create", "-f", "-", stdin=json.dumps(_secret("odd-kafka", {"password": password or ""})))
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


def _meta(name: str) -> Json:
    return {"name": name, "namespace": NAMESPACE, "labels": {"app": name}}
