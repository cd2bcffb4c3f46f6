"""What counts as a live answer of /api/ds/query."""

from typing import Any

import pytest

from obsdeploy.checks.frames import Answer, read_answer

AT = 1_000.0


def frame(*points: tuple[float, Any], named: str = "Value") -> dict[str, Any]:
    """A frame of Grafana's with points at these seconds."""
    return {
        "schema": {"fields": [{"name": "Time", "type": "time"}, {"name": named, "type": "number"}]},
        "data": {"values": [[round(at * 1000) for at, _ in points], [value for _, value in points]]},
    }


def result(*frames: dict[str, Any]) -> dict[str, Any]:
    return {"status": 200, "frames": list(frames)}


def test_series_with_a_new_sample_are_counted() -> None:
    answer = read_answer(result(frame((985, 1), (1000, 2)), frame((1000, 0))), since=990, at=AT)
    assert answer == Answer(series=2, newest=1000.0)
    assert answer.alive


def test_zero_is_a_number() -> None:
    assert read_answer(result(frame((1000, 0.0))), since=990, at=AT).alive


def test_old_samples_in_the_range_make_nothing_look_alive() -> None:
    answer = read_answer(result(frame((700, 5), (900, 5), (1000, None))), since=940, at=AT)
    assert not answer.alive
    assert answer.newest == 900.0


def test_nothing_but_nan_is_told_from_nothing() -> None:
    assert read_answer(result(frame((1000, None))), since=990, at=AT) == Answer(nan=True)
    assert read_answer(result(frame()), since=990, at=AT) == Answer()
    assert read_answer(result(), since=990, at=AT) == Answer()


def test_an_instant_answer_without_times_is_of_now() -> None:
    table = {"schema": {"fields": [{"type": "string"}, {"type": "number"}]}, "data": {"values": [["a", "b"], [1, None]]}}
    assert read_answer(result(table), since=990, at=AT) == Answer(series=1, newest=AT)


@pytest.mark.parametrize(
    ("raw", "said"), [(None, "no answer"), ({"error": "bad_data: parse error", "status": 400}, "bad_data: parse error")]
)
def test_an_error_is_an_answer_too(raw: Any, said: str) -> None:
    answer = read_answer(raw, since=990, at=AT)
    assert said in answer.error
    assert not answer.alive
