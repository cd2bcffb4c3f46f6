"""What came back for a panel's query: Grafana's data frames, reduced to what a verdict needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Answer:
    """A query's answer. `series` counts those with a sample that is new enough; times are in epoch seconds, None for never.

    `nan`: something came back, and all of it is NaN or null.
    """

    error: str = ""
    series: int = 0
    newest: float | None = None
    nan: bool = False

    @property
    def alive(self) -> bool:
        """Whether there is a real number that is new enough."""
        return not self.error and self.series > 0


def read_answer(result: Mapping[str, Any] | None, since: float, at: float) -> Answer:
    """Reduce one of the results of `/api/ds/query`; samples before `since` do not count, those without a time are of `at`."""
    if result is None:
        return Answer(error="Grafana gave no answer to this query")
    if result.get("error"):
        return Answer(error=str(result["error"]))
    alive, newest, seen = 0, None, False
    for samples in _series(result, at):
        seen = seen or bool(samples)
        real = [time for time, value in samples if isinstance(value, (int, float))]
        if real:
            newest = max(real) if newest is None else max(newest, *real)
            alive += max(real) >= since
    return Answer(series=alive, newest=newest, nan=seen and newest is None)


def _series(result: Mapping[str, Any], at: float) -> Iterator[list[tuple[float, Any]]]:
    for frame in result.get("frames") or []:
        fields = (frame.get("schema") or {}).get("fields") or []
        columns = (frame.get("data") or {}).get("values") or []
        kinds = [field.get("type") for field in fields]
        times = next((column for kind, column in zip(kinds, columns, strict=False) if kind == "time"), None)
        if times is not None and "number" not in kinds and "string" in kinds:
            # Log lines: each is a sample.
            yield [(float(t) / 1000, 1) for t in times]
        for kind, column in zip(kinds, columns, strict=False):
            if kind == "number":
                stamps = [at] * len(column) if times is None else [float(t) / 1000 for t in times]
                yield list(zip(stamps, column, strict=False))
