"""Category exporters: what an exporter stands in front of is alive. For Redis and Kafka see redis.py and kafka.py."""

from __future__ import annotations

from obsdeploy.checks.context import Context
from obsdeploy.checks.model import Check, Hint, Outcome, failed, passed, skipped
from obsdeploy.checks.prometheus import NEW, active_targets
from obsdeploy.checks.rollout import unasked

KUBE_STATE_METRICS = "kube-state-metrics"


async def kube_state_metrics(context: Context) -> Outcome:
    """Whether kube-state-metrics knows every node: it reads the whole cluster or it is of no use."""
    if reason := (await context.released()).missing("kube-state-metrics"):
        return skipped(reason)
    if await unasked(context, KUBE_STATE_METRICS, KUBE_STATE_METRICS):
        hint = Hint("Prometheus asks it once in each scrape interval.")
        return failed("kube-state-metrics has not been asked since it got ready", hint=hint, temporary=True)
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
        new = any(target.health == "unknown" for target in seen.values())
        return failed(f"{len(lines)} of {len(nodes)} nodes are not measured", *lines, hint=hint, temporary=new)
    return passed(f"on {len(nodes)} of {len(nodes)} nodes")


async def _nodes(context: Context) -> set[str]:
    return {one["metadata"]["name"] for one in await context.kube.list("nodes", bare=True)}


CHECKS = (
    Check(
        "exporters.kube-state-metrics",
        "kube-state-metrics sees the cluster",
        kube_state_metrics,
        deadline=NEW,
        needs=("prometheus.ready",),
    ),
    Check("exporters.node", "node-exporter runs on every node", node, deadline=NEW, needs=("prometheus.ready",)),
)
