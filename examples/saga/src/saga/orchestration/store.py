"""Sagas in Redis. A state is stored only over the one it was made from, so of two coordinators one gives way."""

import json
from dataclasses import asdict, replace
from typing import Any

from redis.asyncio import Redis

from saga.events import outbox
from saga.orchestration.model import Outcome, Phase, Purchase, Saga

_OPEN = "sagas:open"  # ids of unfinished sagas by the time of their last change

# KEYS: saga, open sagas. ARGV: id, state, now.
_CREATE = """
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('HSET', KEYS[1], 'revision', 0, 'state', ARGV[2])
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[1])
return 1
"""

# KEYS: saga, open sagas, outbox. ARGV: id, state, now, revision that it was made from, seconds to live when finished, else 0;
# the event that goes with this state, if any, and how many the outbox holds.
_SAVE = """
if redis.call('HGET', KEYS[1], 'revision') ~= ARGV[4] then return 0 end
redis.call('HSET', KEYS[1], 'revision', ARGV[4] + 1, 'state', ARGV[2])
if ARGV[5] == '0' then
  redis.call('ZADD', KEYS[2], ARGV[3], ARGV[1])
else
  redis.call('ZREM', KEYS[2], ARGV[1])
  redis.call('EXPIRE', KEYS[1], ARGV[5])
end
if ARGV[6] ~= '' then
  redis.call('RPUSH', KEYS[3], ARGV[6])
  redis.call('LTRIM', KEYS[3], -ARGV[7], -1)
end
return 1
"""


class Overtaken(Exception):
    """Another coordinator has moved this saga on."""


class SagaStore:
    """Sagas by id. Finished ones expire after `ttl` seconds, unfinished ones never; with `events` each leaves one at its end."""

    def __init__(self, redis: Redis, ttl: float, *, events: bool = False) -> None:
        self._events = events
        self._redis = redis
        self._ttl = int(ttl)
        self._create = redis.register_script(_CREATE)
        self._save = redis.register_script(_SAVE)

    async def create(self, saga: Saga, now: float) -> bool:
        """Store a new saga; False if there is one of that id."""
        return bool(await self._create(keys=[_key(saga.id), _OPEN], args=[saga.id, _dump(saga), now]))

    async def save(self, saga: Saga, now: float) -> Saga:
        """Store the state that follows the one that was read; answers with it as stored. Raises Overtaken."""
        finished = saga.phase is Phase.FINISHED
        event = outbox.event(saga) if finished and self._events else ""
        ttl = self._ttl if finished else 0
        args: list[str | float] = [saga.id, _dump(saga), now, saga.revision, ttl, event, outbox.LONGEST]
        if not await self._save(keys=[_key(saga.id), _OPEN, outbox.KEY], args=args):
            raise Overtaken(saga.id)
        return replace(saga, revision=saga.revision + 1)

    async def load(self, saga_id: str) -> Saga | None:
        """The saga as last stored."""
        entry = await self._redis.hgetall(_key(saga_id))
        return _parse(str(entry["state"]), int(entry["revision"])) if entry else None

    async def open_since(self, until: float) -> list[str]:
        """Ids of the unfinished sagas that last changed at that time or before."""
        return [str(saga_id) for saga_id in await self._redis.zrangebyscore(_OPEN, "-inf", until)]

    async def forget(self, saga_id: str) -> None:
        """Take an id off the list of unfinished sagas."""
        await self._redis.zrem(_OPEN, saga_id)


def _key(saga_id: str) -> str:
    return f"saga:{saga_id}"


def _dump(saga: Saga) -> str:
    state = asdict(saga)
    del state["revision"]
    return json.dumps(state)


def _parse(state: str, revision: int) -> Saga:
    fields: dict[str, Any] = json.loads(state)
    fields |= {
        "purchase": Purchase(**fields["purchase"]),
        "phase": Phase(fields["phase"]),
        "outcome": Outcome(fields["outcome"]) if fields["outcome"] else None,
        "to_undo": tuple(fields["to_undo"]),
        "not_undone": tuple(fields["not_undone"]),
    }
    return Saga(**fields, revision=revision)
