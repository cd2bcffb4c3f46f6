"""Checks on what a live demo really answered: it passes as recorded, and fails for the right reason with one thing changed."""

import copy
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from obsdeploy.checks.catalogue import catalogue, select
from obsdeploy.checks.model import Report, Result, Silent, Status
from obsdeploy.checks.runner import run
from tests.unit.checks.replay import Replay

Json = Any


@pytest.fixture
def demo() -> Replay:
    return Replay()


async def verify(demo: Replay, *only: str) -> Report:
    context = demo.context()
    checks = [replace(check, deadline=0.0) for check in select(await catalogue(context), only)]
    return await run(checks, context, Silent())


async def failure(demo: Replay, check: str, *needs: str) -> Result:
    """Run a check (and what it needs, where that makes a difference) and return its failure."""
    found = (await verify(demo, check, *needs)).results[-1]
    assert found.outcome.status is Status.FAILED, found.outcome
    return found


def dead(result: Result) -> dict[str, str]:
    return {one.subject: one.summary for one in result.outcome.findings if one.status is Status.FAILED}


def vector(*samples: tuple[float, dict[str, str]]) -> Json:
    """An instant query's answer."""
    found = [{"metric": labels, "value": [1.0, str(value)]} for value, labels in samples]
    return {"status": "success", "data": {"resultType": "vector", "result": found}}


def each_target(change: Callable[[Json], None]) -> Callable[[Json], Json]:
    def edit(answer: Json) -> Json:
        edited = copy.deepcopy(answer)
        for target in edited["data"]["activeTargets"]:
            change(target)
        return edited

    return edit


async def test_a_live_demo_passes_every_check_and_skips_none(demo: Replay) -> None:
    report = await verify(demo)
    # It was recorded without logs, Kafka and remote write.
    absent = {"prometheus.remote", "exporters.kafka", "panels.obs-kafka", "panels.obs-logs"}
    others = [r for r in report.results if r.check.category != "logs" and r.check.id not in absent]
    assert {r.check.id: r.outcome.summary for r in others if r.outcome.status is not Status.PASSED} == {}
    assert sum(len(r.outcome.findings) for r in report.results if r.check.category == "panels") >= 80


async def test_every_check_of_the_catalogue_was_asked_something(demo: Replay) -> None:
    assert {r.attempts for r in (await verify(demo)).results if r.check.category != "logs"} == {1}


async def test_a_dead_redis_is_named_by_its_check_and_by_the_panels_it_empties(demo: Replay) -> None:
    error = "dial redis: dial tcp: lookup redis.saga-demo.svc on 10.96.0.10:53: no such host"
    demo.answer("query=redis_up", vector((0, {"instance": "saga-demo"})))
    demo.answer("query=redis_exporter_last_scrape_error", vector((1, {"instance": "saga-demo", "err": error})))
    redis = await failure(demo, "exporters.redis")
    assert redis.outcome.summary == "Redis saga-demo is dead"
    assert "its name does not resolve" in dead(redis)["Redis saga-demo"]


async def test_a_target_that_is_down_is_explained(demo: Replay) -> None:
    def stop_orders(target: Json) -> None:
        if target["labels"].get("service") == "order":
            target |= {
                "health": "down",
                "lastError": 'Get "http://10.1.2.3:8000/metrics": dial tcp 10.1.2.3:8000: connect: connection refused',
            }

    demo.change("/api/v1/targets?", each_target(stop_orders))
    result = await failure(demo, "prometheus.targets")
    assert result.outcome.summary == "1 of 15 targets are down"
    (said,) = (text for name, text in dead(result).items() if name.startswith("applications order-"))
    assert said.startswith("dial tcp 10.1.2.3:8000: connect: connection refused (nothing listens on that port")


async def test_targets_scraped_long_ago_are_late(demo: Replay) -> None:
    demo.change("/api/v1/targets?", each_target(lambda target: target.update(lastScrape="2020-01-01T00:00:00Z")))
    assert "15 of 15 targets are scraped late" in (await failure(demo, "prometheus.freshness")).outcome.summary


async def test_a_service_of_the_demo_that_is_a_target_twice(demo: Replay) -> None:
    def edit(answer: Json) -> Json:
        edited = copy.deepcopy(answer)
        twice = copy.deepcopy(next(t for t in edited["data"]["activeTargets"] if t["labels"].get("service") == "order"))
        edited["data"]["activeTargets"].append(twice | {"scrapePool": "another"})
        return edited

    demo.change("/api/v1/targets?", edit)
    result = await failure(demo, "prometheus.double")
    assert re.search(r"by another order-\S+ and applications order-", result.outcome.details[0])


async def test_a_rule_file_of_another_release(demo: Replay) -> None:
    def edit(answer: Json) -> Json:
        edited = copy.deepcopy(answer)
        edited["data"]["rules.sha256"] = "0" * 64
        return edited

    demo.change("/configmaps/obs-release", edit)
    demo.answer("PATCH", {})
    demo.answer("/-/reload", {})
    demo.answer("/pods?labelSelector", {"items": []})
    assert "(000000000000): those of " in (await failure(demo, "release.rules")).outcome.summary


async def test_a_deployment_that_somebody_removed(demo: Replay) -> None:
    demo.statuses["/deployments/kube-state-metrics"] = 404
    result = await failure(demo, "release.workloads")
    assert dead(result) == {"Deployment kube-state-metrics": "it is part of the release and does not exist"}


async def test_a_demo_service_scaled_to_nothing(demo: Replay) -> None:
    def edit(answer: Json) -> Json:
        edited = copy.deepcopy(answer)
        edited["spec"]["replicas"] = 0
        return edited

    demo.change("/deployments/payment", edit)
    demo.answer("/namespaces/saga-demo/pods", {"items": []})
    demo.answer("/namespaces/saga-demo/events", {"items": []})
    assert dead(await failure(demo, "release.demo")) == {"Deployment payment": "scaled to 0, while the release says 1"}


async def test_a_wrong_password(demo: Replay) -> None:
    demo.statuses["/api/user"] = 401
    assert (await failure(demo, "grafana.login")).outcome.summary == "Grafana refuses the credentials of the release's Secret"


async def test_a_data_source_that_is_gone_kills_every_panel(demo: Replay) -> None:
    demo.answer("GET http://grafana/api/datasources", [])
    demo.statuses["/api/ds/query"] = 404
    assert "data sources do not work" in (await failure(demo, "grafana.datasources")).outcome.summary
    assert "Grafana answers 404 to ds/query" in (await failure(demo, "panels.obs-redis")).outcome.summary


async def test_a_panel_that_came_back_empty_is_dead_and_the_others_are_not(demo: Replay) -> None:
    def edit(answer: Json) -> Json:
        edited = copy.deepcopy(answer)
        if "12A" in edited["results"] and "14A" in edited["results"]:  # the batch of obs-redis
            edited["results"]["21A"]["frames"] = []
        return edited

    demo.change("ds/query", edit)
    result = (await verify(demo, "panels.obs-redis")).results[-1]
    assert dead(result) == {"21 Connected clients": "query A is empty"}
    assert sum(one.status is Status.PASSED for one in result.outcome.findings) == 18


async def test_an_api_server_that_forbids_something_names_the_permission(demo: Replay) -> None:
    demo.statuses["/api/v1/nodes"] = 403
    assert (await failure(demo, "cluster.nodes")).outcome.summary.startswith("a permission is missing")
