"""Events that are decided but not yet published: in Redis, stored in one step with the state that they tell of."""

import json
import time
from typing import Any

from redis.asyncio import Redis

from saga.orchestration.model import Saga

KEY = "sagas:events"
LONGEST = 10_000
"""Events that are kept while no broker takes them; the oldest go first. A demo's disk is small."""


def event(saga: Saga) -> str:
    """The event that tells how a saga ended."""
    told: dict[str, Any] = {
        "saga_id": saga.id,
        "request_id": saga.request_id,
        "outcome": saga.outcome,
        "reason": saga.reason,
        "customer": saga.purchase.customer,
        "amount": saga.purchase.amount,
        "started_at": saga.started_at,
        "finished_at": round(time.time(), 3),
    }
    return json.dumps(told)


class Outbox:
    """Events in the order in which sagas ended. Several coordinators may empty it: then some events are published twice."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def waiting(self, most: int) -> list[str]:
        """The oldest events, at most so many."""
        return [str(one) for one in await self._redis.lrange(KEY, 0, most - 1)]

    async def published(self, events: list[str]) -> None:
        """Take events out, by what they are and not by where: another coordinator may have taken some."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for one in events:
                pipe.lrem(KEY, 1, one)
            await pipe.execute()
