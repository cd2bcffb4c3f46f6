"""Hands events from Kafka to a handler, each saga's once: what comes again is recognised by the saga's id."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from prometheus_client import Counter
from redis.exceptions import RedisError

from saga.events import TOPIC
from saga.ledger import Effect, Ledger
from saga.logs import request_id, saga_id

CONSUMED = Counter("saga_events_consumed_total", "Events read, by what became of them.", ("result",))
for _result in ("handled", "repeated", "malformed"):
    CONSUMED.labels(_result)
_RETRY_SECONDS = 3.0
_POLL_MS = 1000

Handler = Callable[[Mapping[str, Any]], Awaitable[None]]

log = logging.getLogger(__name__)


@asynccontextmanager
async def consuming(group: str, brokers: str, ledger: Ledger, handle: Handler) -> AsyncIterator[None]:
    """Consume as a member of a group while the service runs. A broker that is away is waited for."""
    task = asyncio.create_task(_forever(group, brokers, ledger, handle))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _forever(group: str, brokers: str, ledger: Ledger, handle: Handler) -> None:
    from aiokafka import AIOKafkaConsumer
    from aiokafka.errors import KafkaError

    while True:
        consumer = AIOKafkaConsumer(
            TOPIC,
            bootstrap_servers=brokers.split(","),
            client_id=group,
            group_id=group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            request_timeout_ms=10_000,
            metadata_max_age_ms=10_000,  # the topic is made by the first event
        )
        try:
            await consumer.start()
            log.info("consuming from %s", brokers)
            while True:
                read = await consumer.getmany(timeout_ms=_POLL_MS, max_records=200)
                for message in (one for batch in read.values() for one in batch):
                    await take(message.value, ledger, handle)
                if read:
                    # Only now: what was handled and not committed comes again, and is recognised.
                    await consumer.commit()
        except (KafkaError, RedisError, OSError) as error:
            log.warning("events are not consumed: %s", error)
        finally:
            await consumer.stop()
        await asyncio.sleep(_RETRY_SECONDS)


async def take(raw: bytes | None, ledger: Ledger, handle: Handler) -> None:
    """Handle one message, unless its saga's event was handled before or it is no event."""
    try:
        told = json.loads(raw or b"")
        told["outcome"], told["saga_id"]
    except (ValueError, KeyError, TypeError):
        CONSUMED.labels("malformed").inc()
        log.warning("not an event: %.100r", raw)
        return
    saga_id.set(str(told["saga_id"]))
    request_id.set(str(told.get("request_id", "")))
    if await ledger.apply(f"event:{told['saga_id']}") is not Effect.APPLIED:
        CONSUMED.labels("repeated").inc()
        return
    await handle(told)
    CONSUMED.labels("handled").inc()
