"""`obsdeploy verify`: is what people see true, right now?"""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from obsdeploy.cli import arguments
from obsdeploy.cli.options import Common

if TYPE_CHECKING:
    from collections.abc import Sequence

    from obsdeploy.checks.model import Report
    from obsdeploy.pipeline.equipment import Equipment
    from obsdeploy.settings.model import Settings

Names = Annotated[list[str] | None, typer.Option(metavar="ID", show_default=False, help="A check or category; repeatable.")]


def verify(
    common: Common,
    *,
    wait: Annotated[str, typer.Option("--wait", metavar="TIME", help="Retry what fails for so long, such as 2m.")] = "",
    only: Names = None,
    skip: Names = None,
    output: arguments.Output = "text",
) -> int:
    """Prove that what people see is true, right now.

    Workloads, volumes, targets, rules, data sources, and every panel's every query through Grafana's own API.
    """
    arguments.checked_format(output)
    from obsdeploy.cli.running import finish
    from obsdeploy.pipeline.equipment import equip

    settings = common.settings()
    equipment = equip(settings)
    work = _run(settings, equipment, only or (), skip or (), _seconds(wait))
    report = finish(work, resume="Nothing was changed: verify only looks.")
    sys.stdout.write(rendered(report, output, equipment.target.kubectl))
    return 0 if report.passed else 1


async def _run(
    settings: "Settings", equipment: "Equipment", only: "Sequence[str]", skip: "Sequence[str]", wait: float
) -> "Report":
    from obsdeploy.cli.progress import following
    from obsdeploy.cluster.kube import Kube
    from obsdeploy.pipeline.proof import prove
    from obsdeploy.pipeline.reach import as_published
    from obsdeploy.pipeline.reachable import check_reachable
    from obsdeploy.pipeline.target import check_exists

    target = equipment.target
    check_exists(target)
    async with await Kube.connect(target.kubeconfig, target.context) as kube:
        await check_reachable(kube, equipment)
        published = await as_published(settings, target, equipment.toolbox)
        with following() as observer:
            return await prove(kube, published, observer, wait=wait, only=only, skip=skip)


def rendered(report: "Report", output: str, kubectl: str) -> str:
    """The report in a format, as standard output can show it; `kubectl` is how a person reaches this cluster."""
    if output == "json":
        from obsdeploy.report import json

        return json.render(report)
    from obsdeploy.cli.terminal import colored, unicode_capable
    from obsdeploy.report import text

    style = text.Style(colour=colored(sys.stdout), unicode=unicode_capable(sys.stdout), kubectl=kubectl)
    return text.render(report, style)


def _seconds(wait: str) -> float:
    from obsdeploy.errors import UsageProblem
    from obsdeploy.settings.units import seconds

    try:
        return seconds(wait) if wait else 0.0
    except ValueError as error:
        raise UsageProblem(f"--wait: {error}", hint="Write for example --wait 2m.") from None
