"""Category panels: each panel is held to its own promise, by samples of the present release."""

import json
from typing import Any

import pytest

from obsdeploy.checks import panels
from obsdeploy.checks.model import Finding, Outcome, Status
from obsdeploy.checks.panels import check_of
from obsdeploy.checks.runner import attempt
from obsdeploy.grafana import GrafanaProblem
from tests.unit.checks.fakes import NOW, Stack, named, record, sample, stamp
from tests.unit.checks.healthy import CLIENTS, EMPTY, points

UID = "obs-x"
TRAFFIC = 'sum(increase(http_requests_total{handler!=""}[300s])) > 0'
BARE = "redis_connected_clients"


async def run(stack: Stack) -> Outcome:
    return await attempt(check_of(UID), stack.context)


async def panel(stack: Stack) -> Finding:
    return (await run(stack)).findings[0]


def promise(stack: Stack, expect: str, **more: Any) -> None:
    stack.promise(UID, {"2": {"expect": expect, **more}})


def alive(*metrics: str) -> Any:
    """Let these bare metrics have live samples when the check asks which of its sources have."""

    def guess(query: str) -> list[Any] | None:
        parts = query.split(" or label_replace(")
        if "group(last_over_time(" not in query:
            return None
        found = [
            part.split('"n", "')[1].split('"')[0] for part in parts if any(f"last_over_time({name}[" in part for name in metrics)
        ]
        return [sample(1, n=number) for number in found]

    return guess


async def test_a_panel_with_samples_passes(stack: Stack) -> None:
    promise(stack, "data")
    outcome = await run(stack)
    assert (outcome.status, outcome.summary) == (Status.PASSED, "1 of 1 panels have what they promise")
    assert outcome.findings == (Finding("2 Clients", Status.PASSED, "1 series"),)


async def test_the_query_goes_to_grafana_as_its_page_would_send_it(stack: Stack) -> None:
    await run(stack)
    (sent,) = stack.grafana.asked
    assert sent["expr"] == CLIENTS
    assert sent["datasource"] == {"type": "prometheus", "uid": "prometheus"}
    assert (sent["refId"], sent["range"], sent["instant"], sent["intervalMs"]) == ("2A", True, False, 15000)


@pytest.mark.parametrize("expect", ["data", "zero-ok", "traffic", "optional"])
async def test_a_query_that_fails_is_dead_whatever_it_promises(stack: Stack, expect: str) -> None:
    promise(stack, expect)
    stack.grafana.results[CLIENTS] = {"error": "bad_data: parse error", "status": 400}
    assert await panel(stack) == Finding("2 Clients", Status.FAILED, "query A fails: bad_data: parse error")


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (EMPTY, "query A is empty"),
        (points(None, None), "query A gives nothing but NaN"),
        (points(1, 1, until=NOW - 90), "query A: its newest sample is 90 s old"),
        (None, "query A fails: Grafana gave no answer to this query"),
    ],
)
async def test_a_panel_that_promises_data_must_have_new_samples(stack: Stack, result: Any, said: str) -> None:
    promise(stack, "data")
    stack.grafana.results[CLIENTS] = result
    outcome = await run(stack)
    assert (outcome.status, outcome.summary) == (Status.FAILED, "1 of 1 panels are dead")
    assert outcome.findings[0].summary == said


async def test_an_optional_panel_may_be_empty(stack: Stack) -> None:
    promise(stack, "optional")
    stack.grafana.results[CLIENTS] = EMPTY
    assert (await panel(stack)).status is Status.PASSED


async def test_a_dashboard_of_the_users_own_promises_nothing_but_must_work(stack: Stack) -> None:
    stack.grafana.results[CLIENTS] = EMPTY
    assert (await run(stack)).status is Status.PASSED
    stack.grafana.results[CLIENTS] = {"error": "boom"}
    assert (await run(stack)).status is Status.FAILED


async def test_a_single_query_may_promise_less_than_its_panel(stack: Stack) -> None:
    promise(stack, "data", targets={"A": "optional"})
    stack.grafana.results[CLIENTS] = EMPTY
    assert (await panel(stack)).status is Status.PASSED


async def test_the_worst_query_of_a_panel_decides(stack: Stack) -> None:
    promise(stack, "data")
    board = stack.grafana.answers["dashboards/uid/obs-x"]["dashboard"]
    board["panels"][1]["targets"].append({"refId": "B", "expr": "up"})
    stack.grafana.results["up"] = EMPTY
    assert await panel(stack) == Finding("2 Clients", Status.FAILED, "query B is empty")


async def test_a_panel_whose_component_is_off_is_skipped_with_the_reason(stack: Stack) -> None:
    promise(stack, "data", needs="redisExporter")
    stack.expect(disabled={"redisExporter": "no instance named under redis:"})
    stack.grafana.results[CLIENTS] = EMPTY
    outcome = await run(stack)
    assert (outcome.status, outcome.summary) == (Status.SKIPPED, "needs redisExporter: no instance named under redis:")


async def test_an_empty_panel_that_may_be_passes_while_its_source_lives(stack: Stack) -> None:
    promise(stack, "zero-ok")
    stack.grafana.results[CLIENTS] = EMPTY
    stack.prometheus.guess = alive(BARE)
    assert await panel(stack) == Finding("2 Clients", Status.PASSED, "empty, and what it reads is alive")


async def test_an_empty_panel_that_may_be_fails_when_its_source_is_dead(stack: Stack) -> None:
    promise(stack, "zero-ok")
    stack.grafana.results[CLIENTS] = EMPTY
    stack.prometheus.guess = alive()
    stack.prometheus.data[f"targets/metadata?{BARE}"] = []
    stack.prometheus.data["targets"]["activeTargets"][1]["health"] = "down"
    assert (await panel(stack)).summary == "query A is empty, and what it reads is not alive"


async def test_a_metric_that_is_served_but_dropped_is_not_alive(stack: Stack) -> None:
    promise(stack, "zero-ok")
    stack.grafana.results[CLIENTS] = EMPTY
    stack.prometheus.guess = alive()
    stack.prometheus.data[f"targets/metadata?{BARE}"] = [{"target": {"job": "redis"}}]
    assert (await panel(stack)).status is Status.PASSED
    stack.prometheus.data[f"targets/metadata?{BARE}"] = [{"target": {"job": "prometheus"}}]  # which keeps its own alone
    assert (await panel(stack)).status is Status.FAILED


async def test_without_any_application_their_panels_are_neither_dead_nor_alive(stack: Stack) -> None:
    promise(stack, "zero-ok")
    query = 'http_errors_total{instance=~"$instance"}'
    stack.grafana.answers["dashboards/uid/obs-x"]["dashboard"]["panels"][1]["targets"][0]["expr"] = query
    stack.grafana.otherwise = EMPTY
    stack.prometheus.guess = alive()
    stack.prometheus.data["targets/metadata?http_errors_total"] = stack.prometheus.data["targets/metadata?http_errors"] = []
    assert await panel(stack) == Finding("2 Clients", Status.SKIPPED, "no application is scraped")
    stack.prometheus.data["targets"]["activeTargets"].append(
        stack.prometheus.data["targets"]["activeTargets"][0] | {"scrapePool": "applications"}
    )
    assert (await panel(stack)).status is Status.FAILED


async def test_a_panel_of_traffic_is_skipped_without_and_dead_with_requests(stack: Stack) -> None:
    promise(stack, "traffic")
    stack.grafana.results[CLIENTS] = EMPTY
    stack.prometheus.vectors[TRAFFIC] = []
    assert await panel(stack) == Finding("2 Clients", Status.SKIPPED, "no requests in the last five minutes")
    stack.prometheus.vectors[TRAFFIC] = [sample(12)]
    assert (await panel(stack)).status is Status.FAILED


async def test_with_the_demo_under_load_no_panel_of_traffic_is_excused(stack: Stack) -> None:
    promise(stack, "traffic")
    stack.expect(demo=True)
    stack.grafana.results[CLIENTS] = EMPTY
    assert (await panel(stack)).status is Status.FAILED


async def test_whether_there_was_traffic_must_be_knowable(stack: Stack) -> None:
    promise(stack, "traffic")
    stack.grafana.results[CLIENTS] = EMPTY
    del stack.kube.one("configmaps", "obs-rules")["data"]["alerts.yaml"]
    outcome = await run(stack)
    assert outcome.status is Status.FAILED
    assert "nobody can tell whether there were requests" in outcome.summary


def changed(stack: Stack, seconds_ago: float) -> None:
    stack.prometheus.data["status/runtimeinfo"]["lastConfigTime"] = stamp(seconds_ago)


async def test_samples_from_before_the_change_do_not_count(stack: Stack) -> None:
    promise(stack, "data")
    changed(stack, 20)
    stack.grafana.results[CLIENTS] = points(3, 3, until=NOW - 25)
    outcome = await run(stack)
    assert outcome.findings[0].summary == "query A: its newest sample is 25 s old"
    assert outcome.temporary


async def test_what_only_looks_new_by_looking_back_does_not_count(stack: Stack) -> None:
    promise(stack, "data")
    changed(stack, 20)
    stack.prometheus.guess = alive()
    assert (await panel(stack)).summary == "query A has only samples from before this release"
    stack.prometheus.guess = alive(f'{BARE}{{instance=~"carts"}}')
    assert (await panel(stack)).status is Status.PASSED


async def test_a_pod_that_has_just_restarted_is_a_change_too(stack: Stack) -> None:
    running = {"containerStatuses": [{"name": "server", "state": {"running": {"startedAt": stamp(10)}}}]}
    stack.kube.one("pods", "prometheus-server-1")["status"] |= running
    stack.prometheus.guess = alive()
    assert (await panel(stack)).summary == "query A has only samples from before this release"


async def test_a_clock_that_is_ahead_does_not_make_everything_old(stack: Stack) -> None:
    promise(stack, "data")
    changed(stack, -3600)
    assert (await panel(stack)).status is Status.PASSED


async def test_an_old_failure_is_final(stack: Stack) -> None:
    promise(stack, "data")
    stack.grafana.results[CLIENTS] = EMPTY
    assert not (await run(stack)).temporary


async def test_what_has_passed_is_not_asked_again_in_the_same_run(stack: Stack) -> None:
    promise(stack, "data")
    context = stack.context
    assert (await attempt(check_of(UID), context)).status is Status.PASSED
    assert (await attempt(check_of(UID), context)).findings == (Finding("2 Clients", Status.PASSED, "1 series"),)
    assert len(stack.grafana.asked) == 1


async def test_what_has_passed_before_a_change_has_to_pass_again(stack: Stack) -> None:
    promise(stack, "data")
    context = stack.context
    assert (await attempt(check_of(UID), context)).status is Status.PASSED
    changed(stack, 2)
    stack.prometheus.guess = alive()
    stack.prometheus.vectors["time()"] = [sample(NOW + panels.LOOKED)]
    outcome = await attempt(check_of(UID), context)
    assert (outcome.status, outcome.temporary) == (Status.FAILED, True)
    assert outcome.findings[0].summary == "query A has only samples from before this release"


async def test_a_demo_that_has_just_been_changed_is_judged_by_its_own_samples(stack: Stack) -> None:
    promise(stack, "data")
    stack.expect(demo=True)
    stack.prometheus.guess = alive()
    stack.kube.objects["secrets"].append(record(name="saga-demo", namespace="saga-demo", version=1, ago=3))
    assert (await run(stack)).status is Status.PASSED  # the first: nothing can be taken for its samples
    stack.kube.objects["secrets"][-1] = record(name="saga-demo", namespace="saga-demo", version=2, ago=3)
    assert (await panel(stack)).summary == "query A has only samples from before this release"
    stack.kube.objects["secrets"][-1] = record(name="saga-demo", namespace="saga-demo", version=2)
    assert (await run(stack)).status is Status.PASSED
    stack.kube.objects["pods"].append(order(restarts=3))  # again and again: no reason to wait for the rest
    assert (await run(stack)).status is Status.PASSED
    stack.kube.objects["pods"][-1] = order(restarts=0)
    assert (await panel(stack)).summary == "query A has only samples from before this release"


def order(restarts: int) -> Any:
    """A pod of the demo shop that has run for three seconds."""
    container = {"name": "order", "restartCount": restarts, "state": {"running": {"startedAt": stamp(3)}}}
    labels = {"app.kubernetes.io/instance": "saga-demo"}
    return named("order-1", "saga-demo", labels, status={"containerStatuses": [container]})


async def test_panels_without_queries_are_no_subject(stack: Stack) -> None:
    board = stack.grafana.answers["dashboards/uid/obs-x"]["dashboard"]
    board["panels"] = [
        {"id": 1, "type": "text"},
        {"id": 2, "type": "stat", "datasource": {"uid": "-- Dashboard --"}, "targets": [{"refId": "A"}]},
    ]
    assert (await run(stack)).summary == "it has no panel with a query"


async def test_a_dashboard_that_can_not_be_had_is_a_failure(stack: Stack) -> None:
    stack.grafana.answers["dashboards/uid/obs-x"] = GrafanaProblem("Grafana answers 404", hint="")
    assert (await run(stack)).status is Status.FAILED


def test_panels_are_judged_only_once_the_release_is_loaded() -> None:
    assert {"release.config", "release.rules", "release.dashboards"} <= set(check_of(UID).needs)
    assert panels.check_of(UID).docs == "docs/checks.md#panels"


async def test_expectations_of_the_chart_are_understood(stack: Stack, chart_expectations: str) -> None:
    stack.kube.one("configmaps", "obs-release")["data"]["expectations.json"] = chart_expectations
    released = await stack.context.released()
    assert released.expectations.keys() == json.loads(chart_expectations).keys()
    assert all(released.expectations.values())
