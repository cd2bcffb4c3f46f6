"""The bench of log collection counts what came twice or late, so that its zeros mean something."""

import itertools
import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from bench import logs
from bench.logs import Cluster, Seen

Json = Any
Entry = tuple[dict[str, str], int, str]
BEGAN = 1000.0


@dataclass(frozen=True)
class Recorded(Cluster):
    """A Loki that holds these entries: labels, nanoseconds, line. A line of `late` is there only from that look on."""

    entries: tuple[Entry, ...] = ()
    late: dict[str, int] = field(default_factory=dict)
    looks: "itertools.count[int]" = field(default_factory=itertools.count)

    def loki(self, path: str) -> Json:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}
        pattern = asked["query"].partition('|~ "')[2].rstrip('"')
        text = asked["query"].partition('|= "')[2].rstrip('"')
        look = next(self.looks)
        found = [
            one
            for one in self.entries
            if text in one[2]
            and re.search(pattern, one[2])
            and int(asked["start"]) <= one[1]
            and self.late.get(one[2], 0) <= look
        ]
        found = sorted(found, key=lambda one: one[1])[: int(asked.get("limit", 100))]
        by = {json.dumps(labels): labels for labels, _, _ in found}
        values = {key: [[str(at), line] for labels, at, line in found if json.dumps(labels) == key] for key in by}
        return {"data": {"result": [{"stream": labels, "values": values[key]} for key, labels in by.items()]}}


def holding(*entries: Entry, late: dict[str, int] | None = None) -> Recorded:
    return Recorded("", "", entries, late or {})


def entry(number: int, *, level: str = "info", at: float = BEGAN) -> Entry:
    """Line of that number, which its writer wrote at `at` and its runtime a moment later."""
    return {"level": level}, int((at + 0.001) * 1e9), f"run {number} {at:.3f} level=info text"


def test_a_line_in_two_streams_or_at_two_times_is_there_twice() -> None:
    again = ({"level": "info"}, int((BEGAN + 9) * 1e9), entry(3)[2])
    counted = logs._count(holding(entry(0), entry(1), entry(1, level="unknown"), entry(3), again), "run", BEGAN)
    assert counted == {0: 1, 1: 2, 3: 2}


def test_lines_that_stand_on_two_pages_are_there_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "PAGE", 2)
    lines = [entry(number, at=BEGAN + number) for number in range(5)]
    assert logs._count(holding(*lines), "run", BEGAN) == dict.fromkeys(range(5), 1)


def test_a_late_line_counts_in_the_delay_though_newer_ones_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = itertools.count(BEGAN)
    monkeypatch.setattr("bench.logs.time.time", lambda: next(clock))
    monkeypatch.setattr("bench.logs.time.sleep", lambda seconds: None)
    lines = [entry(number) for number in (100, 200, 299)]
    seen = Seen()
    logs._watch(holding(*lines, late={lines[0][2]: 6}), "run", seen, 300, began=BEGAN, until=BEGAN + 100)
    assert set(seen.delays) == {100, 200}
    assert seen.delays[100] > seen.delays[200] + 5


def test_a_loki_that_has_no_answer_has_no_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    away = holding(entry(0))
    monkeypatch.setattr(Recorded, "loki", lambda self, path: None)
    assert logs._count(away, "run", BEGAN) == {}
