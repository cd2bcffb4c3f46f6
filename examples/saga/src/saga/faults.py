"""Failures on demand. The header `x-fault: payment=slow,shipping=unavailable` makes the named services misbehave.

Every service understands `slow`, `error` (an exception, so a 500), `unavailable` (503) and `flaky` (503 at the first attempt).
Anything else is the service's own affair (`injected`). An undo (DELETE) is only ever refused by a service's own faults:
what must be possible to prove is that compensation comes through.
"""

import asyncio
import random

from fastapi import Request
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from saga.headers import ATTEMPT, FAULT

_SLOW_SECONDS = (0.4, 1.2)


class InjectedError(Exception):
    """The exception that the fault `error` raises."""


class FaultInjection:
    """ASGI middleware that plays the faults that a request's header asks of this service."""

    def __init__(self, app: ASGIApp, *, service: str) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI: one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        fault = fault_of(headers.get(FAULT, ""), self._service)
        scope.setdefault("state", {})["fault"] = fault
        if fault and scope["method"] != "DELETE":
            if fault == "slow":
                await asyncio.sleep(random.uniform(*_SLOW_SECONDS))
            elif fault == "error":
                raise InjectedError(f"{self._service} fails because the request asked it to")
            elif fault == "unavailable" or (fault == "flaky" and headers.get(ATTEMPT, "1") == "1"):
                answer = JSONResponse({"detail": f"{self._service} is unavailable"}, status_code=503)
                await answer(scope, receive, send)
                return
        await self._app(scope, receive, send)


def fault_of(header: str, service: str) -> str:
    """The fault that the header's value asks of the service; empty if none."""
    for entry in header.split(","):
        name, _, fault = entry.strip().partition("=")
        if name == service:
            return fault
    return ""


def injected(request: Request) -> str:
    """A FastAPI dependency: the fault that this request asks of this service; empty without one or with faults off."""
    return getattr(request.state, "fault", "")
