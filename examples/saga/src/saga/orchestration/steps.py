"""The steps of a purchase as data: who does each, what it is told, and where it is undone."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from saga.orchestration.model import Purchase


@dataclass(frozen=True)
class Step:
    """One call to one service. Undoing it is a DELETE of `undo_path`; a step without one is never undone."""

    name: str
    service: str
    method: str
    path: str
    body: Callable[[Purchase], dict[str, Any]]
    undo_path: str | None


def _order(purchase: Purchase) -> dict[str, Any]:
    return {"items": purchase.items, "amount": purchase.amount}


def _items(purchase: Purchase) -> dict[str, Any]:
    return {"items": purchase.items}


STEPS = (
    Step("create_order", "order", "PUT", "/orders/{id}", _order, "/orders/{id}"),
    Step("reserve_stock", "inventory", "PUT", "/reservations/{id}", _items, "/reservations/{id}"),
    Step("take_payment", "payment", "PUT", "/payments/{id}", lambda p: {"amount": p.amount}, "/payments/{id}"),
    Step("ship", "shipping", "PUT", "/shipments/{id}", _items, "/shipments/{id}"),
    Step("notify", "notification", "PUT", "/notifications/{id}", lambda p: {"customer": p.customer}, "/notifications/{id}"),
    # What confirms an order is undone with the order itself.
    Step("confirm", "order", "POST", "/orders/{id}/confirm", _order, None),
)
BY_NAME = {step.name: step for step in STEPS}
