"""Takes purchases and sees each through to its end, or undoes it."""

import time
from typing import Annotated

import httpx
from fastapi import FastAPI, Header, HTTPException
from pydantic import BaseModel, Field
from redis.asyncio import Redis

from saga.app import count_requests, create_app, metrics_served
from saga.config import Config, service_urls
from saga.context import propagate
from saga.events.outbox import Outbox
from saga.events.publisher import publishing
from saga.headers import FAULT
from saga.logs import request_id
from saga.orchestration.coordinator import Coordinator
from saga.orchestration.model import Purchase, Saga
from saga.orchestration.participants import Participants
from saga.orchestration.store import SagaStore
from saga.participant import SagaId


class NewSaga(BaseModel):
    """A purchase: units by article, their price in cents, who buys. Its id is the caller's choice and makes it happen once."""

    saga_id: str = Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")
    items: dict[str, int] = Field(min_length=1)
    amount: int = Field(gt=0)
    customer: str


def create(config: Config, redis: Redis) -> FastAPI:
    """The coordinator service."""
    # Idle connections are dropped well before the services would close them.
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=30)
    client = httpx.AsyncClient(timeout=config.step_timeout, limits=limits, event_hooks={"request": [propagate]}, trust_env=False)
    store = SagaStore(redis, config.record_ttl, events=bool(config.kafka_brokers))
    coordinator = Coordinator(store, Participants(client, service_urls()), config)
    events = [publishing(Outbox(redis), config.kafka_brokers)] if config.kafka_brokers else []
    app = create_app("coordinator", config, redis, client, *events, coordinator.running(), metrics_served(config))
    count_requests(app)

    @app.post("/sagas", status_code=202)
    async def begin(body: NewSaga, fault: Annotated[str, Header(alias=FAULT)] = "") -> dict[str, str]:
        purchase = Purchase(body.items, body.amount, body.customer)
        saga = Saga(body.saga_id, purchase, time.time(), faults=fault if config.faults else "", request_id=request_id.get())
        await coordinator.begin(saga)
        return {"saga_id": saga.id}

    @app.get("/sagas/{saga_id}")
    async def show(saga_id: SagaId) -> dict[str, object]:
        saga = await store.load(saga_id)
        if saga is None:
            raise HTTPException(404, "no such saga")
        return {
            "saga_id": saga.id,
            "phase": saga.phase,
            "outcome": saga.outcome,
            "reason": saga.reason,
            "not_undone": saga.not_undone,
        }

    return app
