"""Processes die in the middle of a saga. Nothing is lost, nothing happens twice."""

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
import redis

from tests.unit.saga_demo.shop import Shop, free_port, redis_command, wait_for


@pytest.fixture
def saga_id() -> str:
    return uuid4().hex


@pytest.fixture
def storage(redis_url: str) -> Iterator["redis.Redis"]:
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        yield client


def test_a_killed_coordinator_goes_on_where_it_was(shop: Shop, saga_id: str, storage: "redis.Redis") -> None:
    before, taken = shop.stock()["mug"], shop.metric("payment", "payments_total", result="taken") or 0
    shop.buy(saga_id, fault="payment=slow")
    wait_for("the stock is reserved", lambda: shop.stock()["mug"] == before - 1)
    shop.kill("coordinator")
    assert storage.zscore("sagas:open", saga_id) is not None
    shop.start("coordinator")
    assert shop.finished(saga_id)["outcome"] == "completed"
    assert shop.metric("coordinator", "saga_resumed_total") == 1
    assert shop.stock()["mug"] == before - 1
    assert shop.metric("payment", "payments_total", result="taken") == taken + 1
    assert storage.zscore("sagas:open", saga_id) is None


def test_a_compensation_outlives_its_coordinator(shop: Shop, saga_id: str, storage: "redis.Redis") -> None:
    before, refunded = shop.stock(), shop.metric("payment", "payments_total", result="refunded") or 0
    shop.buy(saga_id, quantity=5, fault="shipping=unavailable")
    wait_for("the payment is taken", lambda: storage.hget(f"payment:{saga_id}", "state") == "done")
    shop.kill("inventory")
    wait_for("undoing waits", lambda: f"{saga_id}" in _lines_with(shop, "undoing reserve_stock: attempt 2 failed"))
    shop.kill("coordinator")
    assert storage.hget(f"payment:{saga_id}", "state") == "undone"
    shop.start("inventory", "coordinator")
    assert shop.finished(saga_id)["outcome"] == "compensated"
    assert shop.stock() == before
    assert shop.metric("payment", "payments_total", result="refunded") == refunded + 1


def test_a_service_killed_in_its_step_leaves_no_trace(shop: Shop, saga_id: str, storage: "redis.Redis") -> None:
    before = shop.stock()
    shop.buy(saga_id, quantity=3, fault="payment=slow")
    wait_for("the stock is reserved", lambda: shop.stock()["mug"] == before["mug"] - 3)
    shop.kill("payment")
    wait_for("undoing waits for payment", lambda: f"{saga_id}" in _lines_with(shop, "undoing take_payment: attempt 1 failed"))
    shop.start("payment")
    saga = shop.finished(saga_id)
    assert (saga["outcome"], saga["not_undone"]) == ("compensated", [])
    assert shop.stock() == before
    assert storage.hget(f"payment:{saga_id}", "state") == "undone"


@pytest.mark.usefixtures("_one_coordinator_after")
def test_of_two_coordinators_each_saga_has_one(shop: Shop) -> None:
    sagas = [uuid4().hex for _ in range(12)]
    taken, before = shop.metric("payment", "payments_total", result="taken") or 0, shop.stock()["notebook"]
    finished = shop.metric("coordinator", "saga_finished_total") or 0
    shop.launch("coordinator-2")  # reads the unfinished sagas when it is up, which takes a while
    shop.processes["shipping"].send_signal(signal.SIGSTOP)
    for saga in sagas:
        shop.buy(saga, sku="notebook")
    wait_for("the second takes them over", lambda: "resuming" in shop.log("coordinator-2"))
    shop.processes["shipping"].send_signal(signal.SIGCONT)
    assert {shop.finished(saga)["outcome"] for saga in sagas} == {"completed"}

    def counted() -> float:
        return sum(shop.metric(name, "saga_finished_total") or 0 for name in ("coordinator", "coordinator-2")) - finished

    wait_for("both have counted", lambda: counted() >= len(sagas))
    assert counted() == len(sagas)
    assert shop.metric("payment", "payments_total", result="taken") == taken + len(sagas)
    assert shop.stock()["notebook"] == before - len(sagas)


def test_a_request_under_way_is_answered_before_the_end(shop: Shop, saga_id: str) -> None:
    shop.buy(saga_id, fault="payment=slow")
    in_flight = "http_requests_in_flight"
    wait_for("payment is at it", lambda: (shop.metric("payment", in_flight) or 0) > 0)
    assert shop.kill("payment", signal.SIGTERM) in {0, -signal.SIGTERM}
    shop.start("payment")
    assert shop.finished(saga_id)["outcome"] == "completed"


def test_a_service_waits_for_redis_and_says_so_when_it_is_away(tmp_path: Path, redis_url: str) -> None:
    command, port = redis_command(), free_port()
    assert command is not None

    def redis_server() -> subprocess.Popen[bytes]:
        return subprocess.Popen([command[1], "--port", str(port), "--save", ""], executable=command[0], stdout=subprocess.DEVNULL)

    server = redis_server()
    own = Shop(f"redis://127.0.0.1:{port}/0", tmp_path)
    try:
        own.start("inventory")
        server.kill()
        server.wait()
        assert own.call("inventory", "GET", "/stock").status_code == 503
        assert own.call("inventory", "GET", "/readyz").status_code == 200
        own.kill("inventory")
        own.launch("inventory")
        wait_for("inventory waits for Redis", lambda: "waiting for Redis" in _readiness(own, "inventory"))
        server = redis_server()
        wait_for("inventory becomes ready", lambda: own.call("inventory", "GET", "/readyz").is_success)
        assert own.stock()["mug"] == 200
    finally:
        own.close()
        server.kill()
        server.wait()


def _lines_with(shop: Shop, text: str) -> str:
    return "\n".join(line for line in shop.log("coordinator").splitlines() if text in line)


def _readiness(shop: Shop, name: str) -> str:
    try:
        return str(shop.call(name, "GET", "/readyz").json()["status"])
    except httpx.ConnectError:
        return "not there"
