"""Our Helm releases: whose they are, getting them out of an interrupted operation, and what an upgrade changed."""

import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from obsdeploy import __version__
from obsdeploy.errors import EnvironmentProblem, ObsdeployError
from obsdeploy.pipeline.outside import ClusterApi, HelmApi, Revision

MADE_BY = "obsdeploy "
ABANDONED_AFTER = timedelta(minutes=10)
"""A pending operation this old is dead: ours take seconds, because they don't wait for workloads."""
REFUSED = "another operation on it is in progress"
"""What is said where Helm has not begun, because a release is pending (see `helm_problems`)."""

Manifest = Mapping[str, Any]


@dataclass(frozen=True)
class Name:
    """A release by name, namespace and the chart that we install under it."""

    release: str
    namespace: str
    chart: str


@dataclass(frozen=True)
class Applied:
    """What an upgrade did: the new revision, and the objects it touched as `+ Kind name`, `~ …` and `- …`."""

    revision: int
    changes: tuple[str, ...]


def check_ours(name: Name, history: Sequence[Revision], *, adopt: bool) -> None:
    """Raise EnvironmentProblem where the release exists and obsdeploy did not install it."""
    if not history or any(revision.description.startswith(MADE_BY) for revision in history):
        return
    latest = history[-1]
    never_finished = all(revision.status in {"failed", "uninstalling"} or revision.pending for revision in history)
    if latest.chart == name.chart and (adopt or never_finished):
        return
    remove = f"remove it yourself: helm uninstall {name.release} -n {name.namespace}"
    way = "Adopt it with --adopt" if latest.chart == name.chart else f"If nobody needs it, {remove}"
    raise EnvironmentProblem(
        f"release {name.release} in namespace {name.namespace} was not installed by obsdeploy "
        f"(chart {latest.chart} {latest.chart_version}, {latest.status}); it was left untouched",
        hint=f"Install beside it with --namespace OTHER. {way}.",
    )


async def recover(
    helm: HelmApi, kube: ClusterApi, name: Name, history: Sequence[Revision], *, resumes: bool, seconds: float
) -> str | None:
    """Get a release out of an operation that was interrupted; returns what was done, or None where nothing had to be.

    Helm refuses to work on a pending release. Removing the record of the pending revision (and nothing else) lets the next
    upgrade start from the last good one, or from nothing; objects already made carry our release's name and are taken over.

    Raises EnvironmentProblem where the operation may still be running elsewhere.
    """
    if not history or not history[-1].pending:
        return None
    latest = history[-1]
    age = datetime.now(UTC) - latest.updated if latest.updated else ABANDONED_AFTER
    if not resumes and age < ABANDONED_AFTER:
        minutes = ABANDONED_AFTER.total_seconds() / 60
        raise EnvironmentProblem(
            f"release {name.release} is {latest.status} since {int(age.total_seconds())} s: somebody else seems to be at work",
            hint=f"Wait for them. If nobody is: when it is {minutes:.0f} minutes old, this command recovers it.",
        )
    if latest.status == "uninstalling":
        await helm.uninstall(name.release, name.namespace, seconds=seconds)
        return f"finished the interrupted uninstall of release {name.release}"
    await kube.delete("secrets", f"sh.helm.release.v1.{name.release}.v{latest.number}", name.namespace)
    return f"release {name.release} had been left {latest.status} (revision {latest.number}) by an interrupted run: mended"


async def apply(
    helm: HelmApi, name: Name, chart: Path, values: Mapping[str, Any], *, seconds: float, unfinished: set[str]
) -> Applied:
    """Install or upgrade without waiting for workloads, and tell what changed; `unfinished`: see `begun`."""
    before = await helm.resources(name.release, name.namespace)
    async with begun(helm, name, unfinished):
        revision = await helm.upgrade(
            name.release, chart, values, name.namespace, description=f"{MADE_BY}{__version__}", seconds=seconds
        )
    return Applied(revision, differences(before, await helm.resources(name.release, name.namespace)))


async def uninstall(helm: HelmApi, name: Name, *, seconds: float, unfinished: set[str]) -> bool:
    """Uninstall; False where there was no such release. `unfinished`: see `begun`."""
    async with begun(helm, name, unfinished):
        return await helm.uninstall(name.release, name.namespace, seconds=seconds)


@contextlib.asynccontextmanager
async def begun(helm: HelmApi, name: Name, unfinished: set[str]) -> AsyncIterator[None]:
    """Keep a release in `unfinished` while Helm works on it, and for good where Helm has not recorded how that ended."""
    unfinished.add(name.release)
    try:
        yield
    except ObsdeployError as problem:
        # What is pending after a refusal is somebody else's, and must not look like ours.
        if REFUSED in problem.message or await _recorded(helm, name):
            unfinished.discard(name.release)
        raise
    unfinished.discard(name.release)


async def _recorded(helm: HelmApi, name: Name) -> bool:
    """Whether Helm has said how its last operation ended: one that was killed, or lost its cluster, has not."""
    try:
        history = await helm.history(name.release, name.namespace)
    except ObsdeployError:
        return False
    return not history or not history[-1].pending


def differences(before: Sequence[Manifest], after: Sequence[Manifest]) -> tuple[str, ...]:
    """Objects that differ between two sets of manifests, sorted by kind and name."""
    old, new = _by_identity(before), _by_identity(after)
    signs = {identity: _sign(old.get(identity), new.get(identity)) for identity in {*old, *new}}
    return tuple(f"{sign} {kind} {name}" for (kind, name, _), sign in sorted(signs.items()) if sign)


def _by_identity(manifests: Sequence[Manifest]) -> dict[tuple[str, str, str], Manifest]:
    return {(str(one["kind"]), str(one["metadata"]["name"]), str(one["metadata"].get("namespace", ""))): one for one in manifests}


def _sign(old: Manifest | None, new: Manifest | None) -> str:
    if old is None:
        return "+"
    if new is None:
        return "-"
    return "" if old == new else "~"
