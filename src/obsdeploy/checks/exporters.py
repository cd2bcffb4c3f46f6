"""Category exporters: what an exporter stands in front of is alive. An exporter that is up says nothing about that."""

from __future__ import annotations

from obsdeploy.checks.context import Context
from obsdeploy.checks.model import Check, Finding, Hint, Outcome, Status, failed, passed, skipped
from obsdeploy.checks.prometheus import NEW, active_targets

UNKNOWN = "unknown"
"""The health of a target that has not been scraped yet."""

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
    """Whether each Redis instance answers its exporter."""
    released = await context.released()
    if not released.redis:
        return skipped(released.missing("redis") or "no Redis instance is named in obsdeploy.yaml (redis: [])")
    prometheus = await context.prometheus()
    up = {one["metric"].get("instance", ""): one["value"][1] for one in await prometheus.query("redis_up")}
    errors = {
        one["metric"].get("instance", ""): one["metric"].get("err", "")
        for one in await prometheus.query("redis_exporter_last_scrape_error > 0")
    }
    unasked = {t.labels.get("instance") for t in await active_targets(context) if t.job == "redis" and t.health == UNKNOWN}
    findings = []
    for name, address in sorted(released.redis.items()):
        subject = f"Redis {name}"
        if name in unasked:
            # What Prometheus knows under this name is of the address that it had before.
            findings.append(Finding(subject, Status.FAILED, f"not asked yet at {address}"))
        elif up.get(name) == "1":
            findings.append(Finding(subject, Status.PASSED, f"answers at {address}"))
        elif name in up:
            findings.append(
                Finding(subject, Status.FAILED, f"Redis at {address} does not answer: {_meaning(errors.get(name, ''))}")
            )
        else:
            findings.append(Finding(subject, Status.FAILED, await _unseen(context, name)))
    bad = [one for one in findings if one.status is Status.FAILED]
    if bad and len(bad) == len(unasked):
        hint = Hint("Prometheus asks them within one scrape interval.")
        return failed(
            f"{len(bad)} of {len(findings)} instances not asked yet", hint=hint, findings=tuple(findings), temporary=True
        )
    if bad:
        said = (
            f"Redis {bad[0].subject.removeprefix('Redis ')} is dead" if len(bad) == 1 else f"{len(bad)} instances do not answer"
        )
        command = f"kubectl -n {context.namespace} logs deploy/redis-exporter --tail=20"
        hint = Hint("The exporter runs; Redis behind it does not answer. See what the exporter says.", command)
        return failed(said, hint=hint, findings=tuple(findings), temporary=bool(unasked))
    return passed(f"{len(findings)} of {len(findings)} instances answer", findings=tuple(findings))


def _meaning(error: str) -> str:
    said = next((text for sign, text in MEANINGS if sign in error), "")
    return f"{said} ({error})" if said else error or "the exporter names no error"


async def _unseen(context: Context, name: str) -> str:
    for target in await active_targets(context):
        if target.job == "redis" and target.labels.get("instance") == name:
            return f"unknown, because its exporter is {target.health}: {target.explained}"
    return "unknown, because no target of job redis asks for it"


async def kube_state_metrics(context: Context) -> Outcome:
    """Whether kube-state-metrics knows every node: it reads the whole cluster or it is of no use."""
    if reason := (await context.released()).missing("kube-state-metrics"):
        return skipped(reason)
    listed = {one["metric"].get("node") for one in await (await context.prometheus()).query("kube_node_info")}
    nodes = await _nodes(context)
    if missing := sorted(nodes - listed):
        hint = Hint("See whether it may list nodes.", f"kubectl -n {context.namespace} logs deploy/kube-state-metrics --tail=20")
        said = "kube-state-metrics provides nothing" if not listed else f"it does not list {len(missing)} of {len(nodes)} nodes"
        return failed(said, *(f"missing: {node}" for node in missing), hint=hint)
    return passed(f"lists {len(nodes)} of {len(nodes)} nodes")


async def node(context: Context) -> Outcome:
    """Whether node-exporter answers on every node."""
    if reason := (await context.released()).missing("node-exporter"):
        return skipped(reason)
    seen = {t.labels.get("node"): t for t in await active_targets(context) if t.job == "node-exporter"}
    nodes = await _nodes(context)
    lines = []
    for name in sorted(nodes):
        target = seen.get(name)
        if target is None:
            lines.append(f"{name}: no node-exporter runs there")
        elif target.health != "up":
            lines.append(f"{name}: {target.explained}")
    if lines:
        hint = Hint("See what keeps it from that node.", f"kubectl -n {context.namespace} describe daemonset node-exporter")
        new = any(target.health == UNKNOWN for target in seen.values())
        return failed(f"{len(lines)} of {len(nodes)} nodes are not measured", *lines, hint=hint, temporary=new)
    return passed(f"on {len(nodes)} of {len(nodes)} nodes")


async def _nodes(context: Context) -> set[str]:
    return {one["metadata"]["name"] for one in await context.kube.list("nodes", bare=True)}


CHECKS = (
    Check("exporters.redis", "Redis answers its exporter", redis, deadline=NEW, needs=("prometheus.ready", "release.config")),
    Check("exporters.kube-state-metrics", "kube-state-metrics sees the cluster", kube_state_metrics, needs=("prometheus.ready",)),
    Check("exporters.node", "node-exporter runs on every node", node, deadline=NEW, needs=("prometheus.ready",)),
)
