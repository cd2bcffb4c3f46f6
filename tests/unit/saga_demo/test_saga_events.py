"""Events of sagas: stored with the state that they tell of, kept while no broker takes them, handled once each."""

import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from saga import SERVICES
from saga.events import outbox
from saga.events.consumer import CONSUMED, take
from saga.events.outbox import Outbox
from saga.ledger import Ledger
from saga.orchestration.model import Outcome, Phase, Purchase, Saga
from saga.orchestration.store import Overtaken, SagaStore
from tests.unit.saga_demo.shop import Shop, free_port, wait_for


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(redis_url, decode_responses=True) as client:
        await client.delete(outbox.KEY)
        yield client
        await client.delete(outbox.KEY)


def saga(phase: Phase = Phase.FORWARD) -> Saga:
    outcome = Outcome.COMPLETED if phase is Phase.FINISHED else None
    return Saga(uuid4().hex, Purchase({"mug": 1}, 1200, "a@example.com"), 1.0, phase=phase, outcome=outcome, request_id="r1")


async def test_a_finished_saga_leaves_its_event_in_the_same_step(redis: Redis) -> None:
    store = SagaStore(redis, 60, events=True)
    begun, ended = saga(), saga(Phase.FINISHED)
    await store.create(begun, 1.0)
    await store.save(begun, 2.0)
    assert await Outbox(redis).waiting(9) == []
    await store.create(ended, 1.0)
    await store.save(ended, 2.0)
    (event,) = map(json.loads, await Outbox(redis).waiting(9))
    assert (event["saga_id"], event["outcome"], event["request_id"]) == (ended.id, "completed", "r1")
    with pytest.raises(Overtaken):
        await store.save(ended, 3.0)
    assert len(await Outbox(redis).waiting(9)) == 1, "a coordinator that was overtaken tells nothing"


async def test_without_a_broker_to_tell_there_are_no_events(redis: Redis) -> None:
    store = SagaStore(redis, 60)
    ended = saga(Phase.FINISHED)
    await store.create(ended, 1.0)
    await store.save(ended, 2.0)
    assert await Outbox(redis).waiting(9) == []


async def test_the_outbox_does_not_grow_without_bounds(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "LONGEST", 2)
    store = SagaStore(redis, 60, events=True)
    sagas = [saga(Phase.FINISHED) for _ in range(4)]
    for one in sagas:
        await store.create(one, 1.0)
        await store.save(one, 2.0)
    assert [json.loads(one)["saga_id"] for one in await Outbox(redis).waiting(9)] == [one.id for one in sagas[2:]]


async def test_what_another_has_published_is_not_taken_for_something_else(redis: Redis) -> None:
    await redis.rpush(outbox.KEY, "a", "b", "c")
    box = Outbox(redis)
    seen = await box.waiting(2)
    await box.published(["a"])
    await box.published(seen)
    assert await box.waiting(9) == ["c"]


async def test_an_event_is_handled_once_and_nonsense_not_at_all(redis: Redis) -> None:
    handled: list[Any] = []

    async def handle(event: Mapping[str, Any]) -> None:
        handled.append(event["saga_id"])

    ledger, name = Ledger(redis, "notification", 60), uuid4().hex
    before = {result: _consumed(result) for result in ("handled", "repeated", "malformed")}
    event = json.dumps({"saga_id": name, "outcome": "completed"}).encode()
    for raw in (event, event, b"", None, b"{", b"[]", b"null", b'{"saga_id": "x"}', b"\xff\xfe"):
        await take(raw, ledger, handle)
    assert handled == [name]
    assert {result: _consumed(result) - count for result, count in before.items()} == {
        "handled": 1,
        "repeated": 1,
        "malformed": 7,
    }


def test_a_broker_that_is_away_stops_no_saga(redis_url: str, tmp_path: Path) -> None:
    shop = Shop(redis_url, tmp_path)
    try:
        shop.start(*SERVICES, KAFKA_BROKERS=f"127.0.0.1:{free_port()}")
        name = uuid4().hex
        shop.buy(name)
        path = f"/sagas/{name}"
        wait_for("its end", lambda: shop.call("coordinator", "GET", path).json()["outcome"] == "completed")
        wait_for("the event waits", lambda: "events wait" in shop.log("coordinator"))
        wait_for("the consumer waits too", lambda: "events are not consumed" in shop.log("notification"))
    finally:
        shop.close()


def _consumed(result: str) -> float:
    return float(CONSUMED.labels(result)._value.get())
