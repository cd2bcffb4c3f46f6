"""`down`: removes what `up` installed, says what is left, and on request removes that too and proves it."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from obsdeploy.cluster.kind import ClusterState
from obsdeploy.cluster.kube import Kube
from obsdeploy.errors import StackUnhealthy, UsageProblem
from obsdeploy.pipeline import install, inventory, progress, release
from obsdeploy.pipeline.equipment import Equipment
from obsdeploy.pipeline.inventory import Inventory, Item
from obsdeploy.pipeline.outside import ClusterApi, HelmApi
from obsdeploy.pipeline.progress import Observer, Running, underway
from obsdeploy.pipeline.reachable import check_reachable, sleeping
from obsdeploy.pipeline.target import check_exists, kind_of
from obsdeploy.pipeline.together import together
from obsdeploy.pipeline.turn import take
from obsdeploy.settings.model import Settings

if TYPE_CHECKING:
    from obsdeploy.cluster.kind import Kind

POLL_SECONDS = 0.5
KEPT = ("namespaces", "persistentvolumeclaims", "persistentvolumes", "secrets")
"""What `down` leaves: data, credentials, and the namespaces that they are in."""


@dataclass(frozen=True)
class Removed:
    """What was removed, and what of ours is left (empty: nothing). `foreign` kept a namespace from being deleted.

    `retained`: volumes that are left after a purge because their class says so; their data are still on them.
    """

    removed: tuple[str, ...]
    left: tuple[Item, ...] = ()
    foreign: tuple[Item, ...] = ()
    retained: tuple[Item, ...] = ()


async def down(settings: Settings, equipment: Equipment, observer: Observer, *, purge: bool, cluster: bool) -> Removed:
    """Uninstall our releases; with `purge` also volumes, Secrets and namespaces; with `cluster` the kind cluster itself.

    What is not there any more is no error. Raises EnvironmentProblem where a release is not ours, StackUnhealthy where
    something of ours is left after a purge.
    """
    target = equipment.target
    if cluster and target.own is None:
        raise UsageProblem(
            f"--cluster deletes obsdeploy's own kind cluster only, and {target.context} is not one",
            hint="Leave --cluster out: --purge removes all that obsdeploy made on a cluster that exists.",
        )
    names = (install.stack_name(settings), install.demo_name())
    with take(target, [name.release for name in names]) as turn:
        if target.own is not None:
            kind = kind_of(target, equipment.toolbox)
            state, _ = await kind.state()
            if cluster:
                return await _delete(kind, state, observer)
            if state is ClusterState.ABSENT:
                return Removed(())
            if state is not ClusterState.RUNNING:
                raise sleeping(target.own, state)
            await kind.export_kubeconfig()
        check_exists(target)
        async with await Kube.connect(target.kubeconfig, target.context) as kube:
            await check_reachable(kube, equipment)
            helm = equipment.helm()
            return await _remove(settings, helm, kube, observer, names=names, unfinished=turn.unfinished, purge=purge)


async def _delete(kind: "Kind", state: ClusterState, observer: Observer) -> Removed:
    with underway(observer, progress.REMOVAL) as running:
        running.waiting(f"kind deletes the cluster {kind.name}")
        await kind.delete()
        there = state is not ClusterState.ABSENT
        running.done(f"kind cluster {kind.name} deleted" if there else f"there was no kind cluster {kind.name}")
    return Removed((f"kind cluster {kind.name}, with all that was on it",) if there else ())


async def _remove(
    settings: Settings,
    helm: HelmApi,
    kube: ClusterApi,
    observer: Observer,
    *,
    names: Sequence[release.Name],
    unfinished: set[str],
    purge: bool,
) -> Removed:
    seconds = settings.timeout_seconds
    deadline = time.monotonic() + seconds
    with underway(observer, progress.REMOVAL) as running:
        for name in names:
            release.check_ours(name, await helm.history(name.release, name.namespace), adopt=False)
        # Helm may take claims along, and the volumes that outlive them are told by them alone.
        claimed = (await inventory.take(kube, names)).of(inventory.CLAIMS) if purge else ()
        running.waiting(*(f"helm uninstall {name.release}" for name in names))
        gone = await together(*(release.uninstall(helm, one, seconds=seconds, unfinished=unfinished) for one in names))
        removed = [f"release {name.release}" for name, there in zip(names, gone, strict=True) if there]
        if purge:
            removed += await _purge(kube, names, running, deadline, claimed)
        else:
            await _await(kube, names, running, deadline, stays=lambda item: item.resource in KEPT)
        running.done(f"removed {', '.join(removed)}" if removed else "nothing was there to remove")
    with underway(observer, progress.INVENTORY) as running:
        left = await inventory.take(kube, names, claimed=claimed)
        running.done(f"{len(_worth_telling(left))} objects of ours")
    unexpected = [item for item in left.ours if purge and not (item.resource == "namespaces" and left.foreign)]
    if unexpected:
        raise StackUnhealthy(
            f"{len(unexpected)} objects are left after --purge: {', '.join(map(str, unexpected))}",
            hint="Run the same command again; what stays then is held by a finalizer, or lacks a permission.",
        )
    return Removed(tuple(removed), _worth_telling(left), *((left.foreign, left.retained) if purge else ()))


async def _purge(
    kube: ClusterApi, names: Sequence[release.Name], running: Running, deadline: float, claimed: tuple[Item, ...]
) -> list[str]:
    """Delete all that is ours, and the namespaces that we made if nothing else is in them."""
    found = await inventory.take(kube, names)
    volumes = set(found.of("persistentvolumes"))  # go with their claims
    namespaces = set(found.of("namespaces"))
    for item in found.ours:
        if item not in volumes | namespaces:
            await kube.delete(item.resource, item.name, item.namespace or None)
    crowded = {item.namespace for item in found.foreign}
    for item in namespaces:
        if item.name not in crowded:
            await kube.delete(item.resource, item.name)

    def stays(item: Item) -> bool:
        return item.resource == "namespaces" and item.name in crowded

    await _await(kube, names, running, deadline, stays=stays, claimed=claimed)
    return [str(item) for item in found.ours if item.resource in KEPT and item not in volumes and item.name not in crowded]


async def _await(
    kube: ClusterApi,
    names: Sequence[release.Name],
    running: Running,
    deadline: float,
    *,
    stays: Callable[[Item], bool],
    claimed: tuple[Item, ...] = (),
) -> None:
    """Wait until all of ours is gone but what stays: Helm and the API server only mark much of it for deletion."""
    while time.monotonic() < deadline:
        going = [item for item in (await inventory.take(kube, names, claimed=claimed)).ours if not stays(item)]
        if not going:
            return
        running.waiting(*(f"deleting {item}" for item in going))
        await asyncio.sleep(POLL_SECONDS)


def _worth_telling(left: Inventory) -> tuple[Item, ...]:
    """Volumes follow their claims: naming both would count them twice."""
    return tuple(item for item in left.ours if item.resource != "persistentvolumes")
