"""Category exporters: an exporter that is up in front of something dead must not pass."""

import pytest

from obsdeploy.checks import exporters, redis
from obsdeploy.checks.model import Outcome, Status
from obsdeploy.checks.runner import attempt
from tests.unit.checks.fakes import Stack, named, sample, stamp
from tests.unit.checks.healthy import target

BY_ID = {check.id: check for check in (*redis.CHECKS, *exporters.CHECKS)}


async def run(stack: Stack, name: str) -> Outcome:
    return await attempt(BY_ID[name], stack.context)


async def test_all_is_well(stack: Stack) -> None:
    assert {name: (await run(stack, name)).status for name in BY_ID} == dict.fromkeys(BY_ID, Status.PASSED)


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        ("dial tcp 10.0.0.5:6379: connect: connection refused", "nothing listens there: Redis is down, or at another port"),
        ("dial redis: lookup redis.shop.svc: no such host", "its name does not resolve"),
        ("WRONGPASS invalid username-password pair", "the password is wrong"),
        ("NOAUTH Authentication required.", "it wants a password"),
        ("dial redis: unknown network redis", "no connection or no log-in: Redis is down"),
        ("set tcp 10.0.0.5:6379: use of closed network connection", "it takes connections and does not answer"),
        ("", "the exporter names no error"),
    ],
)
async def test_a_dead_redis_behind_a_living_exporter_is_called_redis(stack: Stack, error: str, meaning: str) -> None:
    stack.prometheus.vectors["redis_up"] = [sample(0, instance="carts")]
    stack.prometheus.vectors["redis_exporter_last_scrape_error > 0"] = [sample(1, instance="carts", err=error)]
    outcome = await run(stack, "exporters.redis")
    assert (outcome.status, outcome.summary) == (Status.FAILED, "Redis carts is dead")
    assert outcome.findings[0].summary.startswith(f"Redis at redis.shop.svc:6379 does not answer: {meaning}")


async def test_only_the_dead_one_of_two_is_blamed(stack: Stack) -> None:
    stack.expect(redis=[{"name": "carts", "address": "a:6379"}, {"name": "stock", "address": "b:6379"}])
    stack.prometheus.vectors["redis_up"] = [sample(1, instance="carts"), sample(0, instance="stock")]
    outcome = await run(stack, "exporters.redis")
    assert outcome.summary == "Redis stock is dead"
    assert [f.status for f in outcome.findings] == [Status.PASSED, Status.FAILED]


async def test_a_redis_that_nobody_asks_is_unknown_and_that_is_a_failure(stack: Stack) -> None:
    stack.prometheus.vectors["redis_up"] = []
    stack.prometheus.data["targets"]["activeTargets"][1] |= {"health": "down", "lastError": "connection refused"}
    outcome = await run(stack, "exporters.redis")
    assert outcome.summary == "nothing is known of 1 of 1 Redis instances"
    assert "because its exporter is down: connection refused" in outcome.findings[0].summary
    del stack.prometheus.data["targets"]["activeTargets"][1]
    assert "no target of job redis asks for it" in (await run(stack, "exporters.redis")).findings[0].summary


def rollout(stack: Stack, deployment: str, ready_ago: float, *, older: int = 0) -> None:
    """A Deployment whose newest pod got ready so many seconds ago; all targets were scraped 5 s ago."""
    labels = {"app.kubernetes.io/instance": "obs", "app": deployment}
    status = {"observedGeneration": 1, "replicas": 1 + older, "readyReplicas": 1, "updatedReplicas": 1}
    spec = {"replicas": 1, "selector": {"matchLabels": labels}}
    stack.kube.objects["deployments"].append(named(deployment, spec=spec, status=status))
    ready = {"type": "Ready", "status": "True", "lastTransitionTime": stamp(ready_ago)}
    stack.kube.objects["pods"].append(named(f"{deployment}-1", labels=labels, status={"conditions": [ready]}))


async def test_a_redis_at_a_new_address_is_not_taken_for_the_one_before(stack: Stack) -> None:
    stack.prometheus.data["targets"]["activeTargets"][1] |= {"health": "unknown", "lastScrape": "0001-01-01T00:00:00Z"}
    outcome = await run(stack, "exporters.redis")
    assert (outcome.status, outcome.temporary) == (Status.FAILED, True)
    assert outcome.summary == "nothing is known of 1 of 1 Redis instances"
    assert outcome.findings[0].summary == "not asked yet at redis.shop.svc:6379"
    assert "release.config" in BY_ID["exporters.redis"].needs


@pytest.mark.parametrize(("ready_ago", "status"), [(60, Status.PASSED), (1, Status.FAILED)])
@pytest.mark.parametrize("name", ["redis", "kube-state-metrics"])
async def test_an_exporter_that_has_not_been_asked_since_it_got_ready(
    stack: Stack, name: str, ready_ago: float, status: Status
) -> None:
    stack.prometheus.data["targets"]["activeTargets"].append(target("kube-state-metrics", "http://kube-state-metrics:8080/m"))
    rollout(stack, "redis-exporter" if name == "redis" else name, ready_ago)
    outcome = await run(stack, f"exporters.{name}")
    assert (outcome.status, outcome.temporary) == (status, status is Status.FAILED)


async def test_the_exporter_of_the_release_before_is_not_believed(stack: Stack) -> None:
    rollout(stack, "redis-exporter", 60, older=1)
    outcome = await run(stack, "exporters.redis")
    assert outcome.summary == "redis-exporter of this release is not ready: pods of an older generation are still there"


async def test_without_an_instance_redis_is_skipped_with_the_releases_reason(stack: Stack) -> None:
    stack.expect(redis=[], disabled={"redisExporter": "no instance named under redis:"})
    outcome = await run(stack, "exporters.redis")
    assert (outcome.status, outcome.summary) == (Status.SKIPPED, "no instance named under redis:")


async def test_kube_state_metrics_that_knows_half_the_cluster(stack: Stack) -> None:
    stack.kube.objects["nodes"].append(named("node-2", None))
    outcome = await run(stack, "exporters.kube-state-metrics")
    assert (outcome.summary, outcome.details) == ("it does not list 1 of 2 nodes", ("missing: node-2",))


async def test_kube_state_metrics_that_says_nothing(stack: Stack) -> None:
    stack.prometheus.vectors["kube_node_info"] = []
    assert (await run(stack, "exporters.kube-state-metrics")).summary == "kube-state-metrics provides nothing"


async def test_the_node_without_node_exporter_is_named(stack: Stack) -> None:
    stack.kube.objects["nodes"].append(named("node-2", None))
    outcome = await run(stack, "exporters.node")
    assert (outcome.summary, outcome.details) == ("1 of 2 nodes are not measured", ("node-2: no node-exporter runs there",))


async def test_the_node_whose_node_exporter_is_down_is_named(stack: Stack) -> None:
    stack.prometheus.data["targets"]["activeTargets"][2] |= {"health": "down", "lastError": "no route to host"}
    assert (await run(stack, "exporters.node")).details[0].startswith("node-1: no route to host (the address is gone")


@pytest.mark.parametrize(
    ("component", "check"), [("nodeExporter", "exporters.node"), ("kubeStateMetrics", "exporters.kube-state-metrics")]
)
async def test_what_is_switched_off_is_skipped_and_says_so(stack: Stack, component: str, check: str) -> None:
    stack.expect(disabled={component: f"components.{component} is false"})
    outcome = await run(stack, check)
    assert (outcome.status, outcome.summary) == (Status.SKIPPED, f"components.{component} is false")
