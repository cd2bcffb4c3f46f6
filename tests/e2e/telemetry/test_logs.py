"""Log collection on the live demo: what services say is found, and odd lines do no harm. Faults: test_breaks.py."""

from __future__ import annotations

import uuid

import httpx

from tests.e2e.breaking import verify
from tests.e2e.lines import LOGIN, ask, writer
from tests.e2e.machine import Machine, eventually

# What people's programs print that no program should.
_ODD = r"""
import sys
out = sys.stdout.buffer
mark = sys.argv[1].encode()
def line(data): out.write(data + b"\n"); out.flush()
line(b"big " + mark + b" " + b"y" * 1_000_000 + b" end-" + mark)
line(b"binary " + mark + b" \x00\xff\xfe\x01")
line(b"ansi " + mark + b" \x1b[31mred\x1b[0m {level=\"x\"} <script>alert(1)</script>")
line(b"Traceback (most recent call last):\n  File \"a.py\", line 3, in f\nValueError: trace " + mark)
line(b'{"level": "error", "saga_id": "' + mark + b'", "message": "json"}')
line(b'{"level": "' + b"z" * 300 + b'", "request_id": "' + b"r" * 5000 + b'", "message": "hostile ' + mark + b'"}')
line(b'{"saga_id": {' + b", ".join(b'"k%d": "v"' % n for n in range(200)) + b'}, "message": "a map ' + mark + b'"}')
line(b'{"request_id": ["' + b"r" * 70_000 + b'"], "message": "a list ' + mark + b'"}')
out.write(b"no newline " + mark); out.flush()
"""


def test_a_line_comes_back(everything: Machine) -> None:
    checks = verify(everything, "--wait", "1m", "--only", "logs", "--only", "grafana", "--only", "panels.obs-logs")
    assert {one["id"]: one["summary"] for one in checks.values() if one["status"] == "failed"} == {}
    assert checks["logs.delivery"]["summary"].startswith("a line written in pod grafana-")
    assert checks["panels.obs-logs"]["status"] == "passed"


def test_services_that_prometheus_does_not_know_can_be_chosen(everything: Machine) -> None:
    asked = f"{everything.grafana}/api/datasources/uid/loki/resources/label/service/values"
    found = httpx.get(asked, params={"query": '{namespace=~".+"}'}, auth=LOGIN, timeout=30).raise_for_status().json()["data"]
    assert {"order", "grafana"} <= set(found)


def test_a_saga_is_found_in_every_service_by_its_id(everything: Machine) -> None:
    sagas = [labels["saga_id"] for labels, _ in ask(everything, '{namespace="saga-demo"} | saga_id!=""') if "saga_id" in labels]
    assert sagas
    services = {
        labels["service"] for saga in sagas[:20] for labels, _ in ask(everything, f'{{namespace="saga-demo"}} | saga_id="{saga}"')
    }
    assert {"coordinator", "payment"} <= services


def test_odd_lines_arrive_whole_bounded_and_as_text(everything: Machine) -> None:
    mark = uuid.uuid4().hex
    name = writer(everything, _ODD, mark)
    selector = '{namespace="default",container="writer"}'
    eventually(lambda: len(ask(everything, f"{selector} |= `{mark}`")) >= 9, 60, "the lines of the pod did not arrive")
    found = ask(everything, f'{selector} | pod="{name}"')
    texts = [text for _, text in found]
    assert sum(text.count("y") for text in texts if text.count("y") > 1000) == 1_000_000
    assert max(map(len, texts)) <= 300_000
    assert any("\ufffd" in text for text in texts)
    (ansi,) = (text for text in texts if text.startswith("ansi"))
    assert "\x1b[31mred" in ansi
    assert "<script>alert(1)</script>" in ansi
    (trace,) = (text for text in texts if "Traceback" in text)
    assert trace.endswith(f"ValueError: trace {mark}")
    assert any(text.startswith("no newline") for text in texts)
    # Ids that are a map of many parts, or a long list, cost no line.
    assert any(f'"a map {mark}"' in text for text in texts)
    assert any(f'"a list {mark}"' in text for text in texts)
    levels = {labels["level"] for labels, _ in found}
    assert levels <= {"debug", "info", "warn", "error", "fatal", "unknown"}
    ids = [labels["request_id"] for labels, _ in found if "request_id" in labels]
    assert [len(one) for one in ids] == [128]
    assert {labels["service"] for labels, _ in found} == {"writer"}
