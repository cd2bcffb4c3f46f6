"""How far a workload is, and why it is not ready: from its own status down to the pod, the container and its last words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from obsdeploy.cluster.pods import Trouble, pod_trouble

Json = Any
KINDS = {"deployments": "Deployment", "statefulsets": "StatefulSet", "daemonsets": "DaemonSet"}
RELEASE_ANNOTATION = "meta.helm.sh/release-name"


class Reader(Protocol):
    """What this module reads of the Kubernetes API; `Kube` is one."""

    async def list(self, resource: str, namespace: str | None = None, *, labels: str = "", fields: str = "") -> list[Json]:
        """List objects of a resource."""

    async def logs(self, namespace: str, pod: str, container: str = "", *, previous: bool = False, lines: int = 20) -> str:
        """Return the last lines of a container's log."""


@dataclass(frozen=True)
class Standing:
    """A workload's progress, in pods. `pending` is empty once it is settled."""

    kind: str
    namespace: str
    name: str
    ready: int
    desired: int
    pending: str = ""
    trouble: Trouble | None = None

    @property
    def settled(self) -> bool:
        """Whether every pod that is wanted runs the present generation and is ready."""
        return not self.pending

    @property
    def why(self) -> str:
        """What is awaited, with its reason as far as it can be told; empty when settled."""
        return self.trouble.reason if self.trouble else self.pending


async def survey(kube: Reader, namespace: str, release: str) -> list[Standing]:
    """Say of each workload of a Helm release in `namespace` how far it is and, where it is not settled, why."""
    standings = []
    for resource in KINDS:
        for found in await kube.list(resource, namespace):
            if (found["metadata"].get("annotations") or {}).get(RELEASE_ANNOTATION) == release:
                standings.append(await explained(kube, resource, found))
    return standings


async def explained(kube: Reader, resource: str, found: Json) -> Standing:
    """Return the standing of one workload (`resource` by plural name), with the trouble of its worst pod."""
    plain = standing(resource, found)
    if plain.settled:
        return plain
    return Standing(**{**plain.__dict__, "trouble": await _trouble(kube, resource, found)})


def standing(resource: str, found: Json) -> Standing:
    """Read a workload's own status. A status of an older generation says nothing about the present one."""
    meta, spec, status = found["metadata"], found["spec"], found.get("status") or {}
    if resource == "daemonsets":
        desired = status.get("desiredNumberScheduled", 0)
        ready, updated = status.get("numberReady", 0), status.get("updatedNumberScheduled", 0)
    else:
        desired = spec.get("replicas", 1)
        ready, updated = status.get("readyReplicas", 0), status.get("updatedReplicas", 0)
    return Standing(
        KINDS[resource], meta["namespace"], meta["name"], ready, desired, _pending(meta, status, desired, ready, updated)
    )


def _pending(meta: Json, status: Json, desired: int, ready: int, updated: int) -> str:
    if status.get("observedGeneration", 0) < meta.get("generation", 1):
        return "its latest change has not been taken up yet"
    if updated < desired:
        return f"{updated} of {desired} pods are of the present generation"
    if status.get("replicas", desired) > desired:
        return "pods of an older generation are still there"
    return f"{ready} of {desired} pods are ready" if ready < desired else ""


async def _trouble(kube: Reader, resource: str, found: Json) -> Trouble | None:
    namespace = found["metadata"]["namespace"]
    selector = ",".join(f"{k}={v}" for k, v in sorted((found["spec"]["selector"].get("matchLabels") or {}).items()))
    pods = await kube.list("pods", namespace, labels=selector)
    # The newest pod first: it is the one of the present generation.
    for pod in sorted(pods, key=lambda p: str(p["metadata"].get("creationTimestamp") or ""), reverse=True):
        if trouble := await pod_trouble(kube, pod):
            return trouble
    return None if pods else await _no_pods(kube, resource, found)


async def _no_pods(kube: Reader, resource: str, found: Json) -> Trouble | None:
    """Find why no pod was made: a quota, a policy, a missing service account. Deployments leave that to their ReplicaSet."""
    namespace, name = found["metadata"]["namespace"], found["metadata"]["name"]
    for condition in (found.get("status") or {}).get("conditions") or []:
        if condition["type"] == "ReplicaFailure" and condition["status"] == "True":
            return Trouble(
                f"its pods can't be made: {condition['message']}", f"kubectl -n {namespace} describe {resource} {name}"
            )
    events = await kube.list("events", namespace, fields=f"involvedObject.name={name},reason=FailedCreate")
    return _last_event(events, namespace, f"{resource} {name}")


def _last_event(events: Sequence[Json], namespace: str, subject: str) -> Trouble | None:
    if not events:
        return None
    last = max(events, key=lambda e: str(e.get("lastTimestamp") or e.get("eventTime") or ""))
    return Trouble(f"its pods can't be made: {last.get('message', '')}", f"kubectl -n {namespace} describe {subject}")
