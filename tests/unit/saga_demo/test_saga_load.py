"""The load generator: what it sends, how much, and that a minute of it walks every path of the shop."""

import signal
from collections import Counter
from itertools import islice

import pytest

from saga import SERVICES
from saga.load.generator import journeys_per_second, rounds
from saga.load.journeys import JOURNEYS
from saga.load.settings import DEFAULT_MIX, LoadSettings
from tests.unit.saga_demo.shop import Shop, wait_for


def test_each_round_holds_every_journey_as_often_as_the_mix_says() -> None:
    assert JOURNEYS.keys() == DEFAULT_MIX.keys()
    names, length = rounds(DEFAULT_MIX), sum(DEFAULT_MIX.values())
    first, second = list(islice(names, length)), list(islice(names, length))
    assert Counter(first) == Counter(second) == DEFAULT_MIX
    assert first != second


def test_a_round_at_the_default_rate_takes_well_under_a_minute() -> None:
    settings = LoadSettings()
    seconds = sum(settings.round.values()) / journeys_per_second(settings)
    assert seconds < 45
    requests = sum(JOURNEYS[name].requests * count for name, count in settings.round.items())
    assert requests / seconds == pytest.approx(5)


def test_the_mix_is_the_default_one_with_changes() -> None:
    settings = LoadSettings.from_env({"MIX": "buy=2, slow=0", "RATE": "7.5", "ROUND": "x"})
    assert (settings.rate, settings.round) == (7.5, DEFAULT_MIX | {"buy": 2, "slow": 0})


@pytest.mark.parametrize(
    ("env", "message"),
    [
        ({"MIX": "bye=2"}, "MIX names an unknown journey 'bye'; there are buy, browse"),
        ({"MIX": "buy=often"}, "MIX must say how often buy comes, as a whole number, not 'often'"),
        ({"MIX": ",".join(f"{name}=0" for name in DEFAULT_MIX)}, "MIX leaves no journey to make"),
        ({"RATE": "0"}, "RATE must be above 0, not 0"),
        ({"RATE": "fast"}, "RATE must be a number, not 'fast'"),
    ],
)
def test_a_wrong_setting_is_named(env: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        LoadSettings.from_env(env)


def test_a_round_walks_every_path_and_every_journey_ends_as_it_should(shop: Shop) -> None:
    before = {outcome: _finished(shop, outcome) for outcome in ("completed", "compensated", "failed")}
    errors = {name: _errors(shop, name) for name in SERVICES}
    shop.start("load", RATE="40", THINK_TIME="0.1", MIX="buy=2,browse=1,abandon=1")
    unseen = set(DEFAULT_MIX)

    def all_walked() -> bool:
        for bad in ("failed", "surprised"):
            assert shop.metric("load", "load_journeys_total", result=bad) == 0, shop.log("load")
        unseen.difference_update(
            n for n in DEFAULT_MIX if shop.metric("load", "load_journeys_total", journey=n, result="expected")
        )
        return not unseen

    wait_for("a round ends", all_walked, seconds=30)
    assert all(_finished(shop, outcome) > count for outcome, count in before.items())
    for name in ("inventory", "payment", "shipping", "notification"):
        assert _errors(shop, name) > errors[name], name
    delivered = "/deliveries/{delivery_id}"
    wait_for("suppliers deliver", lambda: shop.metric("inventory", "http_requests_total", handler=delivered))
    assert shop.kill("load", signal.SIGTERM) == 0
    assert "Traceback" not in shop.log("load")
    wait_for("its sagas end", lambda: shop.metric("coordinator", "saga_in_progress") == 0)  # other tests count the stock


def _finished(shop: Shop, outcome: str) -> float:
    return shop.metric("coordinator", "saga_finished_total", outcome=outcome) or 0


def _errors(shop: Shop, name: str) -> float:
    return sum(shop.metric(name, "http_requests_total", status=status) or 0 for status in ("500", "503", "5xx"))
