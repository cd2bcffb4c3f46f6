"""What is in stock: shown to customers, reserved for sagas, delivered by suppliers."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import FastAPI, HTTPException
from fastapi.responses import JSONResponse
from prometheus_client import Counter, Gauge
from pydantic import BaseModel, Field
from redis.asyncio import Redis

from saga.app import create_app, instrument
from saga.catalog import CATALOG
from saga.config import Config
from saga.ledger import Effect
from saga.participant import SagaId, step_answer, undo_answer
from saga.stock import Stock

RESERVATIONS = Counter("inventory_reservations_total", "Reservations by what became of them.", ("result",))
UNITS = Gauge("inventory_stock_units", "Units in stock, as last seen.", ("sku",))


class Reservation(BaseModel):
    """What to take out of stock: units by article."""

    items: dict[str, Annotated[int, Field(gt=0)]] = Field(min_length=1, max_length=50)


class Delivery(BaseModel):
    """What a supplier brings."""

    sku: str
    quantity: int = Field(gt=0, le=100_000)


def create(config: Config, redis: Redis) -> FastAPI:
    """The inventory service."""
    stock = Stock(redis, config.record_ttl)
    for result in ("reserved", "out_of_stock", "released"):
        RESERVATIONS.labels(result)
    app = create_app("inventory", config, redis)
    instrument(app)
    _add_shelf(app, stock)
    _add_reservations(app, stock)
    return app


def _add_shelf(app: FastAPI, stock: Stock) -> None:
    @app.get("/stock")
    async def list_stock() -> dict[str, int]:
        return _shown(await stock.levels())

    @app.get("/stock/{sku}")
    async def show_article(sku: str) -> dict[str, object]:
        article = CATALOG.get(sku)
        if article is None:
            raise HTTPException(404, "no such article")
        levels = _shown(await stock.levels())
        return {"sku": sku, "name": article.name, "price": article.price, "units": levels[sku]}

    @app.put("/deliveries/{delivery_id}")
    async def take_delivery(delivery_id: SagaId, delivery: Delivery) -> JSONResponse:
        if delivery.sku not in CATALOG:
            raise HTTPException(422, "no such article")
        return step_answer(await stock.deliver(delivery_id, delivery.sku, delivery.quantity))


def _add_reservations(app: FastAPI, stock: Stock) -> None:
    @app.put("/reservations/{saga_id}")
    async def reserve(saga_id: SagaId, reservation: Reservation) -> JSONResponse:
        if not reservation.items.keys() <= CATALOG.keys():
            raise HTTPException(422, "no such article")
        effect = await stock.reserve(saga_id, reservation.items)
        if effect is None:
            RESERVATIONS.labels("out_of_stock").inc()
            raise HTTPException(409, "out of stock")
        if effect is Effect.APPLIED:
            RESERVATIONS.labels("reserved").inc()
        return step_answer(effect)

    @app.delete("/reservations/{saga_id}")
    async def release(saga_id: SagaId) -> JSONResponse:
        effect = await stock.release(saga_id)
        if effect is Effect.APPLIED:
            RESERVATIONS.labels("released").inc()
        return undo_answer(effect)


def _shown(levels: Mapping[str, int]) -> dict[str, int]:
    for sku, units in levels.items():
        UNITS.labels(sku).set(units)
    return dict(levels)
