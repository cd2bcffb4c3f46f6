"""`doctor`: one part of the stack, examined closely from inside the cluster."""

from typing import TYPE_CHECKING

from obsdeploy.checks.kafka import EXAMINATION
from obsdeploy.checks.model import Report
from obsdeploy.checks.runner import run
from obsdeploy.pipeline import progress
from obsdeploy.pipeline.progress import Observer, underway
from obsdeploy.pipeline.proof import Follower, counted
from obsdeploy.pipeline.reach import checking
from obsdeploy.settings.model import Settings

if TYPE_CHECKING:
    from obsdeploy.cluster.kube import Kube


async def kafka(kube: "Kube", settings: Settings, observer: Observer) -> Report:
    """Try every broker of the released configuration from the exporter's place."""
    with underway(observer, progress.EXAMINATION) as running:
        running.waiting("the brokers, from where the exporter runs")
        async with checking(kube, settings) as context:
            report = await run([EXAMINATION], context, Follower(running, [EXAMINATION]), wait=0.0)
        running.done(counted(report), unwell=not report.passed)
    return report
