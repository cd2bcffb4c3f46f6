"""`obsdeploy doctor`: why does a part of the stack see nothing?"""

import sys
from typing import TYPE_CHECKING

import typer

from obsdeploy.cli import arguments
from obsdeploy.cli.options import Common, command

if TYPE_CHECKING:
    from obsdeploy.checks.model import Report
    from obsdeploy.pipeline.equipment import Equipment
    from obsdeploy.settings.model import Settings


def register(app: typer.Typer) -> None:
    """Add `doctor` with one command per patient."""
    about = "Find out why a part of the stack sees nothing."
    doctor = typer.Typer(help=about, no_args_is_help=True, rich_markup_mode=None)
    command(doctor, "kafka", kafka)
    app.add_typer(doctor, name="doctor")


def kafka(common: Common, *, output: arguments.Output = "text") -> int:
    """Try every Kafka broker from where its exporter runs.

    Does its name resolve, its port answer, do TLS and SASL fit, and can the addresses that the brokers advertise be reached from
    there? Each trouble comes with its fix. Nothing is changed.
    """
    arguments.checked_format(output)
    from obsdeploy.cli.running import finish
    from obsdeploy.cli.verify import rendered
    from obsdeploy.pipeline.equipment import equip

    settings = common.settings()
    equipment = equip(settings)
    report = finish(_kafka(settings, equipment), resume="Nothing was changed: doctor only looks.")
    sys.stdout.write(rendered(report, output, kubectl=equipment.target.kubectl))
    return 0 if report.passed else 1


async def _kafka(settings: "Settings", equipment: "Equipment") -> "Report":
    from obsdeploy.cli.progress import following
    from obsdeploy.cluster.kube import Kube
    from obsdeploy.pipeline.doctor import kafka as examine
    from obsdeploy.pipeline.reachable import check_reachable
    from obsdeploy.pipeline.target import check_exists

    target = equipment.target
    check_exists(target)
    async with await Kube.connect(target.kubeconfig, target.context) as kube:
        await check_reachable(kube, equipment)
        with following() as observer:
            return await examine(kube, settings, observer)
