"""Every way that a purchase can end, through real services: what is left behind, and what the metrics say."""

import json
from uuid import uuid4

import pytest

from tests.unit.saga_demo.shop import Shop, wait_for


@pytest.fixture
def saga_id() -> str:
    return uuid4().hex


def test_a_purchase_comes_through_every_service(shop: Shop, saga_id: str) -> None:
    before = shop.stock()["mug"]
    value = shop.metric("order", "orders_value_total")
    shop.buy(saga_id, quantity=2)
    assert shop.finished(saga_id) | {"outcome": "completed", "reason": "", "not_undone": []} == shop.finished(saga_id)
    assert shop.stock()["mug"] == before - 2
    order = shop.call("order", "GET", f"/orders/{saga_id}").json()
    assert order == {"order_id": saga_id, "status": "confirmed", "items": {"mug": 2}, "amount": 2400}
    assert shop.call("shipping", "GET", f"/shipments/{saga_id}").json() == {"status": "dispatched", "units": "2"}
    assert shop.metric("order", "orders_value_total") == (value or 0) + 24


@pytest.mark.parametrize(
    ("fault", "quantity", "outcome", "reason", "undone"),
    [
        ("payment=declined", 1, "compensated", "payment: payment declined", {"create_order", "reserve_stock"}),
        ("", 90_000, "compensated", "inventory: out of stock", {"create_order"}),
        ("order=unavailable", 1, "compensated", "order: order is unavailable", set()),
        (
            "shipping=unavailable", 1, "compensated", "shipping: shipping is unavailable",
            {"create_order", "reserve_stock", "take_payment"},
        ),
        (
            "notification=error", 1, "compensated", "notification: 500",
            {"create_order", "reserve_stock", "take_payment", "ship"},
        ),
        (
            "notification=unavailable,payment=refund-refused", 1, "failed", "notification: notification is unavailable",
            {"create_order", "reserve_stock", "ship"},
        ),
    ],
)  # fmt: skip
def test_a_failed_step_undoes_the_ones_before_it(  # noqa: PLR0917
    shop: Shop, saga_id: str, fault: str, quantity: int, outcome: str, reason: str, undone: set[str]
) -> None:
    before, finished = shop.stock(), shop.metric("coordinator", "saga_finished_total", outcome=outcome) or 0
    compensations = _compensations(shop)
    shop.buy(saga_id, quantity=quantity, fault=fault)
    saga = shop.finished(saga_id)
    assert (saga["outcome"], saga["reason"]) == (outcome, reason)
    assert saga["not_undone"] == (["take_payment"] if outcome == "failed" else [])
    assert shop.stock() == before
    assert shop.metric("coordinator", "saga_finished_total", outcome=outcome) == finished + 1
    now = _compensations(shop)
    assert {step for step in now if now[step] > compensations[step]} == undone
    order = shop.call("order", "GET", f"/orders/{saga_id}")
    assert order.status_code == 404 if not undone else order.json()["status"] == "cancelled"


def test_a_failure_that_passes_is_overcome(shop: Shop, saga_id: str) -> None:
    refused = shop.metric("payment", "http_requests_total", status="503") or 0
    shop.buy(saga_id, fault="payment=flaky")
    assert shop.finished(saga_id)["outcome"] == "completed"
    assert shop.metric("payment", "http_requests_total", status="503") == refused + 1


def test_a_purchase_is_made_once_however_often_it_is_sent(shop: Shop, saga_id: str) -> None:
    before, taken = shop.stock()["lamp"], shop.metric("payment", "payments_total", result="taken") or 0
    for _ in range(3):
        shop.buy(saga_id, sku="lamp")
    assert shop.finished(saga_id)["outcome"] == "completed"
    shop.buy(saga_id, sku="lamp")
    assert shop.stock()["lamp"] == before - 1
    assert shop.metric("payment", "payments_total", result="taken") == taken + 1


def test_a_step_that_arrives_after_its_undoing_takes_no_effect(shop: Shop, saga_id: str) -> None:
    before = shop.stock()
    assert shop.call("inventory", "DELETE", f"/reservations/{saga_id}").json() == {"effect": "nothing"}
    assert shop.call("inventory", "PUT", f"/reservations/{saga_id}", {"items": {"mug": 1}}).status_code == 409
    assert shop.stock() == before
    undone = shop.call("payment", "DELETE", f"/payments/{saga_id}", x_fault="payment=refund-refused")
    assert undone.json() == {"effect": "nothing"}, "what was never taken need not be given back"
    assert shop.call("payment", "PUT", f"/payments/{saga_id}", {"amount": 5}).status_code == 409


def test_a_cart_is_checked_out_once(shop: Shop, saga_id: str) -> None:
    cart = f"/carts/{saga_id}"
    assert shop.call("order", "POST", f"{cart}/checkout", {"customer": "c"}).status_code == 409
    assert shop.call("order", "PUT", f"{cart}/items/nothing", {"quantity": 1}).status_code == 404
    assert shop.call("order", "PUT", f"{cart}/items/mug", {"quantity": 3}).json() == {"mug": 3}
    placed = [shop.call("order", "POST", f"{cart}/checkout", {"customer": "c"}) for _ in range(2)]
    assert [one.status_code for one in placed] == [202, 202]
    assert placed[0].json() == placed[1].json()
    assert shop.call("order", "PUT", f"{cart}/items/mug", {"quantity": 1}).status_code == 409
    order_id = placed[0].json()["order_id"]
    assert shop.finished(order_id)["outcome"] == "completed"
    assert shop.call("order", "GET", f"/orders/{order_id}").json()["items"] == {"mug": 3}


def test_one_request_can_be_followed_through_every_log(shop: Shop, saga_id: str) -> None:
    request = f"request-{saga_id}"
    body = {"saga_id": saga_id, "items": {"mug": 1}, "amount": 1200, "customer": "test@example.com"}
    answer = shop.call("coordinator", "POST", "/sagas", body, x_request_id=request)
    assert answer.headers["x-request-id"] == request
    shop.finished(saga_id)

    def lines(service: str) -> list[dict[str, object]]:
        found = [json.loads(line) for line in shop.log(service).splitlines()]
        return [line for line in found if line.get("request_id") == request and line.get("saga_id") == saga_id]

    for service in ("order", "inventory", "payment", "shipping", "notification"):
        line = wait_for(f"{service} logs it", lambda service=service: next(iter(lines(service)), None))  # type: ignore[misc]
        assert (line["level"], line["service"]) == ("info", service)
    assert any(line.get("outcome") == "completed" for line in lines("coordinator"))
    assert not any("/readyz" in shop.log(service) for service in shop.processes)


def _compensations(shop: Shop) -> dict[str, float]:
    steps = ("create_order", "reserve_stock", "take_payment", "ship", "notify")
    return {step: shop.metric("coordinator", "saga_compensations_total", step=step) or 0 for step in steps}
