"""Takes payments and gives them back, through a provider that is not there: its time is simulated, its refusals are asked for."""

from fastapi import FastAPI, HTTPException
from fastapi.responses import JSONResponse
from prometheus_client import Counter
from pydantic import BaseModel, Field
from redis.asyncio import Redis

from saga.app import count_requests, create_app, metrics_served
from saga.config import Config
from saga.ledger import Effect, Ledger
from saga.participant import Fault, SagaId, outside_world, step_answer, undo_answer

PAYMENTS = Counter("payments_total", "Payments by what became of them.", ("result",))
_PROVIDER_SECONDS = 0.08


class Payment(BaseModel):
    """What to take; the amount is in cents."""

    amount: int = Field(gt=0)


def create(config: Config, redis: Redis) -> FastAPI:
    """The payment service. Its own faults: `declined` (402), and `refund-refused` (409 instead of an undoing)."""
    ledger = Ledger(redis, "payment", config.record_ttl)
    for result in ("taken", "declined", "refunded"):
        PAYMENTS.labels(result)
    app = create_app("payment", config, redis, metrics_served(config))
    count_requests(app)

    @app.put("/payments/{saga_id}")
    async def take(saga_id: SagaId, payment: Payment, fault: Fault) -> JSONResponse:
        await outside_world(_PROVIDER_SECONDS, config.provider_latency)
        if fault == "declined":
            PAYMENTS.labels("declined").inc()
            raise HTTPException(402, "payment declined")
        effect = await ledger.apply(saga_id, str(payment.amount))
        if effect is Effect.APPLIED:
            PAYMENTS.labels("taken").inc()
        return step_answer(effect)

    @app.delete("/payments/{saga_id}")
    async def refund(saga_id: SagaId, fault: Fault) -> JSONResponse:
        if fault == "refund-refused" and (await ledger.entry(saga_id)).get("state") == "done":
            raise HTTPException(409, "the provider refuses the refund")
        effect = await ledger.undo(saga_id)
        if effect is Effect.APPLIED:
            PAYMENTS.labels("refunded").inc()
        return undo_answer(effect)

    return app
