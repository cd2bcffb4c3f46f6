"""Redis of the user's own, behind a password and TLS: seen, and where it is not, for the reason that is told."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import trustme

from tests.e2e.breaking import findings, until
from tests.e2e.machine import Machine

Lock = Callable[[str, trustme.CA], None]
NAME, HOST = "locked", "locked.default.svc"
PASSWORD = {"name": NAME, "key": "password"}
INSTANCES = [
    {"name": "plain", "address": f"{HOST}:6379", "passwordSecret": PASSWORD},
    {
        "name": "secured",
        "address": f"{HOST}:6380",
        "passwordSecret": PASSWORD,
        "tls": True,
        "caSecret": {"name": NAME, "key": "ca.crt"},
    },
]


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def lock(stack: Machine, authority: trustme.CA) -> Iterator[Lock]:
    """Starts a Redis with this password and a certificate of this authority, and writes the password into the Secret."""
    held = {"password": "none", "ca.crt": authority.cert_pem.bytes().decode()}
    meta = {"name": NAME, "namespace": "monitoring"}
    apply(stack, {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "stringData": held})
    stack.kubectl("create", "service", "clusterip", NAME, "-n", "default", "--tcp=6379:6379", "--tcp=6380:6380")

    def started(password: str, signer: trustme.CA) -> None:
        stack.kubectl("patch", "secret", NAME, "-n", "monitoring", "-p", json.dumps({"stringData": {"password": password}}))
        stack.kubectl("delete", "pod,secret", NAME, "-n", "default", "--ignore-not-found", "--now")
        apply(stack, certificate(signer), pod(stack, password))
        stack.kubectl("wait", "pod", NAME, "-n", "default", "--for=condition=Ready", "--timeout=60s")

    yield started
    # The release goes on naming it: what comes after takes it down.
    stack.kubectl("delete", "pod,service,secret", NAME, "-n", "default", "--ignore-not-found", "--now")
    stack.kubectl("delete", "secret", NAME, "obs-redis-passwords", "-n", "monitoring", "--ignore-not-found")


def apply(stack: Machine, *objects: Any) -> None:
    stack.kubectl("apply", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))


def certificate(signer: trustme.CA) -> Any:
    pair = signer.issue_cert(HOST)
    chain = "".join(one.bytes().decode() for one in pair.cert_chain_pems)
    held = {"tls.crt": chain, "tls.key": pair.private_key_pem.bytes().decode()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": NAME, "namespace": "default"}, "stringData": held}


def pod(stack: Machine, password: str) -> Any:
    image = stack.object("statefulset", "redis", "-n", "saga-demo")["spec"]["template"]["spec"]["containers"][0]["image"]
    server = ["redis-server", "--protected-mode", "no", "--save", "", "--dir", "/tmp", "--requirepass", password]
    tls = ["--tls-port", "6380", "--tls-auth-clients", "no", "--tls-cert-file", "/tls/tls.crt", "--tls-key-file", "/tls/tls.key"]
    mounts = [{"name": "tls", "mountPath": "/tls"}]
    probe = {"tcpSocket": {"port": 6380}, "periodSeconds": 1}
    container = {"name": "redis", "image": image, "command": server + tls, "volumeMounts": mounts, "readinessProbe": probe}
    spec = {"containers": [container], "volumes": [{"name": "tls", "secret": {"secretName": NAME}}]}
    meta = {"name": NAME, "namespace": "default", "labels": {"app": NAME}}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec}


def test_a_redis_behind_password_and_tls_is_seen_and_what_shuts_the_exporter_out_is_told(
    stack: Machine, lock: Lock, authority: trustme.CA
) -> None:
    arguments = ("up", "--demo", "--set", f"redis={json.dumps(INSTANCES)}", *stack.charts_and_images)
    restarted = "Deployment redis-exporter restarted: its passwords have changed"
    lock("sesame-one", authority)
    first = stack.run(*arguments)
    assert first.returncode == 0, first.stderr + first.stdout
    assert restarted not in " ".join(first.stdout.split())  # Helm has replaced the pod that had no passwords

    lock("sesame-two", trustme.CA())
    checks = until(stack, lambda found: len(findings(found["exporters.redis"])) == 2, "--only", "exporters.redis")
    dead = findings(checks["exporters.redis"])
    assert dead["Redis plain"] == f"Redis at {HOST}:6379 does not answer: the password is wrong"
    assert "TLS fails: its certificate is of an authority that the exporter does not know" in dead["Redis secured"]
    assert "sesame" not in str(checks)

    lock("sesame-two", authority)
    rotated = stack.run(*arguments)
    assert rotated.returncode == 0, rotated.stderr + rotated.stdout
    assert restarted in " ".join(rotated.stdout.split())
