"""`obsdeploy down`: removes what `up` installed and says what is left."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from obsdeploy.cli import arguments
from obsdeploy.cli.options import Common

if TYPE_CHECKING:
    from obsdeploy.pipeline.down import Removed


def down(
    common: Common,
    *,
    purge: Annotated[
        bool, typer.Option("--purge", help="Remove volumes, credentials and namespaces too, and prove nothing is left.")
    ] = False,
    cluster: Annotated[
        bool, typer.Option("--cluster", help="Delete obsdeploy's own kind cluster with all that is on it.")
    ] = False,
    timeout: arguments.Timeout = None,
) -> int:
    """Uninstall the stack and the demo.

    Data, credentials and namespaces stay, unless --purge or --cluster is given.
    """
    from obsdeploy.cli.progress import following
    from obsdeploy.cli.running import finish
    from obsdeploy.pipeline.down import down as work
    from obsdeploy.pipeline.equipment import equip

    settings = common.settings(timeout=timeout)
    equipment = equip(settings)
    with following() as observer:
        result = finish(work(settings, equipment, observer, purge=purge, cluster=cluster))
    sys.stdout.write(told(result, equipment.target.kubectl, purge=purge))
    return 0


def told(result: "Removed", kubectl: str, *, purge: bool) -> str:
    """What was removed and what is left, and how that is removed; `kubectl` is how a person reaches this cluster."""
    from obsdeploy.cli.table import rows

    lines = [("Removed", one) if n == 0 else ("", one) for n, one in enumerate(result.removed or ("nothing: nothing was there",))]
    left = [str(item) for item in (*result.left, *result.retained)]
    lines += [("Left" if n == 0 else "", one) for n, one in enumerate(left or ["nothing of obsdeploy's"])]
    if result.retained:
        volumes = " ".join(item.name for item in result.retained)
        lines.append(("", "volumes stay on purpose, with their data: their reclaim policy is Retain. This lets go of them:"))
        lines.append(("", f"{kubectl} delete pv {volumes}"))
    if result.foreign:
        names = ", ".join(str(item) for item in result.foreign[:5])
        lines.append(("", f"its namespace stays, because others' objects are in it: {names}"))
    elif left and not purge:
        lines.append(("Next", "'obsdeploy up' takes it up again; 'obsdeploy down --purge' removes it"))
    return rows(lines)
