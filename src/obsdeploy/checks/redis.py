"""Does each Redis answer its exporter? An exporter that is up in front of a dead one says nothing by being up."""

from __future__ import annotations

from obsdeploy.checks.context import Context
from obsdeploy.checks.model import Check, Finding, Hint, Outcome, Status, failed, passed, skipped
from obsdeploy.checks.prometheus import NEW, active_targets
from obsdeploy.checks.rollout import unasked

DEPLOYMENT = "redis-exporter"
MEANINGS = (
    ("WRONGPASS", "the password is wrong"),
    ("NOAUTH", "it wants a password: passwordSecret in obsdeploy.yaml"),
    ("invalid password", "the password is wrong"),
    ("no such host", "its name does not resolve"),
    ("connection refused", "nothing listens there: Redis is down, or at another port"),
    # What the exporter says of a redis:// address that it can't connect to, whatever the reason.
    ("unknown network redis", "no connection: Redis is down or elsewhere, its name does not resolve, or packets are dropped"),
    ("use of closed network connection", "it takes connections and does not answer: Redis hangs"),
    ("i/o timeout", "no answer: a network policy or firewall drops the packets, or Redis hangs"),
    ("first record does not look like a TLS handshake", "it does not speak TLS: tls in obsdeploy.yaml"),
    ("LOADING", "Redis is still loading its data"),
)


async def redis(context: Context) -> Outcome:
    """Whether each Redis instance answers this release's exporter."""
    released = await context.released()
    if not released.redis:
        return skipped(released.missing("redis") or "no Redis instance is named in obsdeploy.yaml (redis: [])")
    young = {target.labels.get("instance") for target in await unasked(context, DEPLOYMENT, "redis")}
    up = await _up(context)
    dead, unseen, well = [], [], []
    for name, address in sorted(released.redis.items()):
        subject = f"Redis {name}"
        if name in young:
            unseen.append(Finding(subject, Status.FAILED, f"not asked yet at {address}"))
        elif name not in up:
            unseen.append(Finding(subject, Status.FAILED, await _unseen(context, name)))
        elif up[name] == "1":
            well.append(Finding(subject, Status.PASSED, f"answers at {address}"))
        else:
            said = f"Redis at {address} does not answer: {await _error(context, name)}"
            dead.append(Finding(subject, Status.FAILED, said))
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


async def _error(context: Context, name: str) -> str:
    found = await (await context.prometheus()).query("redis_exporter_last_scrape_error > 0")
    error = next((one["metric"].get("err", "") for one in found if one["metric"].get("instance") == name), "")
    said = next((text for sign, text in MEANINGS if sign in error), "")
    return f"{said} ({error})" if said else error or "the exporter names no error"


async def _unseen(context: Context, name: str) -> str:
    for target in await active_targets(context):
        if target.job == "redis" and target.labels.get("instance") == name:
            return f"unknown, because its exporter is {target.health}: {target.explained}"
    return "unknown, because no target of job redis asks for it"


CHECKS = (
    Check("exporters.redis", "Redis answers its exporter", redis, deadline=NEW, needs=("prometheus.ready", "release.config")),
)
