"""Customers' carts in Redis: units by article, and the order that the cart became when it was checked out."""

from redis.asyncio import Redis

_CART_SECONDS = 3600


class Carts:
    """A cart lives for an hour after its last change."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def put(self, cart_id: str, sku: str, quantity: int) -> None:
        """Set how many units of an article are in the cart."""
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.hset(_items(cart_id), sku, str(quantity))
            pipe.expire(_items(cart_id), _CART_SECONDS)
            await pipe.execute()

    async def items(self, cart_id: str) -> dict[str, int]:
        """Units by article; empty for a cart that is not there."""
        return {str(sku): int(quantity) for sku, quantity in (await self._redis.hgetall(_items(cart_id))).items()}

    async def drop(self, cart_id: str) -> None:
        """Forget the cart's items."""
        await self._redis.delete(_items(cart_id))

    async def order_of(self, cart_id: str) -> str | None:
        """The order that the cart was checked out as, or None."""
        order_id = await self._redis.get(_order(cart_id))
        return None if order_id is None else str(order_id)

    async def check_out(self, cart_id: str, order_id: str) -> str:
        """Tie the cart to an order, once: answers with the order that it is tied to, whoever came first."""
        if await self._redis.set(_order(cart_id), order_id, nx=True, ex=_CART_SECONDS):
            return order_id
        return await self.order_of(cart_id) or order_id


def _items(cart_id: str) -> str:
    return f"cart:{cart_id}"


def _order(cart_id: str) -> str:
    return f"cart:{cart_id}:order"
