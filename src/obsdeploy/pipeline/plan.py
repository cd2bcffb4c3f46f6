"""What `up` would do, found out without touching anything."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from obsdeploy import assets, charts, values
from obsdeploy.cluster.kind import ClusterState
from obsdeploy.cluster.kube import Kube
from obsdeploy.pipeline import install, local, preflight, release
from obsdeploy.pipeline.reach import Addresses, addresses, as_published
from obsdeploy.pipeline.rendering import chart_source
from obsdeploy.pipeline.work import Machine, Request
from obsdeploy.settings.model import COMPONENTS, Settings

ACTIONS = {
    ClusterState.ABSENT: "create",
    ClusterState.HALF_MADE: "create anew (an interrupted creation left it half made)",
    ClusterState.STOPPED: "start its stopped node",
    ClusterState.RUNNING: "use as it is",
}


@dataclass(frozen=True)
class ReleasePlan:
    """What would happen to a release: the revision that is there (None: none), and its objects as `+`, `~` and `-`."""

    name: release.Name
    revision: int | None
    changes: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """All that `up` would do. `components` maps each optional one to None (on) or why it is off."""

    cluster: str
    action: str
    settings: Settings
    addresses: Addresses
    components: dict[str, str | None]
    images: tuple[str, ...]
    secret_exists: bool
    releases: tuple[ReleasePlan, ...]


async def plan(request: Request) -> Plan:
    """Look at the machine, and at the cluster where there is one; render what would be applied and compare.

    Raises ObsdeployError for everything that would stop `up` before its first change.
    """
    bundle, target = request.equipment.bundle, request.equipment.target
    settings = request.settings.without(bundle.absent()) if bundle else request.settings
    machine = await local.look(settings, request.equipment)
    local.demo_can_be_had(settings, machine, bundle)
    state = ClusterState.RUNNING if machine.kind is None else (await machine.kind.state())[0]
    there = state is ClusterState.RUNNING
    if there:
        settings = await as_published(settings, target, request.equipment.toolbox)
    off = settings.disabled()
    with tempfile.TemporaryDirectory(prefix="obsdeploy-") as folder:
        rendered = await _rendered(request, settings, machine, Path(folder))
    found, secret = await _found(request, settings, machine) if there else ({}, False)
    return Plan(
        cluster=target.context,
        action=ACTIONS[state],
        settings=settings,
        addresses=addresses(settings),
        components={name: off.get(name) for name in COMPONENTS},
        images=await _lacking(request, machine) if there else (),
        secret_exists=secret,
        releases=tuple(_release(name, objects, found.get(name)) for name, objects in rendered.items()),
    )


async def _rendered(
    request: Request, settings: Settings, machine: Machine, folder: Path
) -> dict[release.Name, list[dict[str, object]]]:
    chart = await charts.assemble(chart_source(request.equipment.bundle, request.charts, machine.helm), folder)
    stack = install.stack_name(settings)
    rendered = {stack: await machine.helm.template(stack.release, chart, values.render(settings), stack.namespace)}
    if settings.demo.enabled:
        demo, chart = install.demo_name(), assets.chart(install.DEMO_CHART)
        rendered[demo] = await machine.helm.template(demo.release, chart, install.demo_values(settings), demo.namespace)
    return rendered


async def _found(
    request: Request, settings: Settings, machine: Machine
) -> tuple[dict[release.Name, tuple[int, list[dict[str, object]]]], bool]:
    """The releases that are there, after the checks that `up` would make on the cluster."""
    target, found = request.equipment.target, {}
    async with await Kube.connect(target.kubeconfig, target.context) as kube:
        await preflight.check_cluster(kube, settings)
        if machine.kind is None:
            await preflight.check_permissions(kube, settings)
        for name, history in (await install.histories(settings, machine.helm, adopt=request.adopt)).items():
            if history:
                found[name] = (history[-1].number, await machine.helm.resources(name.release, name.namespace))
        await preflight.check_names(kube, settings.namespace)
        secret = await kube.read("secrets", settings.admin_secret, settings.namespace)
    return found, secret is not None


async def _lacking(request: Request, machine: Machine) -> tuple[str, ...]:
    bundle = request.equipment.bundle
    if machine.kind is None or bundle is None:
        return ()
    there = await machine.kind.images()
    return tuple(image.ref for image in bundle.manifest.images if image.ref not in there)


def _release(
    name: release.Name, wanted: list[dict[str, object]], found: tuple[int, list[dict[str, object]]] | None
) -> ReleasePlan:
    revision, there = found if found else (None, [])
    return ReleasePlan(name, revision, release.differences(there, wanted))
