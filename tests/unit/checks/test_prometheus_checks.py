"""Category prometheus, each check failing for its reason."""

from typing import Any

import pytest

from obsdeploy.checks import prometheus
from obsdeploy.checks.model import Outcome, Status
from obsdeploy.checks.runner import attempt, softened
from tests.unit.checks.fakes import Stack, named, stamp
from tests.unit.checks.healthy import CONFIG, target

BY_ID = {check.id: check for check in prometheus.CHECKS}


async def run(stack: Stack, name: str) -> Outcome:
    return await attempt(BY_ID[name], stack.context)


def targets(stack: Stack) -> list[Any]:
    found: list[Any] = stack.prometheus.data["targets"]["activeTargets"]
    return found


def failures(outcome: Outcome) -> dict[str, str]:
    return {one.subject: one.summary for one in outcome.findings if one.status is Status.FAILED}


async def test_all_is_well_but_for_a_job_that_the_release_does_not_know(stack: Stack) -> None:
    expected = dict.fromkeys(BY_ID, Status.PASSED) | {"prometheus.targets": Status.WARNED}
    assert {name: (await run(stack, name)).status for name in BY_ID} == expected
    assert "a job that this release does not know" in [f.summary for f in (await run(stack, "prometheus.targets")).findings]


async def test_all_targets_up_in_known_jobs(stack: Stack) -> None:
    targets(stack).pop()
    outcome = await run(stack, "prometheus.targets")
    assert (outcome.status, outcome.summary) == (Status.PASSED, "2 of 2 up, in 2 jobs")


async def test_prometheus_is_replaying_its_log(stack: Stack) -> None:
    stack.prometheus.is_ready = False
    assert (await run(stack, "prometheus.ready")).summary == "Prometheus answers, but is not ready"


async def test_a_configuration_that_could_not_be_loaded(stack: Stack) -> None:
    stack.prometheus.data["status/runtimeinfo"]["reloadConfigSuccess"] = False
    outcome = await run(stack, "prometheus.config")
    assert (outcome.status, outcome.details) == (Status.FAILED, ("what runs was loaded 50 min ago",))


async def test_a_target_that_is_down_is_named_and_explained(stack: Stack) -> None:
    targets(stack)[1] |= {"health": "down", "lastError": 'Get "http://redis-exporter:9121/scrape": dial tcp: connection refused'}
    outcome = await run(stack, "prometheus.targets")
    assert (outcome.status, outcome.summary) == (Status.FAILED, "1 of 3 targets are down")
    assert "nothing listens on that port" in failures(outcome)["redis carts"]
    assert not outcome.temporary


async def test_a_target_that_has_not_been_scraped_yet_is_worth_a_moment(stack: Stack) -> None:
    targets(stack)[1]["health"] = "unknown"
    outcome = await run(stack, "prometheus.targets")
    assert failures(outcome) == {"redis carts": "not scraped yet"}
    assert outcome.temporary


async def test_a_job_without_its_targets_is_missed_with_what_it_was_for(stack: Stack) -> None:
    del targets(stack)[1]
    outcome = await run(stack, "prometheus.targets")
    assert failures(outcome) == {"job redis": "0 of at least 1 targets: one per instance named under redis:"}


async def test_another_global_interval(stack: Stack) -> None:
    stack.prometheus.data["status/config"] = {"yaml": CONFIG.replace("evaluation_interval: 15s", "evaluation_interval: 1m")}
    outcome = await run(stack, "prometheus.interval")
    assert (outcome.status, outcome.details) == (Status.FAILED, ("global evaluation_interval: 1m, not 15s",))


async def test_a_target_scraped_at_another_interval_than_its_job_says(stack: Stack) -> None:
    targets(stack)[1]["scrapeInterval"] = "1m"
    assert (await run(stack, "prometheus.interval")).details == ("redis carts: every 60 s",)
    own = CONFIG.replace("job_name: redis", "job_name: redis\n    scrape_interval: 60s")
    stack.prometheus.data["status/config"] = {"yaml": own}
    assert (await run(stack, "prometheus.interval")).status is Status.PASSED


async def test_a_pod_scraped_under_two_jobs(stack: Stack) -> None:
    targets(stack).append(target("applications", "http://10.0.0.9:9090/metrics", pod="prometheus-server-1"))
    outcome = await run(stack, "prometheus.double")
    assert outcome.status is Status.FAILED
    assert outcome.details == ("10.0.0.9:9090/metrics: by applications prometheus-server-1 and prometheus localhost:9090",)


@pytest.mark.parametrize("namespace", ["monitoring", "shop"])
async def test_a_service_and_its_pod_scraped_both(stack: Stack, namespace: str) -> None:
    targets(stack).append(target("grafana", f"http://grafana.{namespace}.svc:80/metrics"))
    targets(stack).append(target("applications", "http://10.0.0.7:3000/metrics", pod="grafana-1"))
    stack.kube.objects["services"] = [named("grafana", namespace, spec={"ports": [{"name": "service", "port": 80}]})]
    one = named("grafana-x", namespace, {"kubernetes.io/service-name": "grafana"})
    stack.kube.objects["endpointslices"] = [
        one | {"ports": [{"name": "service", "port": 3000}], "endpoints": [{"addresses": ["10.0.0.7"]}]}
    ]
    outcome = await run(stack, "prometheus.double")
    assert outcome.details == (f"10.0.0.7:3000/metrics: by applications grafana-1 and grafana grafana.{namespace}.svc:80",)


async def test_a_target_that_is_scraped_late(stack: Stack) -> None:
    targets(stack)[0]["lastScrape"] = stamp(31)
    outcome = await run(stack, "prometheus.freshness")
    assert (outcome.status, outcome.details) == (Status.FAILED, ("prometheus localhost:9090: last scraped 31 s ago",))
    targets(stack)[0]["lastScrape"] = stamp(29)
    assert (await run(stack, "prometheus.freshness")).status is Status.PASSED


async def test_nothing_that_is_up_is_not_fresh(stack: Stack) -> None:
    for one in targets(stack):
        one["health"] = "unknown"
    outcome = await run(stack, "prometheus.freshness")
    assert (outcome.status, outcome.temporary) == (Status.FAILED, True)
    targets(stack).clear()
    outcome = await run(stack, "prometheus.freshness")
    assert (outcome.status, outcome.temporary) == (Status.FAILED, False)


@pytest.mark.parametrize(
    ("series", "kafka", "status"),
    [
        (6000, False, Status.PASSED),
        (6001, False, Status.WARNED),
        (7500, True, Status.PASSED),
        (7501, True, Status.WARNED),
    ],
)
async def test_more_series_than_a_lean_release_may_cost_is_a_warning(
    stack: Stack, series: int, kafka: bool, status: Status
) -> None:
    stack.expect(components={"kafkaExporter": kafka})
    stack.prometheus.data["status/tsdb"]["headStats"]["numSeries"] = series
    outcome = softened(BY_ID["prometheus.series"], await run(stack, "prometheus.series"))
    assert outcome.status is status
    assert (outcome.details == ("up: 9",)) is (status is Status.WARNED)


async def test_full_metrics_have_no_budget(stack: Stack) -> None:
    stack.expect(metrics="full")
    assert (await run(stack, "prometheus.series")).status is Status.SKIPPED
