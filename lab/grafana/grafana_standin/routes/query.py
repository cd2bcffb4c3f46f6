"""POST /api/ds/query: what panels, and `obsdeploy verify`, ask."""

import asyncio
import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ..queries.timing import BadTime, TimeRange, parse_range
from ..responses import message
from ..server import server_of


def _span(body: dict[str, Any], query: dict[str, Any]) -> TimeRange:
    """A query may have a time range of its own."""
    own = query.get("timeRange")
    source = own if isinstance(own, dict) else body
    return parse_range(source.get("from", "now-1h"), source.get("to", "now"))


async def run(request: Request) -> Response:
    """Run every query of the request at once. One that fails gets its error and status among the others' results."""
    try:
        body = json.loads(await request.body())
    except ValueError:
        return message(400, "bad request data")
    queries = body.get("queries") if isinstance(body, dict) else None
    if not isinstance(queries, list) or not queries or not all(isinstance(query, dict) for query in queries):
        return message(400, "No queries found in query", message_id="query.noQueries")
    sources = server_of(request).sources
    targets = [sources.find(query.get("datasource")) for query in queries]
    if None in targets:
        return message(404, "Data source not found", message_id="datasource.notFound")
    try:
        spans = [_span(body, query) for query in queries]
    except BadTime as problem:
        return message(400, f"invalid time range: {problem}", message_id="query.invalidTimeRange")
    runs = (sources.query(source, query, span) for source, query, span in zip(targets, queries, spans, strict=True) if source)
    answers = await asyncio.gather(*runs)
    results = {str(query.get("refId") or "A"): answer.as_json() for query, answer in zip(queries, answers, strict=True)}
    failed = any(answer.error for answer in answers)
    return JSONResponse({"results": results}, status_code=400 if failed else 200)


ROUTES = [Route("/api/ds/query", run, methods=["POST"])]
