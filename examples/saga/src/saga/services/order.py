"""The shop's front door: carts, the checkout that starts a saga, and the orders that come of it."""

from typing import Annotated
from uuid import uuid4

import httpx
from fastapi import FastAPI, Header, HTTPException
from fastapi.responses import JSONResponse
from prometheus_client import Counter
from pydantic import BaseModel, Field
from redis.asyncio import Redis

from saga.app import create_app, instrument
from saga.carts import Carts
from saga.catalog import CATALOG
from saga.config import Config, service_urls
from saga.context import propagate
from saga.headers import FAULT
from saga.ledger import Effect
from saga.orders import Order, Orders
from saga.participant import SagaId, step_answer, undo_answer

ORDERS = Counter("orders_total", "Orders by what became of them.", ("status",))
VALUE = Counter("orders_value_total", "Value of the confirmed orders, in euros.")


class Quantity(BaseModel):
    """How many units."""

    quantity: int = Field(gt=0, le=100_000)


class Checkout(BaseModel):
    """Who buys."""

    customer: str = Field(min_length=1, max_length=200)


class NewOrder(BaseModel):
    """An order's first step: units by article, and their price in cents."""

    items: dict[str, int] = Field(min_length=1)
    amount: int = Field(gt=0)


def create(config: Config, redis: Redis) -> FastAPI:
    """The order service."""
    for status in ("created", "confirmed", "cancelled"):
        ORDERS.labels(status)
    coordinator = httpx.AsyncClient(
        base_url=service_urls()["coordinator"], timeout=config.step_timeout, event_hooks={"request": [propagate]}, trust_env=False
    )
    app = create_app("order", config, redis, coordinator)
    instrument(app)
    carts = Carts(redis)
    _add_carts(app, carts)
    _add_checkout(app, carts, coordinator)
    _add_orders(app, Orders(redis, config.record_ttl))
    return app


def _add_carts(app: FastAPI, carts: Carts) -> None:
    @app.put("/carts/{cart_id}/items/{sku}")
    async def put_in_cart(cart_id: SagaId, sku: str, body: Quantity) -> dict[str, int]:
        if sku not in CATALOG:
            raise HTTPException(404, "no such article")
        if await carts.order_of(cart_id):
            raise HTTPException(409, "this cart has been checked out")
        await carts.put(cart_id, sku, body.quantity)
        return await carts.items(cart_id)

    @app.get("/carts/{cart_id}")
    async def show_cart(cart_id: SagaId) -> dict[str, int]:
        return await carts.items(cart_id)

    @app.delete("/carts/{cart_id}", status_code=204)
    async def drop_cart(cart_id: SagaId) -> None:
        await carts.drop(cart_id)


def _add_checkout(app: FastAPI, carts: Carts, coordinator: httpx.AsyncClient) -> None:
    @app.post("/carts/{cart_id}/checkout", status_code=202)
    async def check_out(cart_id: SagaId, body: Checkout, fault: Annotated[str, Header(alias=FAULT)] = "") -> dict[str, str]:
        items = await carts.items(cart_id)
        if not items:
            # Either there never was anything in it, or this repeats a checkout that came through.
            if order_id := await carts.order_of(cart_id):
                return {"order_id": order_id}
            raise HTTPException(409, "the cart is empty")
        order_id = await carts.check_out(cart_id, uuid4().hex)
        amount = sum(CATALOG[sku].price * quantity for sku, quantity in items.items())
        order = {"saga_id": order_id, "items": items, "amount": amount, "customer": body.customer}
        try:
            answer = await coordinator.post("/sagas", json=order, headers={FAULT: fault})
            answer.raise_for_status()
        except httpx.HTTPError as error:
            # The cart stays, tied to its order: the customer may try again, and still buys once.
            raise HTTPException(503, "the order could not be placed, try again") from error
        await carts.drop(cart_id)
        return {"order_id": order_id}


def _add_orders(app: FastAPI, orders: Orders) -> None:
    @app.get("/orders/{order_id}")
    async def show(order_id: SagaId) -> dict[str, object]:
        found = await orders.find(order_id)
        if found is None:
            raise HTTPException(404, "no such order")
        status, order = found
        return {"order_id": order_id, "status": status, "items": order.items, "amount": order.amount}

    @app.put("/orders/{order_id}")
    async def create_order(order_id: SagaId, body: NewOrder) -> JSONResponse:
        effect = await orders.create(order_id, Order(body.items, body.amount))
        if effect is Effect.APPLIED:
            ORDERS.labels("created").inc()
        return step_answer(effect)

    @app.post("/orders/{order_id}/confirm")
    async def confirm(order_id: SagaId, body: NewOrder) -> JSONResponse:
        effect = await orders.confirm(order_id)
        if effect is Effect.APPLIED:
            ORDERS.labels("confirmed").inc()
            VALUE.inc(body.amount / 100)
        return step_answer(effect)

    @app.delete("/orders/{order_id}")
    async def cancel(order_id: SagaId) -> JSONResponse:
        effect = await orders.cancel(order_id)
        if effect is Effect.APPLIED:
            ORDERS.labels("cancelled").inc()
        return undo_answer(effect)
