"""Orders in Redis: created by a saga's first step, then confirmed by its last or cancelled."""

import json
from dataclasses import asdict, dataclass

from redis.asyncio import Redis

from saga.ledger import Effect, Ledger

_CONFIRM = """
if redis.call('HGET', KEYS[1], 'state') ~= 'done' then return 'undone' end
if redis.call('HSETNX', KEYS[1], 'confirmed', '1') == 0 then return 'repeated' end
return 'applied'
"""


@dataclass(frozen=True)
class Order:
    """What was ordered: units by article, and their price in cents."""

    items: dict[str, int]
    amount: int


class Orders:
    """Orders by id, which is their saga's id."""

    def __init__(self, redis: Redis, ttl: float) -> None:
        self._ledger = Ledger(redis, "order", ttl)
        self._confirm = redis.register_script(_CONFIRM)

    async def create(self, order_id: str, order: Order) -> Effect:
        """APPLIED, REPEATED, or UNDONE if it has been cancelled already."""
        return await self._ledger.apply(order_id, json.dumps(asdict(order)))

    async def confirm(self, order_id: str) -> Effect:
        """APPLIED, REPEATED, or UNDONE if there is no such order or it has been cancelled."""
        return Effect(await self._confirm(keys=[self._ledger.key(order_id)]))

    async def cancel(self, order_id: str) -> Effect:
        """APPLIED, REPEATED or NOTHING."""
        return await self._ledger.undo(order_id)

    async def find(self, order_id: str) -> tuple[str, Order] | None:
        """An order with its status: pending, confirmed or cancelled. None if there is none."""
        entry = await self._ledger.entry(order_id)
        if "data" not in entry:
            return None
        status = "cancelled" if entry["state"] == "undone" else "confirmed" if "confirmed" in entry else "pending"
        return status, Order(**json.loads(entry["data"]))
