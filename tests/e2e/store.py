"""Another Prometheus on the cluster, which takes what it is sent by those who log in: where `remoteWrite` sends to."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

from tests.e2e.forwarding import forwarded
from tests.e2e.machine import Machine

NAME = "store"
USER, PASSWORD = "obs", "sesame"
# `PASSWORD` as bcrypt writes it.
WEB = "basic_auth_users: {obs: $2b$04$fpjzD6F4j5P8RpkmdcGomeCWq12Yv9A8acxV1bEcYROehXpyXlcuq}"
LOGIN = {"username": USER, "passwordSecret": {"name": NAME, "key": "password"}}


def destination(path: str, **more: str) -> Any:
    """An entry of `remoteWrite` for this store, with its password by reference."""
    return {"url": f"http://{NAME}.default.svc:9090{path}", **LOGIN, **more}


@contextlib.contextmanager
def store(stack: Machine) -> Iterator[str]:
    """The store's address from here, while it runs."""
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": NAME, "namespace": "monitoring"}}
    objects = [secret | {"stringData": {"password": PASSWORD}}, *_objects(stack)]
    stack.kubectl("apply", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))
    stack.kubectl("wait", "pod", NAME, "-n", "default", "--for=condition=Ready", "--timeout=60s")
    with forwarded(stack, NAME, 9090, "default", "/-/ready") as url:
        yield url
    stack.kubectl("delete", "pod,service,configmap", NAME, "-n", "default", "--now")
    stack.kubectl("delete", "secret", NAME, "-n", "monitoring")


def _objects(stack: Machine) -> list[Any]:
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
