"""Why a selector finds nothing: the first broken link, named as a person would."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from obsdeploy import promql
from obsdeploy.checks.diagnose.chain import broken_link
from obsdeploy.checks.diagnose.facts import Cause, gather
from tests.unit.checks import healthy
from tests.unit.checks.fakes import NOW, Stack, sample
from tests.unit.checks.healthy import rule, target

REDIS = "redis_connected_clients"
ORDERS = "orders_total"


@dataclass
class World:
    """What Prometheus has: live selectors, the values of labels, when a metric was last seen and by whom."""

    live: set[str] = field(default_factory=set)
    values: Mapping[tuple[str, str], Sequence[str]] = field(default_factory=dict)
    last: Mapping[str, float] = field(default_factory=dict)
    samples: Mapping[str, int] = field(default_factory=dict)

    def answer(self, query: str) -> list[Any] | None:
        if found := re.fullmatch(r"group\(last_over_time\((.*)\[\d+s\]\)\)", query):
            return [sample(1)] if found[1] in self.live else []
        if found := re.fullmatch(r"group by \((\w+)\) \(last_over_time\((.*)\[\d+s\]\)\)", query):
            return [sample(1, **{found[1]: value}) for value in self.values.get((found[2], found[1]), [""])]
        if found := re.fullmatch(r"max\(count_over_time\((.*)\[\d+s\]\)\)", query):
            return [sample(self.samples.get(found[1], 4))]
        if found := re.fullmatch(r"max\(max_over_time\(timestamp\((.*)\)\[6h:1m\]\)\)", query):
            return [sample(self.last[found[1]])] if found[1] in self.last else []
        return None


def stack(world: World, *names: str) -> Stack:
    made = healthy.stack()
    made.prometheus.guess = world.answer
    made.prometheus.data |= {"label/__name__/values": list(names), "series?orders_total": [], f"series?{REDIS}": []}
    for metric in (ORDERS, "orders", REDIS, "node_cpu_seconds_total", "node_cpu_seconds", "order_total", "order"):
        made.prometheus.data[f"targets/metadata?{metric}"] = []
    return made


async def cause(made: Stack, expression: str) -> Cause | None:
    (selector,) = promql.selectors(expression)
    return await broken_link(await gather(made.context, NOW), selector)


async def said(made: Stack, expression: str) -> tuple[str, str]:
    found = await cause(made, expression)
    assert found is not None
    return found.link, found.text


async def test_a_selector_with_live_samples_has_no_broken_link() -> None:
    assert await cause(stack(World({ORDERS}), ORDERS), ORDERS) is None


async def test_a_metric_nobody_ever_served_is_told_with_its_nearest_names() -> None:
    link, text = await said(stack(World(), ORDERS, "unrelated"), "order_total")
    assert (link, text) == ("target", "order_total should come from job applications, which has no target")
    with_shop = stack(World(), ORDERS, "unrelated")
    with_shop.prometheus.data["targets"]["activeTargets"].append(target("applications", "http://10.0.0.3/metrics", pod="order-1"))
    assert await said(with_shop, "order_total") == (
        "metric",
        "no target has ever served a metric called order_total; there is orders_total",
    )


async def test_a_dead_redis_is_blamed_before_its_exporter() -> None:
    made = stack(World(), REDIS)
    made.prometheus.vectors["redis_up == 0"] = [sample(0, instance="carts")]
    assert await said(made, REDIS) == ("backend", "Redis carts at redis.shop.svc:6379 does not answer its exporter, which is up")


async def test_a_metric_of_the_stack_whose_only_target_is_down() -> None:
    made = stack(World())
    made.prometheus.data["targets"]["activeTargets"][2] |= {"health": "down", "lastError": "connection refused"}
    link, text = await said(made, "node_cpu_seconds_total")
    assert link == "target"
    assert text.startswith("node_cpu_seconds_total comes from node-exporter 10.0.0.1:9100, which is down: connection refused")


async def test_a_metric_of_a_component_that_is_switched_off() -> None:
    made = stack(World())
    made.expect(disabled={"nodeExporter": "components.nodeExporter is false"})
    del made.prometheus.data["targets"]["activeTargets"][2]
    assert await said(made, "node_cpu_seconds_total") == (
        "target",
        "node_cpu_seconds_total comes from job node-exporter, which has no target: components.nodeExporter is false",
    )


async def test_a_metric_that_a_keep_list_drops() -> None:
    made = stack(World())
    made.prometheus.data["targets/metadata?prometheus_tsdb_wal"] = [{"target": {"job": "prometheus"}}]
    link, text = await said(made, "prometheus_tsdb_wal")
    assert link == "dropped"
    assert text.startswith("job prometheus serves prometheus_tsdb_wal, and Prometheus drops it (metrics: lean)")


async def test_a_metric_that_has_not_counted_anything_yet() -> None:
    made = stack(World())
    made.prometheus.data["targets"]["activeTargets"].append(target("applications", "http://10.0.0.3/metrics"))
    made.prometheus.data[f"targets/metadata?{ORDERS}"] = [{"target": {"job": "applications"}}]
    assert (await said(made, ORDERS))[
        1
    ] == "orders_total is described by its target, which has not counted anything under that name yet"


def stale(*, health: str = "up", who: str = "order-1", ago: float = 180) -> Stack:
    made = stack(World(last={ORDERS: NOW - ago}), ORDERS)
    made.prometheus.data[f"series?{ORDERS}"] = [{"job": "applications", "pod": "order-1"}]
    made.prometheus.data["targets"]["activeTargets"].append(
        target(
            "applications",
            "http://10.0.0.3/metrics",
            health,
            "context deadline exceeded" if health == "down" else "",
            pod=who,
            namespace="shop",
        )
    )
    return made


async def test_a_metric_that_stopped_when_its_target_went_down() -> None:
    found = await cause(stale(health="down"), ORDERS)
    assert found is not None
    assert found.text.startswith(
        "orders_total has had no sample since 07:57:00 UTC (3 min ago): applications order-1, which is down: "
    )
    assert "no answer within the scrape timeout" in found.text
    assert found.command == "kubectl -n shop describe pod order-1"


async def test_a_metric_whose_target_is_gone() -> None:
    assert (await said(stale(who="order-2"), ORDERS))[1].endswith(
        "(3 min ago): it came from applications order-1, which is no target any more"
    )


async def test_a_metric_that_its_target_stopped_serving() -> None:
    assert (await said(stale(), ORDERS))[1].endswith("applications order-1 is up, and does not serve it any more")


async def test_a_metric_that_a_new_configuration_drops() -> None:
    made = stale()
    config = healthy.CONFIG + "    metric_relabel_configs: [{source_labels: [__name__], regex: orders_.*, action: drop}]\n"
    made.prometheus.data["status/config"] = {"yaml": config}
    assert (await said(made, ORDERS))[0] == "dropped"


async def test_a_metric_that_is_only_due_for_its_next_scrape() -> None:
    link, text = await said(stale(ago=20), ORDERS)
    assert link == "window"
    assert text.endswith("which is before the last change; the next scrape is due")


async def test_a_metric_of_long_ago() -> None:
    made = stack(World(), ORDERS)
    assert (await said(made, ORDERS))[1] == "orders_total has had no sample in the last 6h: nothing serves it any more"


async def test_the_label_that_matches_nothing_is_named_with_the_values_there_are() -> None:
    world = World({ORDERS, 'orders_total{shop="eu"}'}, values={(ORDERS, "service"): ["cart", "order"]})
    assert await said(stack(world, ORDERS), 'orders_total{shop="eu",service="ordr"}') == (
        "selector",
        'orders_total has samples, but none with service="ordr"; service is one of: cart, order',
    )


async def test_a_label_that_no_series_has() -> None:
    assert (await said(stack(World({ORDERS}), ORDERS), 'orders_total{region="eu"}'))[1] == (
        'orders_total has no label region, which region="eu" asks for'
    )


async def test_labels_that_match_apart_but_not_together() -> None:
    world = World({ORDERS, 'orders_total{a="1"}', 'orders_total{b="2"}'})
    assert (await said(stack(world, ORDERS), 'orders_total{a="1",b="2"}'))[1] == (
        'orders_total has samples with each of a="1" and b="2", but none with all of them'
    )


async def test_many_values_are_counted_instead_of_listed() -> None:
    world = World({ORDERS}, values={(ORDERS, "pod"): [f"p{n}" for n in range(9)]})
    assert (await said(stack(world, ORDERS), 'orders_total{pod="x"}'))[1].endswith(
        "pod is one of: p0, p1, p2, p3, p4, p5 and 3 more"
    )


async def test_a_metric_scraped_once_is_too_young_for_a_rate() -> None:
    link, text = await said(stack(World({ORDERS}, samples={ORDERS: 1}), ORDERS), ORDERS)
    assert (link, text) == ("window", "orders_total has been scraped once so far; a rate needs two samples: wait 15 s")


RECORDED = "shop:orders:rate1m"


def recording(world: World, **more: Any) -> Stack:
    made = stack(world, ORDERS)
    made.prometheus.data["rules"]["groups"].append(
        {"name": "shop", "interval": 15, "rules": [rule(RECORDED, query=f"rate({ORDERS}[1m])", **more)]}
    )
    return made


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"health": "err", "lastError": "many-to-many"}, "the rule that records shop:orders:rate1m fails: many-to-many"),
        ({"health": "unknown"}, "the rule that records shop:orders:rate1m has not been evaluated yet"),
        ({}, "the rule that records shop:orders:rate1m yields nothing, though what it reads has samples"),
    ],
)
async def test_a_recorded_series_is_traced_to_its_rule(more: dict[str, str], text: str) -> None:
    assert await said(recording(World({ORDERS}), **more), RECORDED) == ("rule", text)


async def test_a_recorded_series_is_traced_through_its_rule_to_the_target() -> None:
    made = recording(World(last={ORDERS: NOW - 180}))
    made.prometheus.data[f"series?{ORDERS}"] = [{"job": "applications", "pod": "order-1"}]
    link, text = await said(made, RECORDED)
    assert link == "target"
    assert text.startswith("shop:orders:rate1m is recorded by a rule: orders_total has had no sample since")
    assert text.endswith("it came from applications order-1, which is no target any more")
