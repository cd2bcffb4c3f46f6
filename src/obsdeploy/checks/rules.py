"""Category rules: they are loaded and evaluated without errors, and an alert gets as far as Alertmanager."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

from obsdeploy import fastyaml
from obsdeploy.checks.context import Context
from obsdeploy.checks.model import Check, Finding, Hint, Outcome, Status, failed, passed, skipped
from obsdeploy.checks.prometheus import loaded_since, now
from obsdeploy.checks.times import ago, epoch
from obsdeploy.errors import ObsdeployError, StackUnhealthy

CONFIG_MAP = "obs-rules"
WATCHDOG = "Watchdog"
NOT_YET = "not evaluated yet"
NEW = 20.0
"""Seconds in which a rule that has just been loaded is evaluated for the first time."""

SENT = 80.0
"""Seconds in which Prometheus sends an alert again, by its own default of a minute, after an evaluation."""

ASKING = 4.0
"""Seconds for Alertmanager's API: a network policy that drops packets must not hold everything up."""

MISSED = 3
"""Evaluations that a rule may be late by before it counts as not evaluated."""


async def loaded(context: Context) -> Outcome:
    """Whether every rule of the release's files is there, and none that is not of the release."""
    found = await context.kube.read("configmaps", CONFIG_MAP, context.namespace)
    if found is None:
        raise StackUnhealthy(f"the release's ConfigMap {CONFIG_MAP} is gone", hint="Run `obsdeploy up` again: it puts it back.")
    released = {pair for text in (found.get("data") or {}).values() for pair in _released_rules(fastyaml.load(text))}
    there = {(group["name"], rule["name"]) for group in await _groups(context) for rule in group["rules"]}
    lines = [f"not loaded: {name} (group {group})" for group, name in sorted(released - there)]
    lines += [f"not part of the release: {name} (group {group})" for group, name in sorted(there - released)]
    if lines:
        command = f"kubectl -n {context.namespace} logs deploy/prometheus-server -c prometheus-server --since=1h | grep -i rule"
        hint = Hint("One bad file keeps Prometheus from reloading all of them; its log names the file and the line.", command)
        return failed(f"{len(lines)} rules differ from the released ones", *lines, hint=hint)
    return passed(f"{len(there)} rules in {len({group for group, _ in there})} groups")


async def healthy(context: Context) -> Outcome:
    """Whether every rule was evaluated lately and without an error."""
    at = await now(context)
    findings = tuple(
        Finding(f"rule {rule['name']}", Status.FAILED, why)
        for group in await _groups(context)
        for rule in group["rules"]
        if (why := _ailment(rule, float(group["interval"]), at))
    )
    if findings:
        hint = Hint("Page Status → Rule health of Prometheus shows each rule with its expression.")
        new = all(finding.summary == NOT_YET for finding in findings)
        return failed(f"{len(findings)} rules are not healthy", hint=hint, findings=findings, temporary=new)
    return passed("all evaluated, without errors")


async def watchdog(context: Context) -> Outcome:
    """Whether an alert that always fires is in Alertmanager: the only proof that any alert would get there."""
    if reason := (await context.released()).missing("alertmanager"):
        return skipped(reason)
    prometheus = await context.prometheus()
    alerts = (await prometheus.get("alerts"))["alerts"]
    if not any(a["labels"].get("alertname") == WATCHDOG and a["state"] == "firing" for a in alerts):
        hint = Hint("It is a rule of the release; see rules.loaded and rules.healthy.")
        young = await now(context) - await loaded_since(context) < NEW
        return failed(f"the alert {WATCHDOG} does not fire", hint=hint, temporary=young)
    managers = [one["url"] for one in (await prometheus.get("alertmanagers"))["activeAlertmanagers"]]
    if not managers:
        hint = Hint("See whether it runs.", f"kubectl -n {context.namespace} get statefulset,service alertmanager")
        return failed("Prometheus knows no Alertmanager to send alerts to", hint=hint)
    since = await loaded_since(context)
    try:
        async with asyncio.timeout(ASKING):
            said, received = await _received(context, since)
        # An Alertmanager that answers gets the alert again before long.
        young = await now(context) - since < SENT
    except (ObsdeployError, TimeoutError) as problem:
        said, received = await _counted(context, problem)
        young = False
    if received:
        return passed(f"{WATCHDOG} fires and {said}")
    command = f"kubectl -n {context.namespace} logs deploy/prometheus-server -c prometheus-server --since=10m"
    hint = Hint("Prometheus says in its log why it can't send.", command)
    return failed(f"{WATCHDOG} fires in Prometheus and is not in Alertmanager", said, hint=hint, temporary=young)


async def _received(context: Context, since: float) -> tuple[str, bool]:
    """Whether Alertmanager has the alert from the Prometheus that runs now: it keeps for minutes what came before."""
    alerts = await context.kube.service(context.namespace, "alertmanager:9093", "/api/v2/alerts")
    ours = [epoch(one["updatedAt"]) for one in alerts if one["labels"].get("alertname") == WATCHDOG]
    if ours and max(ours) < since:
        return "what Alertmanager has was sent before Prometheus loaded its configuration", False
    return ("is in Alertmanager" if ours else "no alert of that name is there"), bool(ours)


async def _counted(context: Context, problem: Exception) -> tuple[str, bool]:
    """Take Alertmanager's own count for it, where a network policy or a permission keeps us from asking its API."""
    found = await (await context.prometheus()).query('sum(last_over_time(alertmanager_alerts{state="active"}[1m]))')
    count = int(float(found[0]["value"][1])) if found else 0
    why = problem.message if isinstance(problem, ObsdeployError) else f"no answer within {ASKING:.0f} s"
    return f"Alertmanager counts {count} active alerts (its API could not be asked: {why})", count > 0


async def _groups(context: Context) -> list[Any]:
    return list((await (await context.prometheus()).get("rules"))["groups"])


def _released_rules(document: Any) -> Iterator[tuple[str, str]]:
    for group in (document or {}).get("groups") or []:
        for rule in group.get("rules") or []:
            yield group["name"], rule.get("record") or rule["alert"]


def _ailment(rule: Any, interval: float, at: float) -> str:
    if rule.get("lastError"):
        return str(rule["lastError"])
    if rule["health"] != "ok":
        return NOT_YET if rule["health"] == "unknown" else f"health: {rule['health']}"
    last = epoch(rule.get("lastEvaluation") or "")
    return f"last evaluated {ago(last, at)}" if at - last > MISSED * interval else ""


CHECKS = (
    Check("rules.loaded", "every released rule is loaded", loaded, needs=("prometheus.ready", "release.rules")),
    Check("rules.healthy", "every rule is evaluated without error", healthy, deadline=NEW, needs=("prometheus.ready",)),
    Check("rules.watchdog", "alerts reach Alertmanager", watchdog, deadline=SENT, needs=("prometheus.ready",)),
)
