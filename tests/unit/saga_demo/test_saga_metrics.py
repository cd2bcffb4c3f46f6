"""What the shop's processes show at /metrics: both kinds of request metrics, business metrics from the start."""

from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.unit.saga_demo.shop import Shop, wait_for

INSTRUMENTATOR = ("order", "inventory", "shipping")
HAND_WRITTEN = ("payment", "notification", "coordinator")
Shape = set[tuple[str, frozenset[str]]]


def _shape(text: str, *prefixes: str) -> Shape:
    return {
        (sample.name, frozenset(sample.labels))
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name.startswith(prefixes)
    }


@pytest.mark.parametrize(("recorded", "services"), [("instrumentator.txt", INSTRUMENTATOR), ("handwritten.txt", HAND_WRITTEN)])
def test_request_metrics_are_those_recorded(shop: Shop, metrics_folder: Path, recorded: str, services: tuple[str, ...]) -> None:
    expected = _shape((metrics_folder / recorded).read_text(), "http_")
    assert {"http_requests_total", "http_request_duration_seconds_bucket"} <= {name for name, _ in expected}
    for name in services:
        shop.call(name, "GET", "/healthz")
        assert _shape(shop.metrics_text(name), "http_") == expected, name


def test_the_two_kinds_label_requests_differently(shop: Shop) -> None:
    for name in (*INSTRUMENTATOR, *HAND_WRITTEN):
        shop.call(name, "GET", "/no/such/page")
    for name in INSTRUMENTATOR:
        assert shop.metric(name, "http_requests_total", handler="none", status="4xx", method="GET")
    for name in HAND_WRITTEN:
        assert shop.metric(name, "http_requests_total", endpoint="none", status="404", method="GET")
        assert shop.call(name, "GET", "/metrics").status_code == 404


def test_an_injected_failure_is_counted_under_its_route(shop: Shop) -> None:
    assert shop.call("payment", "PUT", "/payments/fault", {"amount": 1}, x_fault="payment=unavailable").status_code == 503
    assert shop.call("payment", "PUT", "/payments/fault", {"amount": 1}, x_fault="payment=error").status_code == 500
    assert shop.call("payment", "PUT", "/payments/fault", {"amount": 1}, x_fault="shipping=error").status_code == 201
    for status in ("500", "503", "201"):
        assert shop.metric("payment", "http_requests_total", endpoint="/payments/{saga_id}", status=status)


@pytest.mark.usefixtures("_one_coordinator_after")
def test_business_series_are_there_before_anything_happened(shop: Shop) -> None:
    expected = {
        "coordinator": {
            "saga_started_total", "saga_resumed_total", "saga_finished_total", "saga_compensations_total",
            "saga_duration_seconds_bucket", "saga_in_progress",
        },
        "order": {"orders_total", "orders_value_total"},
        "inventory": {"inventory_reservations_total"},
        "payment": {"payments_total"},
        "shipping": {"shipments_total"},
        "notification": {"notifications_total"},
    }  # fmt: skip
    wait_for("nothing is left for a second coordinator to take over", lambda: shop.metric("coordinator", "saga_in_progress") == 0)
    shop.start("coordinator-2")
    for service, names in expected.items():
        assert names <= {name for name, _ in _shape(shop.metrics_text(service), *names)}
    outcomes = ("completed", "compensated", "failed")
    assert [shop.metric("coordinator-2", "saga_finished_total", outcome=outcome) for outcome in outcomes] == [0, 0, 0]
    assert [shop.metric("coordinator-2", "saga_duration_seconds_count", outcome=outcome) for outcome in outcomes] == [0, 0, 0]
    for step in ("create_order", "reserve_stock", "take_payment", "ship", "notify"):
        assert shop.metric("coordinator-2", "saga_compensations_total", step=step) == 0
    assert shop.metric("coordinator-2", "saga_in_progress") == 0
    assert "_created" not in shop.metrics_text("coordinator-2")
