"""Brings events from the outbox to Kafka, at least once each, whenever a broker takes them."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from prometheus_client import Counter, Gauge
from redis.exceptions import RedisError

from saga.events import TOPIC
from saga.events.outbox import Outbox

PUBLISHED = Counter("saga_events_published_total", "Events that the broker has taken.")
WAITING = Gauge("saga_events_waiting", "Events that no broker has taken yet, of those looked at last.")
_AT_ONCE = 200
_IDLE_SECONDS = 0.5
_RETRY_SECONDS = 3.0

log = logging.getLogger(__name__)


@asynccontextmanager
async def publishing(outbox: Outbox, brokers: str) -> AsyncIterator[None]:
    """Publish while the service runs. A broker that is away is waited for; the shop goes on meanwhile."""
    task = asyncio.create_task(_forever(outbox, brokers))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _forever(outbox: Outbox, brokers: str) -> None:
    from aiokafka import AIOKafkaProducer
    from aiokafka.errors import KafkaError

    while True:
        producer = AIOKafkaProducer(
            bootstrap_servers=brokers.split(","),
            client_id="coordinator",
            enable_idempotence=True,  # a repeated request writes nothing twice
            request_timeout_ms=5000,
            metadata_max_age_ms=30_000,
        )
        try:
            await producer.start()
            log.info("publishing to %s", brokers)
            while True:
                await _round(outbox, producer)
        except (KafkaError, RedisError, OSError) as error:
            log.warning("events wait: %s", error)
        finally:
            await producer.stop()
        await asyncio.sleep(_RETRY_SECONDS)


async def _round(outbox: Outbox, producer: Any) -> None:
    events = await outbox.waiting(_AT_ONCE)
    WAITING.set(len(events))
    if not events:
        await asyncio.sleep(_IDLE_SECONDS)
        return
    taken = [await producer.send(TOPIC, one.encode(), key=json.loads(one)["saga_id"].encode()) for one in events]
    await asyncio.gather(*taken)
    await outbox.published(events)
    PUBLISHED.inc(len(events))
