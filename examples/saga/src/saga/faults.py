"""Failures on demand. The header `x-fault: payment=slow,shipping=unavailable` makes the named services misbehave.

Every service understands `slow`, `error` (an exception, so a 500), `unavailable` (503) and `flaky` (503 at the first attempt).
Anything else is the service's own affair (`injected`). An undo (DELETE) is only ever refused by a service's own faults:
what must be possible to prove is that compensation comes through.
"""

import asyncio
import random

from fastapi import HTTPException, Request

from saga.headers import ATTEMPT, FAULT

_SLOW_SECONDS = (0.4, 1.2)


class InjectedError(Exception):
    """The exception that the fault `error` raises."""


class FaultInjection:
    """A FastAPI dependency of a whole app, so that a failing request still has its route: plays what the header asks for."""

    def __init__(self, service: str) -> None:
        self._service = service

    async def __call__(self, request: Request) -> None:
        """Wait, raise or do nothing, as the request asks of this service."""
        fault = fault_of(request.headers.get(FAULT, ""), self._service)
        request.state.fault = fault
        if not fault or request.method == "DELETE":
            return
        if fault == "slow":
            await asyncio.sleep(random.uniform(*_SLOW_SECONDS))
        elif fault == "error":
            raise InjectedError(f"{self._service} fails because the request asked it to")
        elif fault == "unavailable" or (fault == "flaky" and request.headers.get(ATTEMPT, "1") == "1"):
            raise HTTPException(503, f"{self._service} is unavailable")


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
