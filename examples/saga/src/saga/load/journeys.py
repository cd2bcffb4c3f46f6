"""What customers do. Each journey knows how it must end: a shop that behaves otherwise is a surprise, and is counted as one."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from uuid import uuid4

import httpx

from saga.catalog import CATALOG
from saga.load.shop import Shop

_PATIENCE_SECONDS = 60
_MORE_THAN_THERE_EVER_WAS = 90_000


class Surprise(Exception):
    """The shop did something else than it should have."""


@dataclass(frozen=True)
class Journey:
    """What a customer does, and the number of requests that usually takes."""

    walk: Callable[[Shop, float], Awaitable[None]]
    requests: int


async def browse(shop: Shop, _: float) -> None:
    """Look at what there is."""
    expect(await shop.call("inventory", "GET", "/stock"), 200)
    expect(await shop.call("inventory", "GET", f"/stock/{_any_article()}"), 200)


async def abandon(shop: Shop, _: float) -> None:
    """Fill a cart, look at it, leave it."""
    sku, cart = _any_article(), f"/carts/{uuid4().hex}"
    expect(await shop.call("inventory", "GET", f"/stock/{sku}"), 200)
    expect(await shop.call("order", "PUT", f"{cart}/items/{sku}", body={"quantity": 1}), 200)
    expect(await shop.call("order", "GET", cart), 200)
    expect(await shop.call("order", "DELETE", cart), 204)


async def buy(shop: Shop, think_time: float, *, ends: str = "confirmed", fault: str = "", quantity: int = 0) -> None:
    """Browse, fill a cart, check out, and look how the order went; a confirmed one has a parcel under way."""
    await browse(shop, think_time)
    cart = f"/carts/{uuid4().hex}"
    sku, quantity = _any_article(), quantity or random.choice((1, 1, 1, 2, 3))
    expect(await shop.call("order", "PUT", f"{cart}/items/{sku}", body={"quantity": quantity}), 200)
    expect(await shop.call("order", "GET", cart), 200)
    placed = await shop.call("order", "POST", f"{cart}/checkout", body={"customer": "customer@example.com"}, fault=fault)
    order_id = expect(placed, 202).json()["order_id"]
    status = await _outcome(shop, order_id, think_time)
    if status != ends:
        raise Surprise(f"order {order_id} was {status}, not {ends}")
    if status == "confirmed":
        expect(await shop.call("shipping", "GET", f"/shipments/{order_id}"), 200)


async def meet_an_error(shop: Shop, think_time: float) -> None:
    """Look at the stock when the inventory has a bad moment, then again."""
    expect(await shop.call("inventory", "GET", "/stock", fault="inventory=error"), 500)
    await browse(shop, think_time)


async def get_lost(shop: Shop, _: float) -> None:
    """Ask for a page that was never there; which one differs each time."""
    expect(await shop.call("order", "GET", f"/no-such-page/{uuid4().hex}"), 404)


JOURNEYS = {
    "buy": Journey(buy, 7),
    "browse": Journey(browse, 2),
    "abandon": Journey(abandon, 4),
    "payment-declined": Journey(partial(buy, ends="cancelled", fault="payment=declined"), 6),
    "payment-flaky": Journey(partial(buy, fault="payment=flaky"), 7),
    "out-of-stock": Journey(partial(buy, ends="cancelled", quantity=_MORE_THAN_THERE_EVER_WAS), 6),
    "shipping-unavailable": Journey(partial(buy, ends="cancelled", fault="shipping=unavailable"), 6),
    "refund-refused": Journey(partial(buy, ends="cancelled", fault="notification=unavailable,payment=refund-refused"), 6),
    "slow": Journey(partial(buy, fault="payment=slow,shipping=slow"), 8),
    "inventory-error": Journey(meet_an_error, 3),
    "lost": Journey(get_lost, 1),
}


def expect(answer: httpx.Response, status: int) -> httpx.Response:
    """The answer, if it has the status that it should have; raises Surprise."""
    if answer.status_code != status:
        raise Surprise(f"{answer.request.method} {answer.request.url.path} was answered {answer.status_code}, not {status}")
    return answer


async def _outcome(shop: Shop, order_id: str, think_time: float) -> str:
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while True:
                await asyncio.sleep(think_time)
                answer = await shop.call("order", "GET", f"/orders/{order_id}")
                # Until its saga's first step has been taken there is no order yet.
                if answer.status_code != 404 and (status := str(expect(answer, 200).json()["status"])) != "pending":
                    return status
    except TimeoutError:
        return "still pending"


def _any_article() -> str:
    return random.choice(tuple(CATALOG))
