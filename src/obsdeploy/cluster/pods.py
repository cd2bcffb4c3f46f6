"""Why a pod is not ready, in one sentence, with the command that shows it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

Json = Any
IMAGE_REASONS = {"ImagePullBackOff", "ErrImagePull", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError"}
STARTING = {"ContainerCreating", "PodInitializing"}
MOUNT_EVENTS = {"FailedMount", "FailedAttachVolume", "FailedCreatePodSandBox"}
LONGEST_LOG_LINE = 300
# What programs that log key=value say went wrong; what comes after a line's end in it is the way it took through the program.
_ERROR = re.compile(r'\berr(?:or)?="((?:[^"\\]|\\[^n])+)')


class Reader(Protocol):
    """What this module reads of the Kubernetes API."""

    async def list(self, resource: str, namespace: str | None = None, *, labels: str = "", fields: str = "") -> list[Json]:
        """List objects of a resource."""

    async def logs(self, namespace: str, pod: str, container: str = "", *, previous: bool = False, lines: int = 20) -> str:
        """Return the last lines of a container's log."""


@dataclass(frozen=True)
class Trouble:
    """What is wrong, as far as it can be told, and the command that shows it."""

    reason: str
    command: str


async def pod_trouble(kube: Reader, pod: Json) -> Trouble | None:
    """Say why a pod is not ready, or None when it is (or has run to its end)."""
    status = pod.get("status") or {}
    if status.get("phase") == "Succeeded" or condition(pod, "Ready").get("status") == "True":
        return None
    if pod["metadata"].get("deletionTimestamp"):
        return Trouble("an old pod is still shutting down", _describe(pod))
    if status.get("phase") == "Failed" and status.get("reason"):
        return Trouble(f"{status['reason']}: {status.get('message', 'no message')}", _describe(pod))
    scheduled = condition(pod, "PodScheduled")
    if scheduled.get("status") == "False":
        return await _unschedulable(kube, pod, str(scheduled.get("message", "")))
    for container in _containers(status):
        if trouble := await _container_trouble(kube, pod, container):
            return trouble
    return Trouble("its pod has not started yet", _describe(pod))


def condition(thing: Json, kind: str) -> Json:
    """Return the condition of that type of a pod or node, or an empty one."""
    return next((c for c in (thing.get("status") or {}).get("conditions") or [] if c["type"] == kind), {})


def _containers(status: Json) -> Iterable[Json]:
    # Init containers run first: while one is at work the others only wait for it.
    for one in status.get("initContainerStatuses") or []:
        ended = (one.get("state") or {}).get("terminated") or {}
        if not one.get("ready") and ended.get("reason") != "Completed":
            yield one
    yield from (one for one in status.get("containerStatuses") or [] if not one.get("ready"))


async def _container_trouble(kube: Reader, pod: Json, container: Json) -> Trouble | None:
    name, state = container["name"], container.get("state") or {}
    if ended := state.get("terminated"):
        return await _ended(kube, pod, name, ended, previous=False)
    if waiting := state.get("waiting"):
        return await _waiting(kube, pod, container, waiting)
    if "running" in state:
        said = await _last_event(kube, pod, {"Unhealthy"})
        reason = f"{name} runs but is not ready" + (f": {said}" if said else " yet")
        return Trouble(reason, f"kubectl -n {pod['metadata']['namespace']} logs {pod['metadata']['name']} -c {name} --tail=20")
    return None


async def _waiting(kube: Reader, pod: Json, container: Json, waiting: Json) -> Trouble | None:
    name, reason, message = container["name"], str(waiting.get("reason") or ""), str(waiting.get("message") or "")
    if reason in IMAGE_REASONS:
        # A back-off's own message may lack the cause; the kubelet's event has it, for as long as events are kept.
        cause = await _last_event(kube, pod, {"Failed"}, holding="Failed to pull") or message or reason
        return Trouble(f"the image {container.get('image', '?')} of {name} can't be pulled: {cause}", _describe(pod))
    last = (container.get("lastState") or {}).get("terminated")
    if last and reason not in STARTING:
        return await _ended(kube, pod, name, last, previous=True)
    if reason in STARTING:
        said = await _last_event(kube, pod, MOUNT_EVENTS)
        pulling = "" if said else await _last_event(kube, pod, {"Pulling"})
        return Trouble(said or pulling.replace("Pulling", "pulling") or f"{name} is being created", _describe(pod))
    return Trouble(f"{name} can't start: {reason}: {message}".rstrip(": "), _describe(pod))


async def _ended(kube: Reader, pod: Json, name: str, ended: Json, *, previous: bool) -> Trouble:
    namespace, pod_name = pod["metadata"]["namespace"], pod["metadata"]["name"]
    log = await kube.logs(namespace, pod_name, name, previous=previous, lines=20)
    words = next((line.strip() for line in reversed(log.splitlines()) if line.strip()), "")
    how = f"exit code {ended.get('exitCode')}"
    if ended.get("reason") == "OOMKilled":
        how = f"out of memory ({how})"
    reason = f"{name} keeps crashing, {how}" if previous else f"{name} ended, {how}"
    error = _ERROR.search(words)
    said = (error[1] if error else words)[:LONGEST_LOG_LINE] or str(ended.get("message") or "")
    command = f"kubectl -n {namespace} logs {pod_name} -c {name}" + (" --previous" if previous else "")
    return Trouble(f"{reason}; last log line: {said}" if said else f"{reason}; it logged nothing", command)


async def _unschedulable(kube: Reader, pod: Json, message: str) -> Trouble:
    namespace = pod["metadata"]["namespace"]
    for volume in pod["spec"].get("volumes") or []:
        if claim := (volume.get("persistentVolumeClaim") or {}).get("claimName"):
            found = await kube.list("persistentvolumeclaims", namespace, fields=f"metadata.name={claim}")
            if not found or (found[0].get("status") or {}).get("phase") != "Bound":
                return await claim_trouble(kube, namespace, claim, found[0] if found else None)
    return Trouble(f"no node can take its pod: {message}", _describe(pod))


async def claim_trouble(kube: Reader, namespace: str, name: str, claim: Json | None) -> Trouble:
    """Say why a volume claim is not bound; None stands for a claim that does not exist."""
    command = f"kubectl -n {namespace} describe pvc {name}"
    if claim is None:
        return Trouble(f"the volume claim {name} does not exist", f"kubectl -n {namespace} get pvc")
    events = await kube.list("events", namespace, fields=f"involvedObject.name={name}")
    said = _newest(e for e in events if e.get("type") == "Warning" or e.get("reason") in {"FailedBinding", "ProvisioningFailed"})
    if not said and not claim["spec"].get("storageClassName"):
        said = "it names no storage class and the cluster has no default one"
    return Trouble(f"the volume claim {name} is not bound: {said or _newest(events) or 'no reason is given yet'}", command)


async def _last_event(kube: Reader, pod: Json, reasons: set[str], holding: str = "") -> str:
    events = await kube.list("events", pod["metadata"]["namespace"], fields=f"involvedObject.name={pod['metadata']['name']}")
    return _newest(e for e in events if e.get("reason") in reasons and holding in str(e.get("message", "")))


def _newest(events: Iterable[Json]) -> str:
    ordered = sorted(events, key=lambda e: str(e.get("lastTimestamp") or e.get("eventTime") or ""))
    return " ".join(str(ordered[-1].get("message", "")).split()) if ordered else ""


def _describe(pod: Json) -> str:
    return f"kubectl -n {pod['metadata']['namespace']} describe pod {pod['metadata']['name']}"
