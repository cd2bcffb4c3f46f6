"""Category grafana: people can log in, its data sources answer, its dashboards are there and refresh."""

from __future__ import annotations

import asyncio
from typing import Any

from obsdeploy.checks.context import Context, GrafanaApi
from obsdeploy.checks.model import Check, Finding, Hint, Outcome, Status, failed, passed, skipped
from obsdeploy.checks.present import released_dashboards
from obsdeploy.errors import ObsdeployError
from obsdeploy.grafana import NOT_FOUND, UNAUTHORIZED, GrafanaProblem

DEFAULT = "admin"
BETWEEN_LOGINS = 75.0
"""Seconds between two attempts with a password that was refused: Grafana locks an account after five in five minutes."""


async def login(context: Context) -> Outcome:
    """Whether the released credentials open Grafana, and in prod no default ones do."""
    if (refused := context.memo.get("login refused")) and context.clock() - refused[0] < BETWEEN_LOGINS:
        return refused[1]  # type: ignore[no-any-return]
    grafana = await context.grafana()
    try:
        who = await grafana.get("user")
    except GrafanaProblem as problem:
        if problem.status != UNAUTHORIZED:
            raise
        outcome = _refused(context)
        context.memo["login refused"] = (context.clock(), outcome)
        context.memo.pop("grafana")  # the next attempt reads the Secret anew: somebody may have mended it
        return outcome
    if (await context.released()).profile == "prod" and await _default_password(grafana):
        hint = Hint("Change it now, in Grafana and in the Secret that it is started with.")
        return failed("anybody can log in as admin with the password admin", hint=hint)
    return passed(f"logs in as {who['login']}")


def _refused(context: Context) -> Outcome:
    command = f"kubectl -n {context.namespace} exec deploy/grafana -c grafana -- grafana cli admin reset-admin-password NEW"
    hint = Hint("Grafana keeps the password of its first start on its volume. Set it to the Secret's:", command)
    return failed("Grafana refuses the credentials of the release's Secret", hint=hint)


async def _default_password(grafana: GrafanaApi) -> bool:
    if grafana.user == DEFAULT:
        # An account has one password, and the released one has just worked: no need to try another against the login limit.
        return grafana.has_password(DEFAULT)
    return await grafana.accepts(DEFAULT, DEFAULT)


async def datasources(context: Context) -> Outcome:
    """Whether every data source answers when Grafana asks it."""
    grafana = await context.grafana()
    found = await grafana.get("datasources")
    findings = tuple(await asyncio.gather(*(_health(grafana, one) for one in found)))
    if not any(one["uid"] == "prometheus" for one in found):
        findings += (Finding("Prometheus (uid prometheus)", Status.FAILED, "Grafana has no such data source"),)
    bad = [one for one in findings if one.status is Status.FAILED]
    if bad:
        hint = Hint(
            "Every panel that reads from it is empty. See Grafana's log.",
            f"kubectl -n {context.namespace} logs deploy/grafana -c grafana --tail=50",
        )
        return failed(f"{len(bad)} data sources do not work", hint=hint, findings=findings)
    return passed(f"{len(findings)} of {len(findings)} answer", findings=findings)


async def _health(grafana: GrafanaApi, source: Any) -> Finding:
    subject = f"{source['name']} (uid {source['uid']})"
    try:
        said = await grafana.get(f"datasources/uid/{source['uid']}/health")
    except ObsdeployError as problem:
        return Finding(subject, Status.FAILED, f"{problem.message} (its URL: {source.get('url')})")
    good = said.get("status") == "OK"
    return Finding(subject, Status.PASSED if good else Status.FAILED, str(said.get("message", said)))


async def dashboards(context: Context) -> Outcome:
    """Whether every released dashboard is there, provisioned (so that nobody's edit replaces it), and refreshes."""
    released, grafana = await context.released(), await context.grafana()
    uids = sorted(await released_dashboards(context))
    if not uids:
        return skipped("this release has no dashboards")
    findings = tuple(await asyncio.gather(*(_dashboard(grafana, uid, released.refresh) for uid in uids)))
    bad = [one for one in findings if one.status is Status.FAILED]
    if bad:
        hint = Hint(
            "See why Grafana did not load it.",
            f"kubectl -n {context.namespace} logs deploy/grafana -c grafana | grep -i provisioning",
        )
        return failed(f"{len(bad)} of {len(uids)} dashboards are not as released", hint=hint, findings=findings)
    return passed(f"{len(uids)} of {len(uids)} provisioned, refreshed every {released.refresh}", findings=findings)


async def _dashboard(grafana: GrafanaApi, uid: str, refresh: str) -> Finding:
    try:
        found = await grafana.get(f"dashboards/uid/{uid}")
    except GrafanaProblem as problem:
        return Finding(uid, Status.FAILED, "Grafana does not have it" if problem.status == NOT_FOUND else problem.message)
    if not found["meta"].get("provisioned"):
        return Finding(uid, Status.FAILED, "it is not the provisioned one: somebody saved another under its uid")
    if (interval := found["dashboard"].get("refresh")) != refresh:
        said = f"refreshes every {interval}" if interval else "does not refresh by itself"
        return Finding(uid, Status.FAILED, f"{said}; released is {refresh}")
    return Finding(uid, Status.PASSED, found["dashboard"]["title"])


CHECKS = (
    Check("grafana.login", "people can log in", login),
    Check("grafana.datasources", "data sources answer", datasources, needs=("grafana.login",)),
    Check("grafana.dashboards", "dashboards are there", dashboards, needs=("grafana.login",)),
)
