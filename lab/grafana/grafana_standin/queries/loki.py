"""Loki as a data source."""

import hashlib
from typing import Any

import httpx

from .client import SourceClient, Unreachable
from .frames import Frame, frame, time_field
from .model import Answer, Query
from .prometheus import result_frames
from .timing import BadTime, calculate_step, expand_macros, format_step

HEALTHY = "Data source successfully connected."
UNHEALTHY = "Unable to connect with Loki. Please check the server logs for more details."


def _lines_frame(result: list[dict[str, Any]], query: Query) -> Frame:
    """Log lines of all streams in one frame, as Grafana has them: labels, time, line, nanoseconds, id."""
    labels: list[dict[str, str]] = []
    lines: list[str] = []
    stamps: list[str] = []
    ids: list[str] = []
    seen: dict[str, int] = {}
    for stream in result:
        for value in stream["values"]:
            at, line, *more = value
            extra = more[0] if more else {}
            own = stream["stream"] | extra.get("structuredMetadata", {}) | extra.get("parsed", {})
            identity = f"{at}_{hashlib.sha256(repr((sorted(own.items()), line)).encode()).hexdigest()[:8]}"
            again = seen[identity] = seen.get(identity, 0) + 1
            labels.append(own)
            lines.append(line)
            stamps.append(at)
            ids.append(identity if again == 1 else f"{identity}_{again - 1}")
    texts = [{"name": name, "type": "string", "typeInfo": {"frame": "string"}} for name in ("Line", "tsNs", "id")]
    fields = [{"name": "labels", "type": "other", "typeInfo": {"frame": "json.RawMessage"}}, time_field(), *texts]
    times = [int(at) // 1_000_000 for at in stamps]
    return frame(query.ref_id, fields, [labels, times, lines, stamps, ids], {"custom": {"frameType": "LabeledTimeValues"}})


class Loki:
    """Queries, health and resources of one Loki."""

    resources: tuple[str, ...] = ("labels", "label/", "series", "detected_fields", "detected_labels", "index/stats")

    def __init__(self, client: SourceClient) -> None:
        self.client = client

    def resource_path(self, path: str) -> str:
        """Where a resource's path is at the backend."""
        return f"loki/api/v1/{path}"

    async def health(self) -> tuple[bool, str]:
        """Whether it answers a query, and a sentence about it."""
        try:
            probe = {"query": "vector(1)+vector(1)", "time": "4000000000"}
            response = await self.client.send("GET", "loki/api/v1/query", params=probe)
        except Unreachable as problem:
            return False, f"{UNHEALTHY} {problem}"
        return (True, HEALTHY) if response.is_success else (False, f"{UNHEALTHY} {response.text.strip()}")

    async def query(self, query: Query) -> Answer:
        """Run a panel's query: log lines newest first, or numbers."""
        try:
            step = calculate_step(
                query.span, interval=query.interval, interval_ms=query.interval_ms, scrape="1s", max_points=query.max_points
            )
            expr = expand_macros(query.expr, query.span, step, step).replace("$__auto", format_step(step))
        except BadTime as problem:
            return Answer(400, error=str(problem))
        params = {"query": expr, "limit": str(query.max_lines), "direction": "backward"}
        end = query.span.end * 1_000_000
        if query.instant and not query.range:
            path, times = "loki/api/v1/query", {"time": str(end)}
        else:
            start = query.span.start * 1_000_000
            path, times = "loki/api/v1/query_range", {"start": str(start), "end": str(end), "step": f"{step}ms"}
        try:
            # Parsed labels and structured metadata are told apart from a stream's labels only on demand.
            response = await self.client.send(
                "GET", path, params=params | times, headers={"X-Loki-Response-Encoding-Flags": "categorize-labels"}
            )
        except Unreachable as problem:
            return Answer(500, error=str(problem))
        return self._read(response, query, expr, step)

    def _read(self, response: httpx.Response, query: Query, expr: str, step: int) -> Answer:
        if not response.is_success:
            return Answer(response.status_code, error=response.text.strip() or f"{response.status_code} {response.reason_phrase}")
        try:
            data = response.json()["data"]
            lines = data["resultType"] == "streams"
            frames = [_lines_frame(data["result"], query)] if lines else result_frames(data, query, expr, step)
        except (ValueError, KeyError, TypeError) as problem:
            return Answer(500, error=f"unreadable answer of {self.client.source.url}: {problem!r}")
        frames = frames or [frame(query.ref_id, [], [], {})]
        frames[0]["schema"]["meta"]["executedQueryString"] = f"Expr: {expr}"
        return Answer(frames=frames)
