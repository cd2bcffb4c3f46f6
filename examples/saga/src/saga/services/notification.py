"""Tells the customer how it went. The mail goes nowhere: a log line stands for it."""

import logging
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from prometheus_client import Counter
from pydantic import BaseModel
from redis.asyncio import Redis

from saga.app import count_requests, create_app, metrics_served
from saga.config import Config
from saga.events.consumer import consuming
from saga.ledger import Effect, Ledger
from saga.participant import SagaId, outside_world, step_answer, undo_answer

NOTIFICATIONS = Counter("notifications_total", "Notifications sent, by kind.", ("kind",))
_MAIL_SECONDS = 0.02
_CLOSING = {"completed": "receipt", "compensated": "credit-note"}
"""What follows the event of a saga's end."""

log = logging.getLogger(__name__)


class Notification(BaseModel):
    """Whom to tell."""

    customer: str


def create(config: Config, redis: Redis) -> FastAPI:
    """The notification service. Undoing a notification is to send another: that the order has been cancelled."""
    ledger = Ledger(redis, "notification", config.record_ttl)
    for kind in ("confirmation", "cancellation"):
        NOTIFICATIONS.labels(kind)

    async def closing_note(event: Mapping[str, Any]) -> None:
        sent(_CLOSING.get(str(event["outcome"]), "apology"))

    brokers = config.kafka_brokers
    events = [consuming("notification", brokers, ledger, closing_note)] if brokers else []
    app = create_app("notification", config, redis, *events, metrics_served(config))
    count_requests(app)

    def sent(kind: str) -> None:
        NOTIFICATIONS.labels(kind).inc()
        log.info("%s sent", kind)

    @app.put("/notifications/{saga_id}")
    async def confirm(saga_id: SagaId, notification: Notification) -> JSONResponse:
        await outside_world(_MAIL_SECONDS, config.provider_latency)
        effect = await ledger.apply(saga_id, notification.customer)
        if effect is Effect.APPLIED:
            sent("confirmation")
        return step_answer(effect)

    @app.delete("/notifications/{saga_id}")
    async def cancel(saga_id: SagaId) -> JSONResponse:
        effect = await ledger.undo(saga_id)
        if effect is Effect.APPLIED:
            sent("cancellation")
        return undo_answer(effect)

    return app
