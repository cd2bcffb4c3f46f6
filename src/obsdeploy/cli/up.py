"""`obsdeploy up`: from nothing to a live, proven stack."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from obsdeploy.cli import arguments
from obsdeploy.cli.options import Common

if TYPE_CHECKING:
    from obsdeploy.pipeline.work import Request

RESUME = "Nothing is lost: run the same command again and it goes on from here."


def up(
    common: Common,
    *,
    demo: arguments.Demo = None,
    bundle: arguments.Bundle = None,
    charts: arguments.Charts = None,
    timeout: arguments.Timeout = None,
    adopt: Annotated[bool, typer.Option("--adopt", help="Take over a release of this chart that was installed by hand.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be done, and do nothing.")] = False,
) -> int:
    """Make the cluster, install or upgrade the stack, and prove it.

    In the profiles dev and ci the stack gets a kind cluster of its own; your current context is neither used nor
    changed. Running it again is quick, mends what is missing and tells what it changed.
    """
    from obsdeploy.pipeline.equipment import equip
    from obsdeploy.pipeline.work import Request

    settings = common.settings(demo__enabled=demo, timeout=timeout)
    request = Request(settings, equip(settings, bundle), charts, adopt)
    return _plan(request) if dry_run else _up(request)


def _up(request: "Request") -> int:
    from obsdeploy.cli.progress import following
    from obsdeploy.cli.running import finish
    from obsdeploy.cli.summary import arrived
    from obsdeploy.pipeline.up import up as work

    with following() as observer:
        result = finish(work(request, observer), resume=RESUME)
    if not result.report.passed:
        from obsdeploy.cli.verify import rendered

        sys.stdout.write(rendered(result.report, "text", result.target.kubectl))
    sys.stdout.write(arrived(result))
    return 0 if result.report.passed else 1


def _plan(request: "Request") -> int:
    from obsdeploy.cli.running import finish
    from obsdeploy.cli.summary import planned
    from obsdeploy.pipeline.plan import plan

    sys.stdout.write(planned(finish(plan(request))))
    return 0
