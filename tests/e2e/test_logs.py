"""Log collection on the live demo: what services say is found, faults are named, and nothing is lost meanwhile.

Needs images of Loki and the collector: a bundle of the lab's profile `full`, or upstream.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.e2e.machine import Machine, eventually
from tests.e2e.test_verify_breaks import changed, findings, mended, until, verify

Json = Any
ON = {"OBSDEPLOY_LOGS__ENABLED": "true"}
LOGIN = ("admin", "admin")
NOWHERE = {"spec": {"template": {"spec": {"nodeSelector": {"no-such": "node"}}}}}
# What people's programs print that no program should.
_ODD = r"""
import sys, time
out = sys.stdout.buffer
mark = sys.argv[1].encode()
def line(data): out.write(data + b"\n"); out.flush()
line(b"big " + mark + b" " + b"y" * 1_000_000 + b" end-" + mark)
line(b"binary " + mark + b" \x00\xff\xfe\x01")
line(b"ansi " + mark + b" \x1b[31mred\x1b[0m {level=\"x\"} <script>alert(1)</script>")
line(b"Traceback (most recent call last):\n  File \"a.py\", line 3, in f\nValueError: trace " + mark)
line(b'{"level": "error", "saga_id": "' + mark + b'", "message": "json"}')
line(b'{"level": "' + b"z" * 300 + b'", "request_id": "' + b"r" * 5000 + b'", "message": "hostile ' + mark + b'"}')
out.write(b"no newline " + mark); out.flush()
"""
_COUNTING = """
import sys, time
for number in range(int(sys.argv[2])):
    print(sys.argv[1], number, flush=True)
    time.sleep(0.02)
time.sleep(600)
"""


@pytest.fixture(scope="module")
def logs(stack: Machine) -> Iterator[Machine]:
    """The demo with log collection switched on, and off again at the end."""
    if stack.bundle and "grafana/loki" not in (stack.bundle / "bundle.yaml").read_text():
        pytest.skip("the bundle has no image of Loki: python -m lab build")
    done = stack.run("up", "--demo", *stack.charts_and_images, **ON)
    assert done.returncode == 0, f"{done.stderr}\n{done.stdout}"
    yield stack
    again = stack.run("up", "--demo", *stack.charts_and_images)
    assert again.returncode == 0, again.stderr


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


def writer(stack: Machine, program: str, *arguments: str) -> str:
    """Start a pod that prints; returns its name."""
    name = f"writer-{uuid.uuid4().hex[:8]}"
    image = stack.object("-n", "saga-demo", "deployment", "order")["spec"]["template"]["spec"]["containers"][0]["image"]
    container = {"name": "writer", "image": image, "command": ["python3", "-c", program, *arguments]}
    meta = {"name": name, "namespace": "default", "labels": {"app": "writer"}}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": {"containers": [container], "restartPolicy": "Never"}}
    stack.kubectl("apply", "-f", "-", stdin=json.dumps(pod))
    return name


def test_a_line_comes_back_and_everything_else_is_well(logs: Machine) -> None:
    checks = verify(logs, "--wait", "2m")
    assert {one["id"]: one["status"] for one in checks.values() if one["status"] == "failed"} == {}
    assert checks["logs.delivery"]["summary"].startswith("a line written in pod grafana-")
    assert checks["panels.obs-logs"]["status"] == "passed"


def test_a_saga_is_found_in_every_service_by_its_id(logs: Machine) -> None:
    sagas = [labels["saga_id"] for labels, _ in ask(logs, '{namespace="saga-demo"} | saga_id!=""') if "saga_id" in labels]
    assert sagas
    services = {
        labels["service"] for saga in sagas[:20] for labels, _ in ask(logs, f'{{namespace="saga-demo"}} | saga_id="{saga}"')
    }
    assert {"coordinator", "payment"} <= services


def test_odd_lines_arrive_whole_bounded_and_as_text(logs: Machine) -> None:
    mark = uuid.uuid4().hex
    name = writer(logs, _ODD, mark)
    selector = '{namespace="default",container="writer"}'
    eventually(lambda: len(ask(logs, f"{selector} |= `{mark}`")) >= 7, 60, "the lines of the pod did not arrive")
    found = ask(logs, f'{selector} | pod="{name}"')
    texts = [text for _, text in found]
    assert sum(text.count("y") for text in texts if text.count("y") > 1000) == 1_000_000
    assert any("\ufffd" in text for text in texts)
    (ansi,) = (text for text in texts if text.startswith("ansi"))
    assert "<script>alert(1)</script>" in ansi
    (trace,) = (text for text in texts if "Traceback" in text)
    assert trace.endswith(f"ValueError: trace {mark}")
    assert any(text.startswith("no newline") for text in texts)
    levels = {labels["level"] for labels, _ in found}
    assert levels <= {"debug", "info", "warn", "error", "fatal", "unknown"}
    ids = [labels["request_id"] for labels, _ in found if "request_id" in labels]
    assert [len(one) for one in ids] == [128]
    assert {labels["service"] for labels, _ in found} == {"writer"}


class TestFaults:
    """Loki away, then the collector: each is named, and what was written meanwhile is there afterwards, once."""

    def test_loki_away(self, logs: Machine) -> None:
        mark = uuid.uuid4().hex
        with changed(logs, "monitoring", "statefulset", "loki", {"spec": {"replicas": 0}}):
            writer(logs, _COUNTING, mark, "500")
            checks = until(
                logs, lambda found: found["logs.delivery"]["status"] == "failed", "--only", "logs", "--only", "grafana"
            )
            assert checks["logs.delivery"]["status"] == "failed"
            assert "Loki" in checks["logs.delivery"]["summary"]
            # Applications don't notice.
            assert (
                httpx.get(f"{logs.prometheus}/api/v1/query", params={"query": 'min(up{job="applications"})'}).json()["data"][
                    "result"
                ][0]["value"][1]
                == "1"
            )
        mended(logs)
        self._all_there(logs, mark, 500)

    def test_collector_replaced(self, logs: Machine) -> None:
        mark = uuid.uuid4().hex
        writer(logs, _COUNTING, mark, "500")
        with changed(logs, "monitoring", "daemonset", "log-collector-agent", NOWHERE):
            checks = until(logs, lambda found: found["logs.collectors"]["status"] == "failed", "--only", "logs")
            assert findings(checks["logs.collectors"])
            assert f"it stopped at the collector: none runs on node {logs.node}" in checks["logs.delivery"]["summary"]
        mended(logs)
        self._all_there(logs, mark, 500)

    @staticmethod
    def _all_there(logs: Machine, mark: str, count: int) -> None:
        def numbers() -> list[int]:
            return sorted(int(text.split()[1]) for _, text in ask(logs, f'{{container="writer"}} |= `{mark} `'))

        eventually(lambda: len(numbers()) >= count, 90, "lines are missing")
        assert numbers() == list(range(count))
