"""Helm's own record of a release: its newest revision, and the workloads and volumes which that declares."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import math
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from obsdeploy import fastyaml
from obsdeploy.checks.times import epoch
from obsdeploy.errors import StackUnhealthy

if TYPE_CHECKING:
    from obsdeploy.checks.context import Context, KubeApi

WORKLOADS = {"Deployment": "deployments", "StatefulSet": "statefulsets", "DaemonSet": "daemonsets"}
CLAIM = "PersistentVolumeClaim"
_KIND = re.compile(r"^kind: *[\"']?(\w+)", re.MULTILINE)


@dataclass(frozen=True)
class Declared:
    """An object as the release's manifest declares it; `replicas` is None where the manifest leaves it open.

    `images` goes by container.
    """

    kind: str
    namespace: str
    name: str
    replicas: int | None
    images: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Revision:
    """One revision. `status` is Helm's word (deployed, failed, pending-upgrade …); `deployed` is in epoch seconds."""

    number: int
    status: str
    description: str
    chart: str
    deployed: float
    declared: tuple[Declared, ...]
    manifest: str = ""
    """The sha256 of what it declares in all."""


async def newest(context: Context) -> Revision:
    """Return the newest revision of the context's release, read once. Raises StackUnhealthy where Helm knows of none."""
    return await context.once("revision", lambda: read_newest(context.kube, context.namespace, context.release))


async def read_newest(kube: KubeApi, namespace: str, release: str) -> Revision:
    """Read the newest revision from the Secret in which Helm keeps it. Raises StackUnhealthy where there is none."""
    async for revision in newest_first(kube, namespace, release):
        return revision
    hint = f"Install it with `obsdeploy up`, or see what there is: helm list --all --namespace {namespace}"
    raise StackUnhealthy(f"Helm knows no release {release} in namespace {namespace}", hint=hint)


async def newest_first(kube: KubeApi, namespace: str, release: str, before: float = math.inf) -> AsyncIterator[Revision]:
    """Read the revisions before number `before`, one after the other, as long as somebody wants the next."""
    # A release's record can be hundreds of kilobytes, and Helm keeps ten of them: choose by metadata, then read one.
    records = await kube.list("secrets", namespace, labels=f"owner=helm,name={release}", bare=True)
    numbered = {int(record["metadata"]["labels"]["version"]): record for record in records}
    for number, chosen in sorted(numbered.items(), reverse=True):
        if number >= before:
            continue
        if record := await kube.read("secrets", chosen["metadata"]["name"], namespace):
            yield decode(record["data"]["release"], namespace)


async def unchanged_since(kube: KubeApi, newest: Revision, namespace: str, release: str, oldest: float) -> float:
    """Return when the release came to declare what its newest revision declares, in epoch seconds.

    `up` makes a revision each time, also where nothing changed. Revisions from before `oldest` are all the same to the caller.
    """
    since = newest.deployed
    if since < oldest:
        return since
    async for revision in newest_first(kube, namespace, release, before=newest.number):
        # What failed may have been applied in part.
        if revision.status != "superseded" or revision.manifest != newest.manifest:
            break
        since = revision.deployed
        if since < oldest:
            break
    return since


def decode(stored: str, namespace: str) -> Revision:
    """Decode a record as it stands in the Secret: JSON, gzipped, base64 by Helm and once more by Kubernetes."""
    found: dict[str, Any] = json.loads(gzip.decompress(base64.b64decode(base64.b64decode(stored))))
    meta, info, manifest = found["chart"]["metadata"], found["info"], found.get("manifest") or ""
    return Revision(
        number=int(found["version"]),
        status=str(info["status"]),
        description=str(info.get("description", "")),
        chart=f"{meta['name']} {meta['version']}",
        deployed=epoch(info.get("last_deployed") or ""),
        declared=tuple(declared(manifest, namespace)),
        manifest=hashlib.sha256(manifest.encode()).hexdigest(),
    )


def declared(manifest: str, namespace: str) -> Iterator[Declared]:
    """List the workloads and volume claims of a manifest."""
    for text in re.split(r"^---.*$", manifest, flags=re.MULTILINE):
        kind = _KIND.search(text)
        # Parsing only what is needed: dashboards make most of a manifest, and YAML is slow.
        if kind is None or kind[1] not in {*WORKLOADS, CLAIM}:
            continue
        found = fastyaml.load(text)
        meta = found["metadata"]
        spec = found.get("spec") or {}
        yield Declared(kind[1], meta.get("namespace", namespace), meta["name"], spec.get("replicas"), images(spec))


def images(spec: Mapping[str, Any]) -> dict[str, str]:
    """Return the images of a workload's specification, by container."""
    pod = (spec.get("template") or {}).get("spec") or {}
    return {one["name"]: one["image"] for part in ("initContainers", "containers") for one in pod.get(part) or []}
