"""Samples that are sent elsewhere: they arrive, and a destination that takes none is told with the reason."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.e2e.breaking import verify
from tests.e2e.forwarding import forwarded
from tests.e2e.machine import Machine

NAME = "store"
USER, PASSWORD = "obs", "sesame"
# `PASSWORD` as bcrypt writes it.
WEB = "basic_auth_users: {obs: $2b$04$fpjzD6F4j5P8RpkmdcGomeCWq12Yv9A8acxV1bEcYROehXpyXlcuq}"
WRITE = f"http://{NAME}.default.svc:9090/api/v1/write"
LOGIN = {"username": USER, "passwordSecret": {"name": NAME, "key": "password"}}


@pytest.fixture
def store(stack: Machine) -> Iterator[str]:
    """The address of another Prometheus, which takes what it is sent by those who log in."""
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": NAME, "namespace": "monitoring"}}
    objects = [secret | {"stringData": {"password": PASSWORD}}, *receiver(stack)]
    stack.kubectl("apply", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))
    with forwarded(stack, NAME, 9090, "default", "/-/ready") as url:
        yield url
    back = stack.run("up", "--demo", *stack.charts_and_images)
    stack.kubectl("delete", "pod,service,configmap", NAME, "-n", "default", "--now")
    stack.kubectl("delete", "secret", NAME, "-n", "monitoring")
    assert back.returncode == 0, back.stderr + back.stdout


def receiver(stack: Machine) -> list[Any]:
    containers = stack.object("deployment", "prometheus-server", "-n", "monitoring")["spec"]["template"]["spec"]["containers"]
    image = next(one["image"] for one in containers if one["name"] == "prometheus-server")
    files = {"prometheus.yml": "global: {scrape_interval: 1h}", "web.yml": WEB}
    options = ("config.file=/etc/store/prometheus.yml", "web.config.file=/etc/store/web.yml", "storage.tsdb.path=/tmp/store")
    container = {
        "name": NAME,
        "image": image,
        "args": [*(f"--{one}" for one in options), "--web.enable-remote-write-receiver"],
        "volumeMounts": [{"name": "files", "mountPath": "/etc/store"}],
    }
    meta = {"name": NAME, "namespace": "default", "labels": {"app": NAME}}
    spec = {"containers": [container], "volumes": [{"name": "files", "configMap": {"name": NAME}}]}
    service = {"selector": {"app": NAME}, "ports": [{"port": 9090}]}
    return [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": files},
        {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec},
        {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": service},
    ]


def test_what_is_sent_arrives_and_what_a_destination_refuses_is_told(stack: Machine, store: str) -> None:
    good = {"url": WRITE, "name": "good", "keep": "service:.+|up", **LOGIN}
    bad = {"url": WRITE.replace("write", "nowhere"), "name": "bad", **LOGIN}
    destinations = ("--set", f"remoteWrite={json.dumps([good, bad])}", "--timeout", "40s")
    done = stack.run("up", "--demo", *destinations, *stack.charts_and_images)
    assert done.returncode == 1, done.stderr + done.stdout
    check = verify(stack, "--only", "prometheus.remote")["prometheus.remote"]
    assert check["summary"] == "1 of 2 destinations do not take what they are sent"
    said = {one["subject"].rpartition("/")[2]: one["summary"] for one in check["findings"]}
    assert said["write"].startswith("it took samples of ")
    assert said["nowhere"].startswith("it refused ")
    assert "404 Not Found" in said["nowhere"]
    assert PASSWORD not in done.stdout + done.stderr + str(check)
    names = httpx.get(f"{store}/api/v1/label/__name__/values", auth=(USER, PASSWORD)).json()["data"]
    assert "up" in names
    assert {one for one in names if not one.startswith("service:")} == {"up"}
    assert httpx.get(f"{store}/api/v1/query").status_code == 401  # only those who log in
