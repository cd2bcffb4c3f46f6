"""Hands parcels to a carrier and calls them back; customers look where theirs are."""

from fastapi import FastAPI, HTTPException
from fastapi.responses import JSONResponse
from prometheus_client import Counter
from pydantic import BaseModel, Field
from redis.asyncio import Redis

from saga.app import create_app, instrument
from saga.config import Config
from saga.ledger import Effect, Ledger
from saga.participant import SagaId, outside_world, step_answer, undo_answer

SHIPMENTS = Counter("shipments_total", "Shipments by what became of them.", ("result",))
_CARRIER_SECONDS = 0.04


class Shipment(BaseModel):
    """What to send: units by article."""

    items: dict[str, int] = Field(min_length=1)


def create(config: Config, redis: Redis) -> FastAPI:
    """The shipping service."""
    ledger = Ledger(redis, "shipment", config.record_ttl)
    for result in ("dispatched", "recalled"):
        SHIPMENTS.labels(result)
    app = create_app("shipping", config, redis)
    instrument(app)

    @app.put("/shipments/{saga_id}")
    async def dispatch(saga_id: SagaId, shipment: Shipment) -> JSONResponse:
        await outside_world(_CARRIER_SECONDS, config.provider_latency)
        effect = await ledger.apply(saga_id, str(sum(shipment.items.values())))
        if effect is Effect.APPLIED:
            SHIPMENTS.labels("dispatched").inc()
        return step_answer(effect)

    @app.delete("/shipments/{saga_id}")
    async def recall(saga_id: SagaId) -> JSONResponse:
        effect = await ledger.undo(saga_id)
        if effect is Effect.APPLIED:
            SHIPMENTS.labels("recalled").inc()
        return undo_answer(effect)

    @app.get("/shipments/{saga_id}")
    async def track(saga_id: SagaId) -> dict[str, str]:
        entry = await ledger.entry(saga_id)
        if not entry:
            raise HTTPException(404, "no such shipment")
        return {"status": "dispatched" if entry["state"] == "done" else "recalled", "units": entry.get("data", "0")}

    return app
