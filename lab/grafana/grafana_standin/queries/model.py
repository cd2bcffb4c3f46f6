"""A query as a panel sends it, and what it gets."""

from dataclasses import dataclass, field
from typing import Any

from .frames import Frame
from .timing import TimeRange


class BadQuery(ValueError):
    """A query that can't be understood."""


@dataclass(frozen=True)
class Query:
    """One of the queries in a request to /api/ds/query."""

    ref_id: str
    expr: str
    instant: bool
    range: bool
    legend: str
    interval: str
    interval_ms: int
    max_points: int
    max_lines: int
    span: TimeRange


@dataclass(frozen=True)
class Answer:
    """A query's result: frames, or an error with the status that Grafana gives it."""

    status: int = 200
    frames: list[Frame] = field(default_factory=list)
    error: str = ""

    def as_json(self) -> dict[str, Any]:
        """As it stands in the response."""
        body: dict[str, Any] = {"status": self.status, "frames": self.frames}
        return body | {"error": self.error, "errorSource": "downstream"} if self.error else body


def _whole(raw: dict[str, Any], key: str, default: int) -> int:
    value = raw.get(key)
    if value is None or value == "":
        return default
    try:
        return int(value)
    except (TypeError, ValueError) as problem:
        raise BadQuery(f"{key} must be a number, not {value!r}") from problem


def parse_query(raw: dict[str, Any], span: TimeRange) -> Query:
    """Read a query object. Raises BadQuery."""
    instant = bool(raw.get("instant")) or raw.get("queryType") == "instant"
    return Query(
        ref_id=str(raw.get("refId") or "A"),
        expr=str(raw.get("expr") or ""),
        instant=instant,
        # Old dashboards name neither, and mean a range.
        range=bool(raw.get("range")) or not instant,
        legend=str(raw.get("legendFormat") or ""),
        interval=str(raw.get("interval") or ""),
        interval_ms=_whole(raw, "intervalMs", 0),
        max_points=_whole(raw, "maxDataPoints", 0),
        max_lines=_whole(raw, "maxLines", 0) or 1000,
        span=span,
    )
