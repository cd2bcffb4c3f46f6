"""Installing: the umbrella with its values, and the demo shop beside it."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from obsdeploy import assets, charts, values
from obsdeploy.pipeline import progress, release
from obsdeploy.pipeline.credentials import ensure_namespace
from obsdeploy.pipeline.outside import Revision
from obsdeploy.pipeline.passwords import restart_outdated
from obsdeploy.pipeline.progress import underway
from obsdeploy.pipeline.reach import PROMETHEUS
from obsdeploy.pipeline.release import Name
from obsdeploy.pipeline.rendering import chart_source
from obsdeploy.pipeline.settle import await_one
from obsdeploy.pipeline.synced import nudge
from obsdeploy.pipeline.together import together
from obsdeploy.pipeline.work import Work
from obsdeploy.settings.model import DEMO_NAMESPACE, RELEASE, Settings

if TYPE_CHECKING:
    from obsdeploy.cluster.kube import Kube
    from obsdeploy.helm import Helm

DEMO_CHART = "saga-demo"
LONGEST_LIST = 4
HEAD_START_SECONDS = 60.0


def stack_name(settings: Settings) -> Name:
    """Our release of the umbrella."""
    return Name(RELEASE, settings.namespace, charts.UMBRELLA)


def demo_name() -> Name:
    """The demo shop's release."""
    return Name(DEMO_CHART, DEMO_NAMESPACE, DEMO_CHART)


def names(settings: Settings) -> tuple[Name, ...]:
    """The releases that the settings ask for."""
    return (stack_name(settings), demo_name()) if settings.demo.enabled else (stack_name(settings),)


async def assemble(work: Work, helm: "Helm", folder: Path) -> Path:
    """Put the umbrella together below `folder`."""
    with underway(work.observer, progress.CHARTS) as running:
        running.waiting("the upstream charts")
        chart = await charts.assemble(chart_source(work.request.equipment.bundle, work.request.charts, helm), folder)
        running.done(f"{charts.UMBRELLA} with {len(charts.locked(chart))} upstream charts")
    return chart


async def histories(settings: Settings, helm: "Helm", *, adopt: bool) -> dict[Name, Sequence[Revision]]:
    """History of each release. Raises EnvironmentProblem where one is there that obsdeploy did not install."""
    found: dict[Name, Sequence[Revision]] = {name: await helm.history(name.release, name.namespace) for name in names(settings)}
    for name, history in found.items():
        release.check_ours(name, history, adopt=adopt)
    return found


def demo_values(settings: Settings) -> dict[str, Any]:
    """Values of the demo shop's chart."""
    return {
        "imageRegistry": settings.image_registry or "",
        "loadGenerator": {"rate": settings.demo.rate},
        "kafka": {"enabled": settings.demo.kafka},
    }


async def both(work: Work, helm: "Helm", kube: "Kube", chart: Path, found: Mapping[Name, Sequence[Revision]]) -> None:
    """Install or upgrade the stack and, where the settings ask for it, the demo shop."""
    history = found[stack_name(work.settings)]
    if not work.settings.demo.enabled:
        await stack(work, helm, kube, chart, history)
    elif history:
        await together(stack(work, helm, kube, chart, history), demo(work, helm, kube, found[demo_name()]))
    else:
        # Whatever starts beside Prometheus delays its first scrapes, and everything that is proven waits for those.
        await stack(work, helm, kube, chart, history)
        await demo(work, helm, kube, found[demo_name()], after=PROMETHEUS)


async def stack(work: Work, helm: "Helm", kube: "Kube", chart: Path, history: Sequence[Revision]) -> None:
    """Install or upgrade the stack, and make running pods see what changed."""
    with underway(work.observer, progress.STACK) as running:
        name = stack_name(work.settings)
        await _recover(work, helm, kube, name, history)
        running.waiting("helm upgrade --install")
        applied = await _apply(work, helm, name, chart, values.render(work.settings))
        _tell(work, name, applied, fresh=not history)
        if applied.changes and history:
            await nudge(kube, work.settings.namespace)
        if history and await restart_outdated(kube, work.settings.namespace):
            work.changes.append("Deployment redis-exporter restarted: its passwords have changed")
        running.done(f"release {name.release}, revision {applied.revision}")


async def demo(work: Work, helm: "Helm", kube: "Kube", history: Sequence[Revision], *, after: str | None = None) -> None:
    """Install or upgrade the demo shop, with a head start for the stack's workload `after`."""
    with underway(work.observer, progress.DEMO) as running:
        if after:
            until = min(time.monotonic() + HEAD_START_SECONDS, work.deadline)
            await await_one(kube, stack_name(work.settings), after, running, until=until)
        name = demo_name()
        await ensure_namespace(kube, name.namespace)
        await _recover(work, helm, kube, name, history)
        running.waiting("helm upgrade --install")
        applied = await _apply(work, helm, name, assets.chart(DEMO_CHART), demo_values(work.settings))
        _tell(work, name, applied, fresh=not history)
        running.done(f"release {name.release}, revision {applied.revision}")


async def _apply(work: Work, helm: "Helm", name: Name, chart: Path, given: Mapping[str, Any]) -> release.Applied:
    return await release.apply(helm, name, chart, given, seconds=work.left, unfinished=work.unfinished)


async def _recover(work: Work, helm: "Helm", kube: "Kube", name: Name, history: Sequence[Revision]) -> None:
    recovered = await release.recover(helm, kube, name, history, resumes=work.resumes, seconds=work.left)
    work.unfinished.discard(name.release)
    if recovered:
        work.changes.append(recovered)


def _tell(work: Work, name: Name, applied: release.Applied, *, fresh: bool) -> None:
    if fresh:
        work.changes.append(f"release {name.release} installed: {len(applied.changes)} objects in namespace {name.namespace}")
    elif applied.changes:
        shown = ", ".join(applied.changes[:LONGEST_LIST])
        more = len(applied.changes) - LONGEST_LIST
        work.changes.append(f"release {name.release} upgraded: {shown}{f' and {more} more' if more > 0 else ''}")
