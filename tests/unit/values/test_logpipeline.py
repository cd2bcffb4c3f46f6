"""What the collector makes of lines: its patterns, read here as it reads them (RE2 and Python agree on all that they use)."""

import re
from typing import Any

import pytest

from obsdeploy import logpipeline

OPERATORS: dict[str, dict[str, Any]] = {one.get("id", one["type"]): one for one in logpipeline.operators()}


def pattern_in(expression: str) -> str:
    quoted = re.search(r'matches "(.*)"\)$', expression)
    assert quoted
    return quoted[1].replace("\\\\", "\\")


def continues(line: str) -> bool:
    return re.search(pattern_in(OPERATORS["entries"]["is_first_entry"]), line) is not None


def level_in(line: str) -> str | None:
    found = re.search(OPERATORS["level"]["regex"], line)
    return next((text for text in found.groups() if text), None) if found else None


@pytest.mark.parametrize(
    "line",
    [
        '  File "a.py", line 3, in f',
        "\tat com.example.Order.pay(Order.java:12)",
        "Traceback (most recent call last):",
        "ValueError: card declined",
        "sqlalchemy.exc.OperationalError: (psycopg.Error) gone",
        "KeyboardInterrupt",
        "During handling of the above exception, another exception occurred:",
        "Caused by: java.io.IOException: reset",
        "... 12 more",
        "}",
        "",
    ],
)
def test_lines_that_go_on_with_an_entry(line: str) -> None:
    assert continues(line)


@pytest.mark.parametrize(
    "line",
    [
        "ERROR:    Exception in ASGI application",
        '{"level": "error", "message": "x"}',
        "2026-01-01 00:00:00,123 WARNING something odd",
        "I0101 12:00:00.000000 1 klog.go:1] text",
        "GET /orders 200",
        "1:M 22 Nov 2026 12:00:00.000 * Ready to accept connections",
        "[error] 12#12: upstream timed out",
        "Error: something that is a line of its own",
    ],
)
def test_lines_that_begin_an_entry(line: str) -> None:
    assert not continues(line)


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("2026-01-01 00:00:00,123 WARNING an ERROR was retried", "WARNING"),
        ('ts=1 level=warn msg="x"', "warn"),
        ('time=1 lvl="error" msg="x"', "error"),
        ("[error] 12#12: upstream timed out", "error"),
        ("E0101 12:00:00.000000 1 klog.go:1] text", "E"),
        ("INFO:     Uvicorn running", "INFO"),
        ("GET /error 200", None),
        ("an error that nobody called by its level", None),
        ("x" * 400 + " ERROR far behind", None),
        ("first line\nERROR on the second", None),
    ],
)
def test_the_first_word_that_names_a_level(line: str, level: str | None) -> None:
    assert level_in(line) == level


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("2026-11-22T12:00:00.123456789Z stdout F hello  world", ("stdout", "F", "hello  world")),
        ("2026-11-22T12:00:00.123456789+01:00 stderr P half of", ("stderr", "P", "half of")),
        ("2026-11-22T12:00:00.1Z stdout F ", ("stdout", "F", "")),
    ],
    ids=["containerd", "CRI-O", "empty"],
)
def test_lines_are_read_as_runtimes_write_them(line: str, parts: tuple[str, str, str]) -> None:
    found = re.search(OPERATORS["written"]["regex"], line)
    assert found
    assert (found["stream"], found["part"], found["text"]) == parts


@pytest.mark.parametrize("name", ["0.log", "12.log.20261122-120000"])
def test_a_files_path_says_whose_it_is(name: str) -> None:
    uid = "0b6b1b6e-0000-4000-8000-000000000001"
    found = re.search(OPERATORS["path"]["regex"], f"/var/log/pods/shop_order-7c9f5b4d6b-x2z4b_{uid}/order/{name}")
    assert found
    assert found.groupdict() == {"namespace": "shop", "pod": "order-7c9f5b4d6b-x2z4b", "uid": uid, "container": "order"}


@pytest.mark.parametrize(
    ("line", "held"),
    [('{"level": "info"}', False), ('{"level": "info"} ', False), ("{", True), ('{"cut": "off', True), ("plain text", True)],
)
def test_only_what_may_go_on_is_held_back(line: str, held: bool) -> None:
    assert (re.search(pattern_in(OPERATORS["entries"]["if"]), line) is None) is held


def test_every_name_of_a_level_leads_to_one_of_the_labels() -> None:
    expression = next(one["value"] for one in logpipeline.operators() if one.get("field") == 'resource["level"]')
    leads = re.findall(r"said in \[(.*?)\] \? '(\w+)'", expression)
    assert {level for _, level in leads} | {"unknown"} == set(logpipeline.LEVELS)
    words = [word for names, _ in leads for word in re.findall(r"'(\w+)'", names)]
    assert len(words) == len(set(words))
    assert {"warning", "critical", "notice", "trace", "e", "50"} <= set(words)


def test_only_plain_values_are_kept_beside_a_line() -> None:
    """Loki refuses a whole line for an id that is a map of many parts or a long list."""
    moved = [one for one in logpipeline.operators() if one.get("from", "").startswith('attributes["json"]')]
    assert [one["to"] for one in moved] == [f'attributes["{name}"]' for name in logpipeline.IDS]
    for one, name in zip(moved, logpipeline.IDS, strict=True):
        assert one["if"] == f'type(attributes.json?.{name}) in ["string", "int", "float"]'


def test_only_known_fields_are_kept_beside_a_line() -> None:
    assert OPERATORS["retain"]["fields"] == ['attributes["request_id"]', 'attributes["saga_id"]', 'attributes["trace_id"]']
    (kept,) = [one for block in logpipeline.statements() for one in block["statements"] if one.startswith("keep_keys")]
    assert kept == 'keep_keys(resource.attributes, ["namespace", "service", "container", "level", "pod"])'


@pytest.mark.parametrize(
    ("pod", "service"),
    [
        ("order-7c9f5b4d6b-x2z4b", "order"),
        ("node-exporter-x2z4b", "node-exporter"),
        ("alertmanager-0", "alertmanager"),
        ("etcd-control-plane", "etcd-control-plane"),
    ],
)
def test_a_pod_without_labels_is_named_by_what_made_it(pod: str, service: str) -> None:
    patterns = [
        found[1]
        for block in logpipeline.statements()
        for one in block["statements"]
        if (found := re.search(r'replace_pattern\(.*?, "(.*?)", ""\)', one))
    ]
    for pattern in patterns:
        pod = re.sub(pattern, "", pod, count=1)
    assert pod == service
