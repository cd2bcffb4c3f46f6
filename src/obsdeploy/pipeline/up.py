"""`up`: from whatever is there to a live, proven stack. The same call again goes on from where the last one got to."""

import asyncio
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from obsdeploy.cluster.kube import Kube
from obsdeploy.errors import EnvironmentProblem
from obsdeploy.pipeline import credentials, images, install, local, own_cluster, preflight, progress
from obsdeploy.pipeline.progress import Observer, underway
from obsdeploy.pipeline.reach import Addresses, addresses, on_ports
from obsdeploy.pipeline.settle import settle
from obsdeploy.pipeline.target import Target
from obsdeploy.pipeline.together import together
from obsdeploy.pipeline.turn import take
from obsdeploy.pipeline.work import EXAMINATION_SECONDS, PROOF_SECONDS, Machine, Request, Work
from obsdeploy.settings.model import Settings

if TYPE_CHECKING:
    from obsdeploy.checks.model import Report


@dataclass(frozen=True)
class Arrived:
    """What `up` came to: where things are, what it changed, and what verification says."""

    target: Target
    settings: Settings
    addresses: Addresses
    credentials: credentials.Credentials
    changes: tuple[str, ...]
    report: "Report"


async def up(request: Request, observer: Observer) -> Arrived:
    """Make the cluster if it is ours to make, install or upgrade, and prove it.

    Raises ObsdeployError where it can't get as far as proving; an unhealthy stack is no error but a report that says so.
    """
    settings, bundle = request.settings, request.equipment.bundle
    wanted = settings.without(bundle.absent()) if bundle else settings
    with take(request.equipment.target, [name.release for name in install.names(wanted)]) as turn:
        deadline = time.monotonic() + settings.timeout_seconds
        work = Work(request, observer, wanted, deadline, turn.resumes, unfinished=turn.unfinished)
        try:
            async with asyncio.timeout(settings.timeout_seconds + EXAMINATION_SECONDS):
                return await _up(work)
        except TimeoutError:
            raise EnvironmentProblem(
                f"the deadline of {settings.timeout} passed before the stack could be proven",
                hint="The same command goes on from here; --timeout 10m gives it longer.",
            ) from None


async def _up(work: Work) -> Arrived:
    target = work.request.equipment.target
    with tempfile.TemporaryDirectory(prefix="obsdeploy-") as folder:
        machine = await _preflight(work)
        chart = await install.assemble(work, machine.helm, Path(folder))
        on_host_ports, _ = await together(_cluster(work, machine), _demo_image(work, machine))
        async with await Kube.connect(target.kubeconfig, target.context) as kube:
            work.settings = on_ports(work.settings, published=on_host_ports)
            made = await _install(work, machine, kube, chart)
            report = await _prove(work, kube)
    return Arrived(target, work.settings, addresses(work.settings), made, tuple(work.changes), report)


async def _preflight(work: Work) -> Machine:
    with underway(work.observer, progress.PREFLIGHT) as running:
        machine = await local.look(work.settings, work.request.equipment)
        local.demo_can_be_had(work.settings, machine, work.request.equipment.bundle)
        running.done("this machine has what is needed")
    for component, why in work.settings.lacking().items():
        work.observer.note(f"{component} is off: {why}")
    bundle = work.request.equipment.bundle
    if bundle and (stand_ins := bundle.stand_ins()):
        work.observer.note(f"the bundle has stand-ins, not the real programs or charts, for: {', '.join(stand_ins)}")
    return machine


async def _cluster(work: Work, machine: Machine) -> bool:
    """See to it that the cluster answers; returns whether the services have ports of this machine."""
    target, bundle = work.request.equipment.target, work.request.equipment.bundle
    with underway(work.observer, progress.CLUSTER) as running:
        done = own_cluster.Ensured(None, False)
        if machine.kind is not None and machine.docker is not None:
            node = bundle.manifest.node_image if bundle else None
            image = own_cluster.NodeImage(node.ref, lambda: bundle.image(node)) if bundle and node else None
            done = await own_cluster.ensure(machine.kind, machine.docker, image, own_cluster.mappings(work.settings), running)
        async with await Kube.connect(target.kubeconfig, target.context) as kube:
            if machine.kind is not None:
                await own_cluster.await_answer(lambda: kube.get("/readyz"), running)
            if done.started is not None:
                await own_cluster.await_restarted(kube, done.started, running)
            version = await preflight.check_cluster(kube, work.settings)
        if done.change:
            work.changes.append(done.change)
        running.done(f"{target.context}, Kubernetes {version}")
    if work.settings.on_host_ports and not done.on_host_ports:
        work.observer.note(
            f"cluster {target.own} was made without these host ports, and they can't be added: use 'obsdeploy open', "
            "or make it anew with 'obsdeploy down --cluster' and 'obsdeploy up'"
        )
    return done.on_host_ports


async def _demo_image(work: Work, machine: Machine) -> None:
    """Build the demo's image while the cluster comes up, where neither a bundle nor the node has it."""
    if not work.settings.demo.enabled or machine.docker is None or machine.kind is None:
        return
    if images.bundled_demo(work.request.equipment.bundle) or await images.node_has_demo(machine.kind):
        return
    with underway(work.observer, progress.DEMO_IMAGE) as running:
        await images.build_demo(machine.docker, running)
        running.done(images.DEMO_IMAGE)


async def _install(work: Work, machine: Machine, kube: Kube, chart: Path) -> credentials.Credentials:
    settings, helm = work.settings, machine.helm
    if machine.kind is None:
        await preflight.check_permissions(kube, settings)
    histories = await install.histories(settings, helm, adopt=work.request.adopt)
    await preflight.check_names(kube, settings.namespace)
    made: credentials.Credentials
    _, made = await together(_images(work, machine), _credentials(work, kube))
    await install.both(work, helm, kube, chart, histories)
    return made


async def _images(work: Work, machine: Machine) -> None:
    bundle = work.request.equipment.bundle
    built = work.settings.demo.enabled and not images.bundled_demo(bundle)
    if machine.kind is None or machine.docker is None or not (bundle or built):
        return
    with underway(work.observer, progress.IMAGES) as running:
        loaded = await images.load_bundled(machine.kind, bundle, running) if bundle else 0
        if built:
            loaded += await images.load_demo(machine.kind, machine.docker, running)
        running.done(f"{loaded} loaded into the node" if loaded else "the node has them all")


async def _credentials(work: Work, kube: Kube) -> credentials.Credentials:
    with underway(work.observer, progress.CREDENTIALS) as running:
        if await credentials.ensure_namespace(kube, work.settings.namespace):
            work.changes.append(f"namespace {work.settings.namespace} created")
        made = await credentials.ensure(kube, work.settings)
        await credentials.ensure_redis_passwords(kube, work.settings)
        await credentials.check_references(kube, work.settings)
        if made.created:
            work.changes.append(f"Secret {made.secret} created")
        running.done(f"Secret {made.secret}{'' if made.created else ', as it was'}")
    return made


async def _prove(work: Work, kube: Kube) -> "Report":
    from obsdeploy.pipeline.proof import prove  # all checks: loaded while the cluster is at work, not before

    with underway(work.observer, progress.WORKLOADS) as running:
        releases = [(name.namespace, name.release) for name in install.names(work.settings)]
        settled = await settle(kube, releases, running, until=work.deadline - PROOF_SECONDS)
    return await prove(kube, work.settings, work.observer, wait=work.left if settled else 0.0)
