"""`obsdeploy open`: both port-forwards, held until Ctrl-C."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from obsdeploy.cli.options import Common

if TYPE_CHECKING:
    from obsdeploy.pipeline.reach import Addresses

Port = Annotated[int | None, typer.Option(metavar="PORT", show_default=False, help="Another port than the settings' own.")]


def forward(common: Common, *, grafana_port: Port = None, prometheus_port: Port = None) -> int:
    """Forward Grafana and Prometheus to this machine.

    The port-forwards are held until Ctrl-C and survive a pod's replacement.
    """
    from obsdeploy.cli.running import finish
    from obsdeploy.pipeline.equipment import equip
    from obsdeploy.pipeline.forward import already_there, hold

    settings = common.settings(kind__hostPorts__grafana=grafana_port, kind__hostPorts__prometheus=prometheus_port)
    equipment = equip(settings)
    there = finish(already_there(settings, equipment))
    if there is not None:
        sys.stdout.write("The cluster publishes them itself; there is nothing to hold open:\n")
        _show(there)
        return 0
    finish(hold(settings, equipment, _opened, _tell), resume="Both port-forwards are closed; 'obsdeploy open' opens them again.")
    return 0


def _opened(where: "Addresses") -> None:
    _show(where)
    sys.stdout.write("Held until Ctrl-C.\n")
    sys.stdout.flush()


def _show(where: "Addresses") -> None:
    from obsdeploy.cli.status_text import places
    from obsdeploy.cli.table import rows

    sys.stdout.write(rows(places(where.grafana, where.prometheus, where.ingress)))


def _tell(event: str) -> None:
    from obsdeploy.cli.terminal import say

    say(event, sys.stderr)
