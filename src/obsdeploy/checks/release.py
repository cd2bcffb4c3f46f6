"""Category release: what Helm was told to run is what runs, on volumes that are there."""

from __future__ import annotations

import asyncio

from obsdeploy.checks.context import Context, Json
from obsdeploy.checks.model import Check, Finding, Hint, Outcome, Severity, Status, failed, passed, skipped
from obsdeploy.checks.revision import CLAIM, WORKLOADS, Declared, Revision, images, newest, read_newest
from obsdeploy.cluster.pods import claim_trouble
from obsdeploy.cluster.workloads import Standing, explained

DEMO = "saga-demo"
GONE = "it is part of the release and does not exist"


async def deployed(context: Context) -> Outcome:
    """Whether the newest revision is deployed, and not failed or half-way."""
    found = await read_newest(context.kube, context.namespace, context.release)
    context.memo["revision"] = found
    said = f"{context.release} revision {found.number}, {found.chart}"
    history = f"helm history {context.release} --namespace {context.namespace}"
    if found.status == "deployed":
        released = await context.released()
        return passed(f"{said}, profile {released.profile}")
    if found.status.startswith("pending"):
        hint = Hint("Helm is at work, or was interrupted: `obsdeploy up` goes on from here.", history)
        return failed(f"{said} is {found.status}", found.description, hint=hint)
    hint = Hint("See what failed, mend it and run `obsdeploy up` again.", history)
    return failed(f"{said} is {found.status}", found.description, hint=hint)


async def workloads(context: Context) -> Outcome:
    """Whether every workload of the release exists, has the pods that it was told to have, and all of them are ready."""
    return await _workloads(context, await newest(context))


async def demo(context: Context) -> Outcome:
    """The same for the demo shop."""
    if not (await context.released()).demo:
        return skipped("the demo shop is not part of this release")
    return await _workloads(context, await read_newest(context.kube, DEMO, DEMO))


async def _workloads(context: Context, revision: Revision) -> Outcome:
    ours = [one for one in revision.declared if one.kind in WORKLOADS]
    findings = await asyncio.gather(*(_workload(context, one) for one in ours))
    bad = [one for one in findings if one.status is Status.FAILED]
    if not findings:
        return failed("the release declares no workloads at all", hint=Hint("Run `obsdeploy up` again."))
    if bad:
        hint = Hint("The first of them:", bad[0].hint.command if bad[0].hint else None)
        return failed(f"{len(bad)} of {len(findings)} workloads are not ready", hint=hint, findings=tuple(findings))
    return passed(f"{len(findings)} of {len(findings)} ready", findings=tuple(findings))


async def _workload(context: Context, one: Declared) -> Finding:
    resource, subject = WORKLOADS[one.kind], f"{one.kind} {one.name}"
    found = await context.kube.read(resource, one.name, one.namespace)
    if found is None:
        hint = Hint("`obsdeploy up` puts it back.", f"kubectl -n {one.namespace} get {resource}")
        return Finding(subject, Status.FAILED, GONE, hint)
    standing = await explained(context.kube, resource, found)
    # More pods than declared is an autoscaler's or a person's generosity; fewer is somebody's hand.
    if one.replicas is not None and standing.desired < one.replicas:
        command = f"kubectl -n {one.namespace} scale {resource} {one.name} --replicas={one.replicas}"
        said = f"scaled to {standing.desired}, while the release says {one.replicas}"
        return Finding(subject, Status.FAILED, said, Hint("Somebody has scaled it down.", command))
    if not standing.settled:
        return Finding(subject, Status.FAILED, standing.why, _hint(standing))
    running = images(found["spec"])
    for container, image in one.images.items():
        if (other := running.get(container)) != image:
            said = f"container {container} runs {other or 'no more'}, while the release says {image}"
            return Finding(subject, Status.FAILED, said, Hint("Somebody has changed it; `obsdeploy up` puts it back."))
    return Finding(subject, Status.PASSED, f"{standing.ready} of {standing.desired} pods ready")


def _hint(standing: Standing) -> Hint:
    plain = f"kubectl -n {standing.namespace} describe {standing.kind.lower()} {standing.name}"
    return Hint("See what it says of itself.", standing.trouble.command if standing.trouble else plain)


async def volumes(context: Context) -> Outcome:
    """Whether every volume of the release is bound."""
    wanted = {one.name for one in (await newest(context)).declared if one.kind == CLAIM}
    claims = {c["metadata"]["name"]: c for c in await context.kube.list("persistentvolumeclaims", context.namespace)}
    ours = wanted | {name for name, claim in claims.items() if _belongs(claim, context.release)}
    if not ours:
        return skipped("this release keeps nothing on volumes")
    findings = tuple(await asyncio.gather(*(_claim(context, name, claims.get(name)) for name in sorted(ours))))
    bad = [one for one in findings if one.status is Status.FAILED]
    if bad:
        return failed(f"{len(bad)} of {len(findings)} volumes are not bound", hint=bad[0].hint or Hint(""), findings=findings)
    return passed(f"{len(findings)} of {len(findings)} bound", findings=findings)


def _belongs(claim: Json, release: str) -> bool:
    # A StatefulSet's claims carry its selector's labels, and no word of Helm's.
    return bool((claim["metadata"].get("labels") or {}).get("app.kubernetes.io/instance") == release)


async def _claim(context: Context, name: str, claim: Json | None) -> Finding:
    if claim is not None and (claim.get("status") or {}).get("phase") == "Bound":
        size = (claim["status"].get("capacity") or {}).get("storage", "?")
        return Finding(name, Status.PASSED, f"bound, {size}")
    trouble = await claim_trouble(context.kube, context.namespace, name, claim)
    return Finding(name, Status.FAILED, trouble.reason, Hint("See what the claim waits for.", trouble.command))


CHECKS = (
    Check("release.deployed", "the release is deployed", deployed, severity=Severity.FATAL),
    Check("release.workloads", "workloads run what was released", workloads),
    Check("release.volumes", "volumes are bound", volumes),
    Check("release.demo", "the demo shop runs", demo),
)
