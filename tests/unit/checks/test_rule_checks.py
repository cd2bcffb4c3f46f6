"""Category rules, each check failing for its reason."""

import asyncio
from typing import Any

import pytest

from obsdeploy.checks import rules
from obsdeploy.checks.model import Outcome, Status
from obsdeploy.checks.runner import attempt
from obsdeploy.errors import EnvironmentProblem
from tests.unit.checks.fakes import Stack, sample, stamp
from tests.unit.checks.healthy import rule

BY_ID = {check.id: check for check in rules.CHECKS}


async def run(stack: Stack, name: str) -> Outcome:
    return await attempt(BY_ID[name], stack.context)


def loaded(stack: Stack) -> list[Any]:
    found: list[Any] = stack.prometheus.data["rules"]["groups"][0]["rules"]
    return found


async def test_all_is_well(stack: Stack) -> None:
    assert {name: (await run(stack, name)).status for name in BY_ID} == dict.fromkeys(BY_ID, Status.PASSED)


async def test_a_rule_that_is_not_loaded_and_one_that_should_not_be(stack: Stack) -> None:
    loaded(stack)[0] = rule("Surprise", "alerting")
    outcome = await run(stack, "rules.loaded")
    assert outcome.status is Status.FAILED
    assert outcome.details == ("not loaded: Watchdog (group stack)", "not part of the release: Surprise (group stack)")


async def test_rules_whose_config_map_is_gone(stack: Stack) -> None:
    stack.kube.remove("configmaps", "obs-rules")
    assert "ConfigMap obs-rules is gone" in (await run(stack, "rules.loaded")).summary


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"health": "err", "lastError": "many-to-many matching not allowed"}, "many-to-many matching not allowed"),
        ({"health": "unknown"}, "not evaluated yet"),
        ({"lastEvaluation": stamp(50)}, "last evaluated 50 s ago"),
    ],
)
async def test_a_rule_that_is_not_well_is_named_with_its_ailment(stack: Stack, change: dict[str, str], said: str) -> None:
    loaded(stack)[1] |= change
    outcome = await run(stack, "rules.healthy")
    assert outcome.status is Status.FAILED
    assert [(f.subject, f.summary) for f in outcome.findings] == [("rule service_endpoint:http_requests:rate1m", said)]
    assert outcome.temporary is (said == "not evaluated yet")


async def test_a_watchdog_that_does_not_fire(stack: Stack) -> None:
    stack.prometheus.data["alerts"] = {"alerts": [{"labels": {"alertname": "Watchdog"}, "state": "pending"}]}
    outcome = await run(stack, "rules.watchdog")
    assert (outcome.summary, outcome.temporary) == ("the alert Watchdog does not fire", False)
    stack.prometheus.data["status/runtimeinfo"]["startTime"] = stamp(10)
    assert (await run(stack, "rules.watchdog")).temporary  # its rules have not been evaluated yet


async def test_no_alertmanager_to_send_to(stack: Stack) -> None:
    stack.prometheus.data["alertmanagers"] = {"activeAlertmanagers": []}
    assert (await run(stack, "rules.watchdog")).summary == "Prometheus knows no Alertmanager to send alerts to"


async def test_an_alert_that_gets_lost_on_the_way(stack: Stack) -> None:
    stack.kube.services["/api/v2/alerts"] = [{"labels": {"alertname": "Other"}, "updatedAt": stamp(5)}]
    outcome = await run(stack, "rules.watchdog")
    assert (outcome.status, outcome.summary) == (Status.FAILED, "Watchdog fires in Prometheus and is not in Alertmanager")
    assert not outcome.temporary


COUNT = 'sum(last_over_time(alertmanager_alerts{state="active"}[1m]))'


async def test_an_alert_of_the_configuration_before_proves_nothing(stack: Stack) -> None:
    stack.prometheus.data["status/runtimeinfo"]["lastConfigTime"] = stamp(10)
    stack.kube.services["/api/v2/alerts"][0]["updatedAt"] = stamp(60)
    outcome = await run(stack, "rules.watchdog")
    assert (outcome.status, outcome.temporary) == (Status.FAILED, True)
    assert outcome.details == ("what Alertmanager has was sent before Prometheus loaded its configuration",)
    assert BY_ID["rules.watchdog"].deadline > 75  # Prometheus sends again after a minute, at its next evaluation


@pytest.mark.parametrize(("counted", "status"), [([sample(1)], Status.PASSED), ([sample(0)], Status.FAILED), ([], Status.FAILED)])
async def test_an_alertmanager_that_can_not_be_asked_is_taken_by_its_own_count(
    stack: Stack, counted: list[Any], status: Status
) -> None:
    stack.kube.broken["/api/v2/alerts"] = EnvironmentProblem("a permission is missing: services/proxy", hint="ask")
    stack.prometheus.vectors[COUNT] = counted
    outcome = await run(stack, "rules.watchdog")
    assert outcome.status is status
    said = " ".join((outcome.summary, *outcome.details))
    assert "(its API could not be asked: a permission is missing: services/proxy)" in said


async def test_an_alertmanager_behind_a_wall_does_not_hold_everything_up(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(*_: str) -> Any:
        await asyncio.Event().wait()

    monkeypatch.setattr(rules, "ASKING", 0.01)
    monkeypatch.setattr(stack.kube, "service", never)
    stack.prometheus.vectors[COUNT] = [sample(2)]
    assert "counts 2 active alerts" in (await run(stack, "rules.watchdog")).summary


async def test_without_alertmanager_the_way_to_it_is_skipped(stack: Stack) -> None:
    stack.expect(disabled={"alertmanager": "components.alertmanager is false"})
    assert (await run(stack, "rules.watchdog")).status is Status.SKIPPED
