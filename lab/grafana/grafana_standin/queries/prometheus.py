"""Prometheus as a data source."""

from typing import Any

import httpx

from .client import SourceClient, Unreachable
from .frames import Frame, frame, legend, series_frame
from .model import Answer, Query
from .timing import BadTime, calculate_step, expand_macros, format_step, rate_interval

HEALTHY = "Successfully queried the Prometheus API."
UNHEALTHY = "There was an error returned querying the Prometheus API."


def _problem(response: httpx.Response) -> str:
    """The backend's own words about an error, as `type: text`."""
    try:
        body = response.json()
        return f"{body['errorType']}: {body['error']}"
    except (ValueError, KeyError, TypeError):
        return response.text.strip() or f"{response.status_code} {response.reason_phrase}"


def result_frames(data: dict[str, Any], query: Query, expr: str, step: int) -> list[Frame]:
    """The `data` of Prometheus' (and Loki's metric) answers as frames, one a series."""
    kind, result = data["resultType"], data["result"]
    if kind == "scalar":
        return [series_frame(query.ref_id, {}, [tuple(result)], kind="numeric-multi", result_type=kind, step=step, name=expr)]
    frames = []
    for series in result:
        labels = dict(sorted(series["metric"].items()))
        points = series["values"] if kind == "matrix" else [series["value"]]
        shape = "timeseries-multi" if kind == "matrix" else "numeric-multi"
        name = legend(labels, query.legend, expr)
        frames.append(series_frame(query.ref_id, labels, points, kind=shape, result_type=kind, step=step, name=name))
    return frames


class Prometheus:
    """Queries, health and resources of one Prometheus."""

    resources: tuple[str, ...] = tuple(
        f"api/v1/{path}" for path in ("labels", "label/", "series", "metadata", "query", "rules", "status/buildinfo")
    )

    def __init__(self, client: SourceClient) -> None:
        self.client = client
        options = client.source.json_data
        self._scrape = str(options.get("timeInterval") or "15s")
        self._method = str(options.get("httpMethod") or "POST").upper()

    def resource_path(self, path: str) -> str:
        """Where a resource's path is at the backend."""
        return path

    async def health(self) -> tuple[bool, str]:
        """Whether it answers a query, and a sentence about it."""
        try:
            response = await self._ask("api/v1/query", {"query": "1+1", "time": "4"})
        except Unreachable as problem:
            return False, f"{problem} - {UNHEALTHY}"
        if response.is_success:
            return True, HEALTHY
        return False, f"{_problem(response)} - {UNHEALTHY}"

    async def query(self, query: Query) -> Answer:
        """Run a panel's query, as a range, at an instant, or both."""
        try:
            step = calculate_step(
                query.span,
                interval=query.interval,
                interval_ms=query.interval_ms,
                scrape=self._scrape,
                max_points=query.max_points,
            )
            minimum = query.interval if query.interval and "$" not in query.interval else self._scrape
            expr = expand_macros(query.expr, query.span, step, rate_interval(query.interval_ms, minimum))
        except BadTime as problem:
            return Answer(400, error=str(problem))
        requests = []
        if query.range:
            start, end = (at // step * step / 1000 for at in (query.span.start, query.span.end))
            times = {"start": f"{start:.3f}", "end": f"{end:.3f}", "step": f"{step / 1000:g}"}
            requests.append(("api/v1/query_range", {"query": expr, **times}))
        if query.instant:
            requests.append(("api/v1/query", {"query": expr, "time": f"{query.span.end / 1000:.3f}"}))
        frames: list[Frame] = []
        for path, params in requests:
            answer = await self._run(path, params, query, expr, step)
            if answer.error:
                return answer
            frames += answer.frames
        return Answer(frames=frames)

    async def _ask(self, path: str, params: dict[str, str]) -> httpx.Response:
        if self._method == "GET":
            return await self.client.send("GET", path, params=params)
        return await self.client.send("POST", path, data=params)

    async def _run(self, path: str, params: dict[str, str], query: Query, expr: str, step: int) -> Answer:
        try:
            response = await self._ask(path, params)
        except Unreachable as problem:
            return Answer(500, error=str(problem))
        if not response.is_success:
            return Answer(response.status_code, error=_problem(response))
        try:
            body = response.json()
            frames = result_frames(body["data"], query, expr, step)
        except (ValueError, KeyError, TypeError) as problem:
            return Answer(500, error=f"unreadable answer of {self.client.source.url}: {problem!r}")
        frames = frames or [frame(query.ref_id, [], [], {"type": "timeseries-multi", "typeVersion": [0, 1]})]
        frames[0]["schema"]["meta"]["executedQueryString"] = f"Expr: {expr}\nStep: {format_step(step)}"
        notes = [("warning", text) for text in body.get("warnings", [])] + [("info", text) for text in body.get("infos", [])]
        if notes:
            frames[0]["schema"]["meta"]["notices"] = [{"severity": severity, "text": text} for severity, text in notes]
        return Answer(frames=frames)
