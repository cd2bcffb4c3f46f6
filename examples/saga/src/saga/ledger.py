"""A service's memory of what it did for which saga: makes a step idempotent and its undoing final.

Calls time out, are repeated and arrive late. A step that comes after its own undoing must not take effect, so undoing what
never happened leaves a mark too.
"""

from enum import StrEnum

from redis.asyncio import Redis

_APPLY = """
local state = redis.call('HGET', KEYS[1], 'state')
if state == 'undone' then return 'undone' end
if state then return 'repeated' end
redis.call('HSET', KEYS[1], 'state', 'done', 'data', ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[2])
return 'applied'
"""

_UNDO = """
local state = redis.call('HGET', KEYS[1], 'state')
if state == 'undone' then return 'repeated' end
redis.call('HSET', KEYS[1], 'state', 'undone')
redis.call('EXPIRE', KEYS[1], ARGV[1])
return state and 'applied' or 'nothing'
"""


class Effect(StrEnum):
    """What became of a step or of its undoing."""

    APPLIED = "applied"  # it took effect now
    REPEATED = "repeated"  # it had taken effect before
    UNDONE = "undone"  # refused: the step has been undone already
    NOTHING = "nothing"  # there was nothing to undo, and now there never will be


class Ledger:
    """Entries by saga id under a prefix of their own; they expire `ttl` seconds after their last change."""

    def __init__(self, redis: Redis, prefix: str, ttl: float) -> None:
        self._redis = redis
        self._prefix = prefix
        self._ttl = int(ttl)
        self._apply = redis.register_script(_APPLY)
        self._undo = redis.register_script(_UNDO)

    async def apply(self, saga_id: str, data: str = "") -> Effect:
        """Note that the step was done, with the data that describes it: APPLIED, REPEATED or UNDONE."""
        return Effect(await self._apply(keys=[self.key(saga_id)], args=[data, self._ttl]))

    async def undo(self, saga_id: str) -> Effect:
        """Note that the step was undone: APPLIED, REPEATED or NOTHING."""
        return Effect(await self._undo(keys=[self.key(saga_id)], args=[self._ttl]))

    async def entry(self, saga_id: str) -> dict[str, str]:
        """The entry's fields, `state` (done or undone) and `data`; empty if there is none."""
        return {str(name): str(value) for name, value in (await self._redis.hgetall(self.key(saga_id))).items()}

    def key(self, saga_id: str) -> str:
        """Where the entry is in Redis."""
        return f"{self._prefix}:{saga_id}"
