"""`obsdeploy verify`: is what people see true, right now?"""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from obsdeploy.cli import arguments
from obsdeploy.cli.options import Common

if TYPE_CHECKING:
    from collections.abc import Sequence

    from obsdeploy.checks.model import Check, Report
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
    """Check the live stack: workloads, targets, rules, data sources, and every panel's every query."""
    arguments.checked_format(output)
    from obsdeploy.checks.catalog import select
    from obsdeploy.cli.running import finish
    from obsdeploy.pipeline.equipment import equip

    settings = common.settings()
    checks = select(only or (), skip or ())
    report = finish(_run(settings, equip(settings), checks, _seconds(wait)), resume="Nothing was changed: verify only looks.")
    sys.stdout.write(_rendered(report, output, verbose=bool(common.verbose)))
    return 0 if report.passed else 1


async def _run(settings: "Settings", equipment: "Equipment", checks: "Sequence[Check]", wait: float) -> "Report":
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
            return await prove(kube, published, observer, checks, wait=wait)


def _rendered(report: "Report", output: str, *, verbose: bool) -> str:
    if output == "json":
        from obsdeploy.report import json

        return json.render(report)
    from obsdeploy.report import text

    return text.render(report, verbose=verbose)


def _seconds(wait: str) -> float:
    from obsdeploy.errors import UsageProblem
    from obsdeploy.settings.units import seconds

    try:
        return seconds(wait) if wait else 0.0
    except ValueError as error:
        raise UsageProblem(f"--wait: {error}", hint="Write for example --wait 2m.") from None
