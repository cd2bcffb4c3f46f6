"""Category logs: lines written in a pod come back from Grafana; every node is read; what is kept fits on its volume."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any

from obsdeploy.checks.context import Context
from obsdeploy.checks.logtrace import VOLUME_FULL
from obsdeploy.checks.model import Check, Finding, Hint, Outcome, Severity, Status, failed, passed, skipped, warned
from obsdeploy.checks.prometheus import active_targets
from obsdeploy.errors import StackUnhealthy

DATASOURCE = {"type": "loki", "uid": "loki"}
CONTAINER = "grafana"
PATIENCE = 20.0
"""Seconds that a line may take from a pod to Grafana before another one is written, or the check gives up."""

QUEUE_FULL, QUEUE_LONG = 0.75, 0.1
"""Shares of a queue from which people should know."""


@dataclass(frozen=True)
class Line:
    """The line that was written: a text that is nowhere else, in which pod of which node, and when (epoch seconds)."""

    text: str
    pod: str
    node: str
    at: float


async def delivery(context: Context) -> Outcome:
    """Whether a line written in a pod is found through Grafana."""
    if reason := await absent(context):
        return skipped(reason)
    line = await _written(context)
    found = await ask(context, f'{{namespace="{context.namespace}",container="{CONTAINER}"}} |= `{line.text}`', line.at)
    seconds = context.clock() - line.at
    if len(found) == 1:
        return passed(f"a line written in pod {line.pod} was found {seconds:.1f} s later")
    if found:
        hint = Hint("A line is kept twice where its collector lost its positions: see docs/logs.md.", docs="docs/logs.md#twice")
        return failed(f"one line came back {len(found)} times", hint=hint)
    hint = Hint(
        "See docs/logs.md for the way of a line.", f"kubectl -n {context.namespace} logs ds/log-collector-agent --tail=20"
    )
    return failed(f"a line written in pod {line.pod} {seconds:.0f} s ago is not in Grafana", hint=hint, temporary=True)


async def explain(context: Context, outcome: Outcome) -> Outcome:
    """Follow the absent line to the link where it stopped."""
    from obsdeploy.checks.logtrace import trace

    line: Line | None = context.memo.get("log line")
    return outcome if line is None or outcome.status is not Status.FAILED else await trace(context, outcome, line)


async def collectors(context: Context) -> Outcome:
    """Whether every node has a collector that answers and whose queue has room."""
    if reason := await absent(context):
        return skipped(reason)
    seen = {t.labels.get("node"): t for t in await active_targets(context) if t.job == "log-collector"}
    shares = {
        one["metric"].get("node"): float(one["value"][1])
        for one in await (await context.prometheus()).query(
            "max by (node) (otelcol_exporter_queue_size / otelcol_exporter_queue_capacity)"
        )
    }
    findings = []
    for name in sorted(one["metadata"]["name"] for one in await context.kube.list("nodes", bare=True)):
        target, share = seen.get(name), shares.get(name, 0.0)
        if target is None:
            findings.append(Finding(name, Status.FAILED, "no collector runs there: its pods' lines are not collected"))
        elif target.health != "up":
            findings.append(Finding(name, Status.FAILED, target.explained))
        elif share >= QUEUE_FULL:
            findings.append(Finding(name, Status.FAILED, f"its queue is {share:.0%} full: Loki does not take its lines"))
        elif share >= QUEUE_LONG:
            findings.append(Finding(name, Status.WARNED, f"its queue is {share:.0%} full"))
        else:
            findings.append(Finding(name, Status.PASSED, "reads and delivers"))
    return _concluded(context, findings)


def _concluded(context: Context, findings: list[Finding]) -> Outcome:
    bad = [one for one in findings if one.status is Status.FAILED]
    hint = Hint("See what keeps it.", f"kubectl -n {context.namespace} describe daemonset log-collector-agent")
    if bad:
        return failed(f"{len(bad)} of {len(findings)} nodes are not collected", hint=hint, findings=tuple(findings))
    if any(one.status is Status.WARNED for one in findings):
        return warned("lines wait in the queue of a node", hint=hint, findings=tuple(findings))
    return passed(f"on {len(findings)} of {len(findings)} nodes", findings=tuple(findings))


async def volume(context: Context) -> Outcome:
    """Whether what Loki keeps stays within its volume, or the size that was asked for."""
    if reason := await absent(context):
        return skipped(reason)
    released = await context.released()
    used = await (await context.prometheus()).query("max(loki_ingester_wal_disk_usage_percent)")
    if not used:
        return failed("Loki tells Prometheus nothing of its volume", hint=Hint("See whether it runs: release.workloads."))
    share = float(used[0]["value"][1])
    hint = Hint(
        "Keep less (logs.retention.time), or enlarge its volume: "
        f"`kubectl delete statefulset loki -n {context.namespace} --cascade=orphan`, `obsdeploy up` with a larger "
        "logs.storage.volume, then the claim storage-loki-0.",
        docs="docs/logs.md#volume",
    )
    if share >= VOLUME_FULL:
        return failed(f"Loki's volume is {share:.0%} full: it refuses lines, which wait on the nodes", hint=hint)
    most = released.logs["bytes"]
    kept = await _kept(context, float(released.logs["seconds"]))
    if most is not None and kept > most:
        return failed(f"Loki holds {_mebibytes(kept)} of lines before compression, more than {_mebibytes(most)}", hint=hint)
    bound = f"{_mebibytes(most)} at most" if most is not None else "in the bucket"
    return passed(f"{_mebibytes(kept)} of lines before compression, {bound}; the volume is {share:.0%} full")


async def _kept(context: Context, seconds: float) -> float:
    end = context.clock()
    span = f"start={int((end - seconds) * 1e9)}&end={int(end * 1e9)}"
    selector = "%7Bnamespace%3D~%22.%2B%22%7D"
    # Through Grafana: network policies let nobody else ask Loki.
    asked = f"datasources/proxy/uid/{DATASOURCE['uid']}/loki/api/v1/index/stats?query={selector}&{span}"
    found = await (await context.grafana()).get(asked)
    return float(found["bytes"]) if isinstance(found, dict) else 0.0


async def ask(context: Context, expression: str, since: float) -> list[str]:
    """Return the lines that a query of Loki finds through Grafana, from a minute before `since` (epoch seconds) on."""
    body: dict[str, Any] = {"refId": "A", "datasource": DATASOURCE, "expr": expression, "queryType": "range", "maxLines": 10}
    results = await (await context.grafana()).query([body], since - 60, context.clock() + 60)
    answer = results.get("A") or {}
    if answer.get("error"):
        hint = "See whether Loki answers: obsdeploy verify --only grafana.datasources"
        raise StackUnhealthy(f"Grafana can't ask Loki: {answer['error']}", hint=hint)
    return [line for frame in answer.get("frames") or [] for line in _lines(frame)]


def _lines(frame: Any) -> list[str]:
    fields = [one["name"] for one in frame["schema"].get("fields") or []]
    return list(frame["data"]["values"][fields.index("Line")]) if "Line" in fields else []


async def absent(context: Context) -> str | None:
    """Why there is no log collection in this release, or None where there is."""
    released = await context.released()
    reason = released.missing("loki") or released.missing("log-collector")
    return reason or (None if released.logs else "this release collects no logs")


async def _written(context: Context) -> Line:
    """Return the line that is looked for; another is written when the last one had its time."""
    line: Line | None = context.memo.get("log line")
    if line is None or context.clock() - line.at > PATIENCE:
        line = context.memo["log line"] = await _write(context)
    return line


async def _write(context: Context) -> Line:
    labels = f"app.kubernetes.io/name=grafana,app.kubernetes.io/instance={context.release}"
    pods = await context.kube.list("pods", context.namespace, labels=labels)
    running = [one for one in pods if (one.get("status") or {}).get("phase") == "Running"]
    if not running:
        raise StackUnhealthy("no pod of Grafana runs, in which a line could be written", hint="See release.workloads.")
    pod, node = running[0]["metadata"]["name"], running[0]["spec"].get("nodeName", "")
    text = f"obsdeploy-verify-{uuid.uuid4().hex}"
    at = context.clock()
    # Into what the container's first process prints to, so that the line goes the way of any other.
    line = json.dumps({"level": "info", "message": text})
    await context.kube.execute(context.namespace, pod, CONTAINER, ["sh", "-c", f"echo '{line}' > /proc/1/fd/1"])
    return Line(text, pod, node, at)


def _mebibytes(number: float) -> str:
    return f"{number / 1024**2:.0f} MiB"


NEEDS = ("prometheus.ready", "grafana.login")
CHECKS = (
    Check("logs.collectors", "every node's logs are collected", collectors, needs=("prometheus.ready",)),
    Check("logs.delivery", "a line written in a pod is found", delivery, deadline=PATIENCE, needs=NEEDS, explain=explain),
    Check("logs.volume", "logs fit where they are kept", volume, severity=Severity.WARNING, needs=NEEDS),
)
