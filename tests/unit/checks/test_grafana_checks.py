"""Category grafana, each check failing for its reason."""

import pytest

from obsdeploy.checks import grafana
from obsdeploy.checks.model import Outcome, Status
from obsdeploy.checks.runner import attempt
from obsdeploy.grafana import GrafanaProblem
from tests.unit.checks.fakes import NOW, FakeGrafana, Stack

BY_ID = {check.id: check for check in grafana.CHECKS}
REFUSED = GrafanaProblem("Grafana refuses the login", hint="", status=401)


async def run(stack: Stack, name: str) -> Outcome:
    return await attempt(BY_ID[name], stack.context)


async def test_all_is_well(stack: Stack) -> None:
    assert {name: (await run(stack, name)).status for name in BY_ID} == dict.fromkeys(BY_ID, Status.PASSED)


async def test_credentials_that_grafana_refuses(stack: Stack) -> None:
    stack.grafana.answers["user"] = REFUSED
    outcome = await run(stack, "grafana.login")
    assert (outcome.status, outcome.summary) == (Status.FAILED, "Grafana refuses the credentials of the release's Secret")


async def test_a_refused_password_is_not_tried_until_the_account_is_locked(stack: Stack) -> None:
    stack.grafana.answers["user"] = REFUSED
    context, clock = stack.context, [NOW]
    context.clock = lambda: clock[0]
    tries = 0

    async def connect() -> FakeGrafana:
        nonlocal tries
        tries += 1
        return stack.grafana

    context.connect_grafana = connect
    for second in range(0, 300, 3):  # as `verify --wait 5m` would
        clock[0] = NOW + second
        assert (await attempt(BY_ID["grafana.login"], context)).status is Status.FAILED
    assert tries < 5


async def test_a_mended_secret_is_seen_within_the_same_run(stack: Stack) -> None:
    stack.grafana.answers["user"] = REFUSED
    context, clock = stack.context, [NOW]
    context.clock = lambda: clock[0]
    await attempt(BY_ID["grafana.login"], context)
    stack.grafana.answers["user"] = {"login": "admin"}
    clock[0] += grafana.BETWEEN_LOGINS
    assert (await attempt(BY_ID["grafana.login"], context)).status is Status.PASSED


@pytest.mark.parametrize(("profile", "status"), [("prod", Status.FAILED), ("dev", Status.PASSED)])
async def test_the_default_password_is_a_failure_in_prod_alone(stack: Stack, profile: str, status: Status) -> None:
    stack.expect(profile=profile)
    stack.grafana.password = "admin"
    assert (await run(stack, "grafana.login")).status is status


async def test_a_leftover_default_account_beside_the_released_one_is_found_in_prod(stack: Stack) -> None:
    stack.expect(profile="prod")
    stack.grafana.user, stack.grafana.accounts = "boss", {"admin": "admin"}
    assert (await run(stack, "grafana.login")).summary == "anybody can log in as admin with the password admin"
    stack.grafana.accounts = {}
    assert (await run(stack, "grafana.login")).status is Status.PASSED


async def test_the_own_accounts_limit_of_failed_logins_is_left_alone(stack: Stack) -> None:
    stack.expect(profile="prod")
    assert (await run(stack, "grafana.login")).status is Status.PASSED
    assert stack.grafana.logins == []


async def test_a_data_source_that_does_not_answer(stack: Stack) -> None:
    stack.grafana.answers["datasources/uid/prometheus/health"] = {"status": "ERROR", "message": "no such host"}
    outcome = await run(stack, "grafana.datasources")
    assert (outcome.status, outcome.findings[0].summary) == (Status.FAILED, "no such host")


async def test_a_data_source_whose_health_grafana_can_not_tell(stack: Stack) -> None:
    stack.grafana.answers["datasources/uid/prometheus/health"] = GrafanaProblem("500", hint="")
    outcome = await run(stack, "grafana.datasources")
    assert outcome.findings[0].summary == "500 (its URL: http://prometheus-server.monitoring.svc)"


async def test_a_data_source_that_is_gone(stack: Stack) -> None:
    stack.grafana.answers["datasources"] = []
    outcome = await run(stack, "grafana.datasources")
    assert [(f.subject, f.summary) for f in outcome.findings] == [
        ("Prometheus (uid prometheus)", "Grafana has no such data source")
    ]


async def test_a_dashboard_that_grafana_does_not_have(stack: Stack) -> None:
    stack.grafana.answers["dashboards/uid/obs-x"] = GrafanaProblem("Grafana answers 404", hint="", status=404)
    outcome = await run(stack, "grafana.dashboards")
    assert [(f.subject, f.summary) for f in outcome.findings] == [("obs-x", "Grafana does not have it")]


async def test_a_dashboard_that_somebody_saved_over(stack: Stack) -> None:
    stack.grafana.answers["dashboards/uid/obs-x"]["meta"] = {"provisioned": False}
    assert "somebody saved another" in (await run(stack, "grafana.dashboards")).findings[0].summary


@pytest.mark.parametrize(
    ("refresh", "said"), [("", "does not refresh by itself; released is 10s"), ("1m", "refreshes every 1m; released is 10s")]
)
async def test_a_dashboard_that_stands_still(stack: Stack, refresh: str, said: str) -> None:
    stack.grafana.answers["dashboards/uid/obs-x"]["dashboard"]["refresh"] = refresh
    assert (await run(stack, "grafana.dashboards")).findings[0].summary == said
