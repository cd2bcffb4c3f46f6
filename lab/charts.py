"""Packages of the chart stand-ins in lab/charts."""

from collections.abc import Mapping
from pathlib import Path

from lab.steps import Builder, Step
from lab.work import Work

STEP = "charts"
_FOLDER = "lab/charts"


def step(checkout: Path, code: tuple[Path, ...]) -> Step:
    """The step for all charts."""
    folder = checkout / _FOLDER
    return Step(STEP, _builder(folder), {}, ("go-helm",), (*code, folder))


def _builder(folder: Path) -> Builder:
    def build(work: Work) -> Mapping[str, str]:
        helm = work.inputs["go-helm"] / "bin" / "helm"
        own = {name: str(work.scratch / name) for name in ("HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME")}
        for chart in sorted(folder.glob("*/Chart.yaml")):
            work.run([helm, "package", chart.parent, "--destination", work.out], env=own)
        return {archive.stem: "stand-in" for archive in sorted(work.out.glob("*.tgz"))}

    return build
