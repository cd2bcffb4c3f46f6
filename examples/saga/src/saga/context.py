"""Follows a request through the shop: ids in from headers, out to responses, logs and further calls; one log line each."""

import logging
import re
import time
from uuid import uuid4

import httpx
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from saga.headers import REQUEST_ID, SAGA_ID
from saga.logs import request_id, saga_id

_SAFE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_QUIET = frozenset({"/healthz", "/readyz", "/metrics"})

log = logging.getLogger("saga.access")


class RequestContext:
    """ASGI middleware that takes over (or makes) the request's ids and logs how it went; probes and scrapes at debug."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI: one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        # Never reset: the server gives each request a task of its own, and logs an exception after this has returned.
        request_id.set(_safe(headers.get(REQUEST_ID)) or uuid4().hex)
        saga_id.set(_safe(headers.get(SAGA_ID)))
        status = 500
        started = time.perf_counter()

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[REQUEST_ID] = request_id.get()
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        finally:
            _log_request(scope, status, time.perf_counter() - started)


def _safe(value: str | None) -> str:
    # An id from outside goes into logs and headers: anything but a plain word is dropped.
    return value if value and _SAFE_ID.fullmatch(value) else ""


def _log_request(scope: Scope, status: int, seconds: float) -> None:
    level = logging.DEBUG if scope["path"] in _QUIET else logging.ERROR if status >= 500 else logging.INFO
    fields = {"method": scope["method"], "path": scope["path"], "status": status, "duration_ms": round(seconds * 1000, 1)}
    log.log(level, "%s %s -> %d", scope["method"], scope["path"], status, extra={"fields": fields})


async def propagate(request: httpx.Request) -> None:
    """An httpx request hook: hand the ids of what is being worked on to the called service."""
    for header, value in ((REQUEST_ID, request_id.get()), (SAGA_ID, saga_id.get())):
        if value:
            request.headers.setdefault(header, value)
