"""The stock in Redis: one hash of units by article, and one entry per reservation, changed together by scripts.

At any moment, for each article: units in stock + units reserved = units there ever were.
"""

from collections.abc import Mapping

from redis.asyncio import Redis

from saga.catalog import CATALOG
from saga.ledger import Effect

STOCK = "inventory:stock"
OUT_OF_STOCK = "out-of-stock"

# KEYS: reservation, stock. ARGV: seconds to live, then article and quantity in turn.
_RESERVE = """
local state = redis.call('HGET', KEYS[1], 'state')
if state == 'undone' then return 'undone' end
if state then return 'repeated' end
for i = 2, #ARGV, 2 do
  if tonumber(redis.call('HGET', KEYS[2], ARGV[i]) or 0) < tonumber(ARGV[i + 1]) then return 'out-of-stock' end
end
redis.call('HSET', KEYS[1], 'state', 'done')
for i = 2, #ARGV, 2 do
  redis.call('HINCRBY', KEYS[2], ARGV[i], -ARGV[i + 1])
  redis.call('HSET', KEYS[1], 'item:' .. ARGV[i], ARGV[i + 1])
end
redis.call('EXPIRE', KEYS[1], ARGV[1])
return 'applied'
"""

_RELEASE = """
local state = redis.call('HGET', KEYS[1], 'state')
if state == 'undone' then return 'repeated' end
local fields = redis.call('HGETALL', KEYS[1])
for i = 1, #fields, 2 do
  local sku = string.match(fields[i], '^item:(.+)$')
  if sku then redis.call('HINCRBY', KEYS[2], sku, fields[i + 1]) end
end
redis.call('HSET', KEYS[1], 'state', 'undone')
redis.call('EXPIRE', KEYS[1], ARGV[1])
return state and 'applied' or 'nothing'
"""

# KEYS: delivery, stock. ARGV: seconds to live, article, quantity.
_DELIVER = """
if not redis.call('SET', KEYS[1], 1, 'NX', 'EX', ARGV[1]) then return 'repeated' end
redis.call('HINCRBY', KEYS[2], ARGV[2], ARGV[3])
return 'applied'
"""


class Stock:
    """Reservations by saga id and deliveries by their own id, each taking effect once."""

    def __init__(self, redis: Redis, ttl: float) -> None:
        self._redis = redis
        self._ttl = int(ttl)
        self._reserve = redis.register_script(_RESERVE)
        self._release = redis.register_script(_RELEASE)
        self._deliver = redis.register_script(_DELIVER)

    async def levels(self) -> dict[str, int]:
        """Units by article; a Redis that knows none yet gets the opening stock."""
        found = await self._redis.hgetall(STOCK)
        missing = {sku: article.stock for sku, article in CATALOG.items() if sku not in found}
        if not missing:
            return {str(sku): int(units) for sku, units in found.items()}
        for sku, units in missing.items():
            await self._redis.hsetnx(STOCK, sku, str(units))
        return await self.levels()

    async def reserve(self, saga_id: str, items: Mapping[str, int]) -> Effect | None:
        """Take all items out of stock or none: None means out of stock; else APPLIED, REPEATED or UNDONE."""
        await self.levels()  # the shop may never have shown its stock before the first order comes
        args: list[str | int] = [self._ttl]
        for sku, quantity in items.items():
            args += [sku, quantity]
        answer = await self._reserve(keys=[_reservation(saga_id), STOCK], args=args)
        return None if answer == OUT_OF_STOCK else Effect(answer)

    async def release(self, saga_id: str) -> Effect:
        """Put a reservation's items back: APPLIED, REPEATED or NOTHING."""
        return Effect(await self._release(keys=[_reservation(saga_id), STOCK], args=[self._ttl]))

    async def deliver(self, delivery_id: str, sku: str, quantity: int) -> Effect:
        """Add units that a supplier brought: APPLIED or REPEATED."""
        return Effect(await self._deliver(keys=[f"inventory:delivery:{delivery_id}", STOCK], args=[self._ttl, sku, quantity]))


def _reservation(saga_id: str) -> str:
    return f"inventory:reservation:{saga_id}"
