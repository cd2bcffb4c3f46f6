"""Where did an absent line stop: at the pod, the collector, the export, Loki, or the query? Asked from the far end."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from obsdeploy.checks.context import Context
from obsdeploy.checks.logasked import known, loki, metrics_of, samples, scraped, total
from obsdeploy.checks.model import Hint, Outcome
from obsdeploy.errors import ObsdeployError

if TYPE_CHECKING:
    from obsdeploy.checks.logs import Line

VOLUME_FULL = 0.9
"""The share of its volume from which Loki refuses lines."""

MEANINGS = (
    ("no such host", "its name does not resolve: is there a Service loki?"),
    ("connection refused", "nothing listens there: Loki is down"),
    ("i/o timeout", "no answer: a network policy drops the packets, or Loki hangs"),
    ("context deadline exceeded", "no answer in time: Loki is overloaded, or a network policy drops the packets"),
    ("status code 429", "Loki's limits refuse it: see limits_config in docs/logs.md"),
    ("status code 5", "Loki fails: see its log"),
    ("status code 4", "Loki does not want it: see its log"),
)
_OF_EXPORT = ("otelcol_exporter_queue_size", "otelcol_exporter_send_failed_log_records_total")


@dataclass(frozen=True)
class _Stop:
    """The link at which the line stopped, why, and what to do."""

    link: str
    why: str
    text: str
    command: str


async def trace(context: Context, outcome: Outcome, line: Line) -> Outcome:
    """Name the first broken link behind a line that is absent in Grafana."""
    for look in (_query, _store, _collector, _export, _pod):
        if stop := await look(context, line):
            summary = f"{outcome.summary}: it stopped at {stop.link}: {stop.why}"
            return replace(outcome, summary=summary, hint=Hint(stop.text, stop.command))
    return replace(outcome, details=(*outcome.details, "each link works by itself: it may only be late"))


async def _query(context: Context, line: Line) -> _Stop | None:
    selector = f"%7Bnamespace%3D%22{context.namespace}%22%7D%20%7C%3D%20%60{line.text}%60"
    span = f"start={int((line.at - 60) * 1e9)}&end={int((context.clock() + 60) * 1e9)}"
    try:
        found = await loki(context, f"loki/api/v1/query_range?query={selector}&{span}")
    except ObsdeployError:
        return None
    if not (isinstance(found, dict) and (found.get("data") or {}).get("result")):
        return None
    why = "Loki has it, and Grafana does not get it: its data source loki asks another Loki, or with other labels"
    return _Stop("the query", why, "See where the data source leads.", _only("grafana.datasources"))


async def _store(context: Context, line: Line) -> _Stop | None:  # noqa: ARG001  every look is asked alike
    log = f"kubectl -n {context.namespace} logs loki-0 --tail=20"
    try:
        ready = await loki(context, "ready")
        metrics = samples(str(await loki(context, "metrics")))
    except ObsdeployError as problem:
        # A network policy lets Prometheus in and us not.
        if not await scraped(context, 'up{job="loki"} == 1'):
            said = f"it does not answer: {problem.message}"
            return _Stop("Loki", said, "See why its pod is not ready.", _pods(context, "loki"))
        ready, metrics = "ready", await known(context, ("loki_ingester_wal_disk_usage_percent",), 'job="loki"')
    if str(ready).strip() != "ready":
        return _Stop("Loki", f"it is not ready: {str(ready).strip()}", "See its log.", log)
    # How full it is now: Loki's count of failures says only that it has been full once.
    if total(metrics, "loki_ingester_wal_disk_usage_percent") >= VOLUME_FULL:
        return _Stop("Loki", "its volume is full", "Keep less, or enlarge it: docs/logs.md#volume.", _only("logs.volume"))
    if refused := await _refused(context):
        return _Stop("Loki", f"it refuses lines: {refused}", "docs/logs.md says what each reason asks for.", log)
    return None


async def _collector(context: Context, line: Line) -> _Stop | None:
    labels = f"app.kubernetes.io/name=opentelemetry-collector,app.kubernetes.io/instance={context.release}"
    pods = [
        one
        for one in await context.kube.list("pods", context.namespace, labels=labels)
        if (one.get("spec") or {}).get("nodeName") == line.node
    ]
    describe = f"kubectl -n {context.namespace} describe daemonset log-collector-agent"
    if not pods:
        return _Stop("the collector", f"none runs on node {line.node}", "See what keeps it from that node.", describe)
    name = pods[0]["metadata"]["name"]
    try:
        metrics = await metrics_of(context, name)
    except ObsdeployError:
        of_node = f'job="log-collector",node="{line.node}"'
        if await scraped(context, f"up{{{of_node}}} == 1"):
            context.memo["log collector"] = (name, await known(context, _OF_EXPORT, of_node))
            return None
        last = (await context.kube.logs(context.namespace, name, lines=1)).strip() or "its log is empty"
        command = f"kubectl -n {context.namespace} logs {name} --previous"
        return _Stop("the collector", f"{name} does not answer; its last word: {last[-200:]}", "See why it ends.", command)
    if not total(metrics, "otelcol_fileconsumer_open_files") and not total(
        metrics, "otelcol_receiver_accepted_log_records_total"
    ):
        why = f"{name} reads no file: /var/log/pods of node {line.node} is empty, or not to be read"
        return _Stop("the collector", why, "See its log.", f"kubectl -n {context.namespace} logs {name} --tail=20")
    context.memo["log collector"] = (name, metrics)
    return None


async def _export(context: Context, line: Line) -> _Stop | None:  # noqa: ARG001
    name, metrics = context.memo["log collector"]
    waiting = total(metrics, "otelcol_exporter_queue_size")
    lost = total(metrics, "otelcol_exporter_send_failed_log_records_total")
    if not waiting and not lost:
        return None
    log = await context.kube.logs(context.namespace, name, lines=200)
    last = next((one for one in reversed(log.splitlines()) if "Exporting failed" in one or "error" in one.lower()), "")
    meaning = next((f" ({said})" for sign, said in MEANINGS if sign in last), "")
    why = f"{waiting / 1024:.0f} KiB wait in the queue of {name}, {lost:.0f} lines were given up"
    said = f"{why}: {_error(last)}{meaning}" if last else why
    return _Stop("the export", said, "See what it says of Loki.", f"kubectl -n {context.namespace} logs {name} --tail=20")


async def _pod(context: Context, line: Line) -> _Stop | None:
    if line.text in await context.kube.logs(context.namespace, line.pod, "grafana", lines=500):
        return None
    why = f"the log of pod {line.pod} does not have it"
    return _Stop("the pod", why, "See its log.", f"kubectl -n {context.namespace} logs {line.pod} -c grafana --tail=20")


async def _refused(context: Context) -> str:
    """Say for which reasons Loki refused how many lines lately; empty where it refused none, or nobody can tell."""
    try:
        # A series that is new counts whole: a counter's first value is no increase.
        found = await (await context.prometheus()).query(
            "sum by (reason) (increase(loki_discarded_samples_total[5m]) > 0"
            " or (loki_discarded_samples_total unless loki_discarded_samples_total offset 5m))"
        )
    except ObsdeployError:
        return ""
    counted = {str(one["metric"].get("reason", "unknown")): float(one["value"][1]) for one in found}
    return ", ".join(f"{count:.0f} {reason}" for reason, count in sorted(counted.items()) if count)


def _error(line: str) -> str:
    found = re.search(r'"error": "((?:[^"\\]|\\.)*)"', line)
    return (found[1] if found else line)[-200:]


def _pods(context: Context, name: str) -> str:
    return f"kubectl -n {context.namespace} describe pod -l app.kubernetes.io/name={name}"


def _only(checks: str) -> str:
    return f"obsdeploy verify --only {checks}"
