"""What the services that take part in a saga have in common: ids, answers, and the time that the outside world takes."""

import asyncio
import random
from typing import Annotated

from fastapi import Depends, HTTPException, Path
from fastapi.responses import JSONResponse

from saga.faults import injected
from saga.ledger import Effect

SagaId = Annotated[str, Path(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
Fault = Annotated[str, Depends(injected)]


def step_answer(effect: Effect) -> JSONResponse:
    """201 when a step took effect, 200 when it had before; 409 when it has been undone already."""
    if effect is Effect.UNDONE:
        raise HTTPException(409, "this saga has been undone here")
    return JSONResponse({"effect": effect}, status_code=201 if effect is Effect.APPLIED else 200)


def undo_answer(effect: Effect) -> JSONResponse:
    """Always 200: an undo that finds nothing to do has done its part."""
    return JSONResponse({"effect": effect})


async def outside_world(typical_seconds: float, factor: float) -> None:
    """Take the time that a provider on the other side of the internet takes: a long-tailed wait around the typical one."""
    await asyncio.sleep(random.lognormvariate(0, 0.5) * typical_seconds * factor)
