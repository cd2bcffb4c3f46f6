"""Renders the umbrella chart with helm: no cluster, no network."""

import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from obsdeploy.yamltext import dump, parse, parse_all

ROOT = Path(__file__).resolve().parents[2]
UMBRELLA = ROOT / "charts/obs-stack"
STANDINS = ROOT / "lab/charts"
NAMESPACE = "monitoring"
# A helm that was built without its own idea of it takes 1.20, for which no chart of today is meant.
KUBERNETES = "1.36.0"
Manifest = dict[str, Any]


class RenderError(Exception):
    """What helm printed on standard error."""


@dataclass(frozen=True)
class Helm:
    """A helm binary, with folders of its own instead of the user's."""

    binary: Path
    home: Path

    def template(self, chart: Path, values: Mapping[str, Any], *options: str) -> list[Manifest]:
        """Every object that an install of the chart as release `obs` would apply. Raises RenderError."""
        arguments = ["template", "obs", str(chart), "-n", NAMESPACE, "--kube-version", KUBERNETES, "-f", "-", *options]
        text = self.run(arguments, stdin=dump(dict(values)))
        return parse_all(text)

    def run(self, arguments: Iterable[str], stdin: str = "") -> str:
        """Standard output of helm. Raises RenderError."""
        home = {f"HELM_{name}_HOME": str(self.home / name.lower()) for name in ("CACHE", "CONFIG", "DATA")}
        done = subprocess.run(
            [self.binary, *arguments], input=stdin, capture_output=True, text=True, check=False, env={**os.environ, **home}
        )
        if done.returncode:
            raise RenderError(done.stderr)
        return done.stdout


def umbrella_with(dependencies: Path, workdir: Path) -> Path:
    """A copy of the umbrella in `workdir` with its dependencies beside it: folders or packages below `dependencies`."""
    chart = workdir / "obs-stack"
    shutil.copytree(UMBRELLA, chart, ignore=shutil.ignore_patterns("charts"))
    for dependency in parse((UMBRELLA / "Chart.yaml").read_text())["dependencies"]:
        name, package = dependency["name"], dependencies / f"{dependency['name']}-{dependency['version']}.tgz"
        if package.exists():
            with tarfile.open(package) as archive:
                archive.extractall(chart / "charts", filter="data")
        else:
            shutil.copytree(dependencies / name, chart / "charts" / name)
    return chart


def one(manifests: list[Manifest], kind: str, name: str) -> Manifest:
    """The object of that kind and name."""
    found = [each for each in manifests if (each["kind"], each["metadata"]["name"]) == (kind, name)]
    assert len(found) == 1, f"{len(found)} objects {kind}/{name}"
    return found[0]
