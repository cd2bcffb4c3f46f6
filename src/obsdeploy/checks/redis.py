"""Does each Redis answer its exporter? An exporter that is up in front of a dead one says nothing by being up."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from obsdeploy.checks.context import Context
from obsdeploy.checks.model import Check, Finding, Hint, Outcome, Status, failed, passed, skipped
from obsdeploy.checks.prometheus import NEW, active_targets
from obsdeploy.checks.redisasked import asking, is_masked, meaning, unmasked
from obsdeploy.checks.rollout import unasked
from obsdeploy.errors import ObsdeployError

DEPLOYMENT = "redis-exporter"
SERVICE = "redis-exporter:9121"
ASKING = 15.0
"""Seconds for asking the exporter why: it tries for up to ten itself where TLS is not answered."""


async def redis(context: Context) -> Outcome:
    """Whether each Redis instance answers this release's exporter."""
    released = await context.released()
    if not released.redis:
        return skipped(released.missing("redis") or "no Redis instance is named in obsdeploy.yaml (redis: [])")
    young = {target.labels.get("instance") for target in await unasked(context, DEPLOYMENT, "redis")}
    up = await _up(context)
    errors = await _errors(context) if "0" in up.values() else {}
    dead, unseen, well = [], [], []
    told = context.memo["redis errors"] = dict[str, str]()
    for name, address in sorted(released.redis.items()):
        subject = _subject(name)
        if name in young:
            unseen.append(Finding(subject, Status.FAILED, f"not asked yet at {address}"))
        elif name not in up:
            unseen.append(Finding(subject, Status.FAILED, await _unseen(context, name)))
        elif up[name] == "1":
            well.append(Finding(subject, Status.PASSED, f"answers at {address}"))
        else:
            told[name] = errors.get(name, "")
            dead.append(Finding(subject, Status.FAILED, _dead(address, meaning(told[name]))))
    findings = tuple(sorted((*dead, *unseen, *well), key=lambda one: one.subject))
    if dead:
        said = f"{dead[0].subject} is dead" if len(dead) == 1 else f"{len(dead)} Redis instances are dead"
        command = f"kubectl -n {context.namespace} logs deploy/{DEPLOYMENT} --tail=20"
        hint = Hint("The exporter runs; Redis behind it does not answer. See what the exporter says.", command)
        return failed(said, hint=hint, findings=findings, temporary=bool(young))
    if unseen:
        said = f"nothing is known of {len(unseen)} of {len(findings)} Redis instances"
        hint = Hint("See their targets.", "obsdeploy verify --only prometheus.targets")
        return failed(said, hint=hint, findings=findings, temporary=bool(young))
    return passed(f"{len(findings)} of {len(findings)} instances answer", findings=findings)


async def _up(context: Context) -> dict[str, str]:
    return {one["metric"].get("instance", ""): one["value"][1] for one in await (await context.prometheus()).query("redis_up")}


async def _errors(context: Context) -> dict[str, str]:
    found = await (await context.prometheus()).query("redis_exporter_last_scrape_error > 0")
    return {one["metric"].get("instance", ""): one["metric"].get("err", "") for one in found}


async def explain(context: Context, outcome: Outcome) -> Outcome:
    """The failure, with the reasons that the exporter names only when it is asked in another way."""
    released = await context.released()
    masked = {name: error for name, error in context.memo.get("redis errors", {}).items() if is_masked(error)}
    ask = asking(context, SERVICE)
    try:
        async with asyncio.timeout(ASKING):
            reasons = await asyncio.gather(*(unmasked(ask, released.redis[name], error) for name, error in masked.items()))
    except (TimeoutError, ObsdeployError):
        return outcome
    said = {_subject(name): _dead(released.redis[name], reason) for name, reason in zip(masked, reasons, strict=True)}
    return replace(outcome, findings=tuple(replace(one, summary=said.get(one.subject, one.summary)) for one in outcome.findings))


def _subject(name: str) -> str:
    return f"Redis {name}"


def _dead(address: str, reason: str) -> str:
    return f"Redis at {address} does not answer: {reason}"


async def _unseen(context: Context, name: str) -> str:
    for target in await active_targets(context):
        if target.job == "redis" and target.labels.get("instance") == name:
            return f"unknown, because its exporter is {target.health}: {target.explained}"
    return "unknown, because no target of job redis asks for it"


CHECKS = (
    Check(
        "exporters.redis",
        "Redis answers its exporter",
        redis,
        deadline=NEW,
        needs=("prometheus.ready", "release.config"),
        explain=explain,
    ),
)
