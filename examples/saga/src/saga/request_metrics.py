"""Request metrics as a plain ASGI middleware: what many teams write by hand. Needs Starlette or FastAPI for the routes' names.

    app.add_middleware(RequestMetrics)              # http_requests_total{method,endpoint,status}
    start_http_server(9464)                         # served on a port of its own, so that the app's port needs no /metrics

An endpoint is a route's template (`/orders/{order_id}`), never a path: what callers send can't grow the number of series.
It is `none` for a request that no route took, or that another middleware answered before it came to one.
"""

import time
from collections.abc import Sequence
from typing import Any

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

DEFAULT_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
UNKNOWN_ENDPOINT = "none"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class RequestMetrics:
    """Counts and times requests, a streamed response until its last byte; an exception is a 500."""

    def __init__(
        self, app: ASGIApp, *, registry: CollectorRegistry = REGISTRY, buckets: Sequence[float] = DEFAULT_BUCKETS
    ) -> None:
        self._app = app
        self._requests = Counter("http_requests_total", "Requests answered.", ("method", "endpoint", "status"), registry=registry)
        self._duration = Histogram(
            "http_request_duration_seconds",
            "Seconds from a request's headers to the last byte of its answer.",
            ("method", "endpoint"),
            buckets=buckets,
            registry=registry,
        )
        self._in_flight = Gauge("http_requests_in_flight", "Requests being answered.", registry=registry)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI: one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        outer_root = scope.get("root_path", "")
        status = 500  # of a request that ends in an exception before it has been answered
        started = time.perf_counter()

        async def send_and_note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            with self._in_flight.track_inprogress():
                await self._app(scope, receive, send_and_note)
        finally:
            method = scope["method"] if scope["method"] in _METHODS else "OTHER"
            endpoint = endpoint_of(scope, outer_root)
            self._requests.labels(method, endpoint, str(status)).inc()
            self._duration.labels(method, endpoint).observe(time.perf_counter() - started)


def endpoint_of(scope: Scope, outer_root: str = "") -> str:
    """The template of the route that took the request, with the prefixes of mounts and routers, or `none`.

    To be called when the request has been routed; `outer_root` is the scope's root_path from before.
    """
    # FastAPI keeps the whole template of a route in an included router here; scope["route"] lacks the router's prefix.
    route: Any = scope.get("fastapi", {}).get("effective_route_context") or scope.get("route")
    mounted_at: str = scope.get("root_path", "").removeprefix(outer_root)
    template: str = getattr(route, "path", "")
    return mounted_at + template or UNKNOWN_ENDPOINT
