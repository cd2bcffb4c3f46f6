"""What Helm would apply, rendered without a cluster."""

from pathlib import Path
from typing import Any

from obsdeploy import paths
from obsdeploy.bundle import Bundle
from obsdeploy.charts import Directory, Repositories, Source, assemble
from obsdeploy.helm import Helm
from obsdeploy.settings.model import RELEASE, Settings
from obsdeploy.tools import Toolbox
from obsdeploy.values import render


async def manifests(settings: Settings, *, bundle: Path | None, charts: Path | None, workdir: Path) -> list[dict[str, Any]]:
    """The objects of the release; `workdir` is for the assembled chart.

    Raises EnvironmentProblem where the charts or helm can't be had.
    """
    opened = Bundle.open(bundle, unpack_to=paths.cache_dir() / "bundles") if bundle else None
    bundled = opened.tool("helm") if opened else None
    helm = Helm(Toolbox({"helm": bundled} if bundled else {}).find("helm"))
    chart = await assemble(chart_source(opened, charts, helm), workdir)
    wanted = settings.without(opened.absent()) if opened else settings
    return await helm.template(RELEASE, chart, render(wanted), wanted.namespace)


def chart_source(bundle: Bundle | None, folder: Path | None, helm: Helm) -> Source:
    """Where charts come from: the folder that was named, else the bundle, else their own repositories."""
    if folder is not None:
        return Directory(folder)
    return bundle.chart_source() if bundle else Repositories(helm, paths.cache_dir() / "charts")
