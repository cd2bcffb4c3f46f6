"""Does what is sent elsewhere arrive? Each destination of remoteWrite by what it took last, and what it refused."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from obsdeploy import fastyaml
from obsdeploy.checks.context import Context, Json
from obsdeploy.checks.model import Check, Finding, Hint, Outcome, Status, failed, passed, skipped
from obsdeploy.checks.prometheus import NEW, loaded_since, now, own_pods
from obsdeploy.checks.times import ago
from obsdeploy.errors import ObsdeployError
from obsdeploy.redacttext import covered

LATE = 60.0
"""Seconds after which a sample should have been taken: Prometheus sends a batch after five at the latest."""

_ERROR = re.compile(r' err="(?P<error>(?:[^"\\]|\\.)*)"')
_LINES, _LONG = 400, 200


@dataclass(frozen=True)
class Queue:
    """What Prometheus knows of one destination: `newest` is the time of the last sample sent (epoch seconds, 0: none)."""

    name: str
    url: str
    newest: float
    refused: float
    waiting: float
    retries: bool

    @property
    def subject(self) -> str:
        """The destination without what a URL may hold of secrets."""
        parts = urlsplit(self.url)
        return f"remote write to {parts.hostname}{f':{parts.port}' if parts.port else ''}{parts.path}"


async def arrives(context: Context) -> Outcome:
    """Whether every destination that Prometheus is configured with takes what it is sent, since it is configured so."""
    prometheus = await context.prometheus()
    named = fastyaml.load((await prometheus.get("status/config"))["yaml"]).get("remote_write") or []
    if not named:
        return skipped("no destination named under remoteWrite:")
    since, at = await loaded_since(context), await now(context)
    queues = context.memo["remote queues"] = await _queues(context, since)
    findings = tuple(_finding(one, since, at) for one in queues)
    bad = [one for one in findings if one.status is Status.FAILED]
    young = at - since < LATE
    if len(queues) < len(named):
        said = f"nothing is known yet of {len(named) - len(queues)} of {len(named)} destinations"
        return failed(said, hint=_hint(context), findings=findings, temporary=True)
    if bad:
        said = f"{len(bad)} of {len(named)} destinations do not take what they are sent"
        return failed(said, hint=_hint(context), findings=findings, temporary=young)
    return passed(f"{len(named)} of {len(named)} destinations take what they are sent", findings=findings)


async def explain(context: Context, outcome: Outcome) -> Outcome:
    """The failure, with the last error that Prometheus wrote into its log for each destination."""
    log = await _log(context)
    names = {one.subject: one.name for one in context.memo.get("remote queues", ())}
    return replace(outcome, findings=tuple(_with_error(one, log, names.get(one.subject, "")) for one in outcome.findings))


def _with_error(finding: Finding, log: str, name: str) -> Finding:
    error = _last_error(log, name) if finding.status is Status.FAILED and name else ""
    return replace(finding, summary=f"{finding.summary}: {error}") if error else finding


async def _queues(context: Context, since: float) -> list[Queue]:
    """The queues that Prometheus has asked itself about since then; of others it may have told before it was started anew."""
    prometheus = await context.prometheus()
    asked = _by_queue(await prometheus.query("timestamp(prometheus_remote_storage_queue_highest_sent_timestamp_seconds)"))
    newest = _by_queue(await prometheus.query("prometheus_remote_storage_queue_highest_sent_timestamp_seconds"))
    # A queue that has just been made has no value of a minute ago: then all that it counts is new.
    refused = _by_queue(
        await prometheus.query(
            "prometheus_remote_storage_samples_failed_total - "
            "(prometheus_remote_storage_samples_failed_total offset 1m or 0 * prometheus_remote_storage_samples_failed_total) > 0"
        )
    )
    waiting = _by_queue(await prometheus.query("prometheus_remote_storage_samples_pending"))
    retried = _by_queue(await prometheus.query("rate(prometheus_remote_storage_samples_retried_total[1m]) > 0"))
    return [
        Queue(*key, newest.get(key, 0.0), refused.get(key, 0.0), waiting.get(key, 0.0), key in retried)
        for key, scraped in sorted(asked.items())
        if scraped >= since
    ]


def _by_queue(vector: list[Json]) -> dict[tuple[str, str], float]:
    return {(one["metric"]["remote_name"], one["metric"]["url"]): float(one["value"][1]) for one in vector}


def _finding(queue: Queue, since: float, at: float) -> Finding:
    if trouble := _trouble(queue, since, at):
        return Finding(queue.subject, Status.FAILED, trouble)
    return Finding(queue.subject, Status.PASSED, f"it took samples of {ago(queue.newest, at)}")


def _trouble(queue: Queue, since: float, at: float) -> str:
    if queue.refused:
        return f"it refused {queue.refused:,.0f} samples in the last minute; they are lost"
    if queue.newest >= max(since, at - LATE):
        return ""
    if queue.retries:
        return f"it takes nothing now, and is tried again; {queue.waiting:,.0f} samples wait"
    if not queue.newest:
        return "nothing has been sent to it: does its `keep` match the name of any metric?"
    return f"it has been sent nothing since {ago(queue.newest, at)}"


async def _log(context: Context) -> str:
    try:
        names = [pod["metadata"]["name"] for pod in await own_pods(context)]
        return "\n".join([await context.kube.logs(context.namespace, name, "prometheus-server", lines=_LINES) for name in names])
    except ObsdeployError:
        return ""


def _last_error(log: str, name: str) -> str:
    told = [line for line in log.splitlines() if f" remote_name={name} " in line]
    found = next((match for line in reversed(told) if (match := _ERROR.search(line))), None)
    if found is None:
        return ""
    error = re.sub(r"\\(.)", lambda escaped: " " if escaped[1] == "n" else escaped[1], found["error"])
    return covered(error).strip()[:_LONG]


def _hint(context: Context) -> Hint:
    command = f"kubectl -n {context.namespace} logs deploy/prometheus-server -c prometheus-server --since=10m | grep remote_name"
    return Hint("What is not taken is kept for two hours and tried again; what is refused is lost. See Prometheus' log.", command)


CHECKS = (
    Check(
        "prometheus.remote",
        "what is sent elsewhere arrives",
        arrives,
        deadline=NEW,
        needs=("prometheus.ready", "prometheus.config"),
        explain=explain,
    ),
)
