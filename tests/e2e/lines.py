"""Pods that print lines, and lines as Grafana finds them."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

import httpx

from tests.e2e.machine import Machine, eventually

Json = Any
LOGIN = ("admin", "admin")
NAMESPACE = "default"
ARRIVED = 90.0
"""Seconds within which lines arrive that waited in a queue."""

# A line every ten milliseconds, each a JSON object with its number.
_COUNTING = """
import json, sys, time
for number in range(int(sys.argv[2])):
    print(json.dumps({"level": "info", "mark": sys.argv[1], "number": number}), flush=True)
    time.sleep(0.01)
time.sleep(600)
"""


def image(stack: Machine) -> str:
    """The demo's image: it is on the node, and has Python."""
    return str(stack.object("-n", "saga-demo", "deployment", "order")["spec"]["template"]["spec"]["containers"][0]["image"])


def pod(stack: Machine, name: str, program: str, *arguments: str) -> Json:
    """A pod that runs a Python program."""
    container = {"name": name, "image": image(stack), "command": ["python3", "-c", program, *arguments]}
    meta = {"name": f"{name}-{uuid.uuid4().hex[:8]}", "namespace": NAMESPACE, "labels": {"app": name}}
    spec = {"containers": [container], "restartPolicy": "Never", "terminationGracePeriodSeconds": 1}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec}


def writer(stack: Machine, program: str, *arguments: str) -> str:
    """Start a pod that prints; returns its name."""
    made = pod(stack, "writer", program, *arguments)
    stack.kubectl("apply", "-f", "-", stdin=json.dumps(made))
    return str(made["metadata"]["name"])


def counting(stack: Machine, count: int) -> str:
    """Start a pod that prints numbered lines, a hundred a second; returns the mark that they bear."""
    mark = uuid.uuid4().hex
    writer(stack, _COUNTING, mark, str(count))
    return mark


def numbers(stack: Machine, mark: str) -> list[int]:
    """The numbers of the lines with this mark that have arrived, in order."""
    return sorted(json.loads(text)["number"] for _, text in ask(stack, f'{{container="writer"}} |= `{mark}`'))


def all_there_once(stack: Machine, mark: str, count: int) -> None:
    """Wait for the last line; none is missing, none is there twice."""
    eventually(lambda: len(numbers(stack, mark)) >= count, ARRIVED, "lines are missing")
    assert numbers(stack, mark) == list(range(count))


def ask(stack: Machine, expression: str, seconds: float = 1800) -> list[tuple[Json, str]]:
    """Labels and text of the lines that a query finds through Grafana."""
    query = {
        "refId": "A",
        "datasource": {"uid": "loki", "type": "loki"},
        "expr": expression,
        "queryType": "range",
        "maxLines": 5000,
    }
    now = time.time()
    body = {"queries": [query], "from": str(int((now - seconds) * 1000)), "to": str(int((now + 60) * 1000))}
    answer = httpx.post(f"{stack.grafana}/api/ds/query", json=body, auth=LOGIN, timeout=30)
    frames = answer.raise_for_status().json()["results"]["A"]["frames"]
    found: list[tuple[Json, str]] = []
    for frame in frames:
        names = [field["name"] for field in frame["schema"]["fields"]]
        if "Line" in names:
            values = frame["data"]["values"]
            found += zip(values[names.index("labels")], values[names.index("Line")], strict=True)
    return found
