"""The umbrella chart made whole: itself, and the upstream charts that its lock file pins, from where they can be had."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from obsdeploy import assets
from obsdeploy.errors import EnvironmentProblem
from obsdeploy.yamltext import parse

UMBRELLA = "obs-stack"
REACH_SECONDS = 4.0


@dataclass(frozen=True)
class Pinned:
    """A chart at exactly one version, and the repository that it comes from."""

    name: str
    version: str
    repository: str

    @property
    def file_name(self) -> str:
        """What `helm package` calls it."""
        return f"{self.name}-{self.version}.tgz"


class HelmLike(Protocol):
    """What is needed of Helm; see `obsdeploy.helm.Helm`."""

    async def add_repository(self, name: str, url: str) -> None:
        """Make a repository known to Helm."""

    async def dependency_build(self, chart: Path) -> None:
        """Fetch into charts/ what the chart's lock file pins."""


class Source(Protocol):
    """Where pinned charts come from."""

    async def fetch(self, chart: Path, pinned: tuple[Pinned, ...]) -> Mapping[Pinned, Path]:
        """Return a file for each of `pinned`, the lock of `chart`. Raises EnvironmentProblem naming those that are missing."""


@dataclass(frozen=True)
class Directory:
    """A folder of packaged charts: a mirror, or a bundle's. `shown` is what to call it in messages."""

    folder: Path
    shown: str = "--charts"

    async def fetch(self, chart: Path, pinned: tuple[Pinned, ...]) -> Mapping[Pinned, Path]:  # noqa: ARG002
        """Find the packages by file name."""
        if not self.folder.is_dir():
            raise EnvironmentProblem(
                f"{self.shown}: {self.folder} is not a folder", hint="Name the folder that holds the charts' .tgz files."
            )
        files = {one: self.folder / one.file_name for one in pinned}
        missing = [one for one, file in files.items() if not file.is_file()]
        if missing:
            raise missing_charts(missing, f"{self.shown} ({self.folder})")
        return files


@dataclass(frozen=True)
class Repositories:
    """The charts' own repositories, by Helm; what was fetched for a lock file is kept in `cache`."""

    helm: HelmLike
    cache: Path

    async def fetch(self, chart: Path, pinned: tuple[Pinned, ...]) -> Mapping[Pinned, Path]:
        """Take the charts from the cache, else have Helm fetch them as the lock file says."""
        kept = self.cache / hashlib.sha256((chart / "Chart.lock").read_bytes()).hexdigest()[:16]
        if not all((kept / one.file_name).is_file() for one in pinned):
            await self._download(chart, pinned, kept)
        return {one: kept / one.file_name for one in pinned}

    async def _download(self, chart: Path, pinned: tuple[Pinned, ...], kept: Path) -> None:
        """Let Helm work on a copy of the chart's two files; its packages appear in the cache all at once."""
        work = self.cache / f".work-{os.getpid()}"
        shutil.rmtree(work, ignore_errors=True)
        try:
            copy = work / chart.name
            copy.mkdir(parents=True)
            for name in ("Chart.yaml", "Chart.lock"):
                shutil.copy2(chart / name, copy / name)
            urls = sorted({one.repository for one in pinned})
            await asyncio.gather(*(check_reachable(url) for url in urls))
            for number, url in enumerate(urls):
                await self.helm.add_repository(f"obsdeploy-{number}", url)
            await self.helm.dependency_build(copy)
            missing = [one for one in pinned if not (copy / "charts" / one.file_name).is_file()]
            if missing:
                raise missing_charts(missing, "the charts' repositories")
            shutil.rmtree(kept, ignore_errors=True)
            (copy / "charts").rename(kept)
        finally:
            shutil.rmtree(work, ignore_errors=True)


async def assemble(source: Source, workdir: Path, *, umbrella: Path | None = None) -> Path:
    """Copy the umbrella into `workdir` with its dependencies in charts/, and return the copy, ready for Helm.

    Raises EnvironmentProblem naming every chart and version that the source lacks.
    """
    chart = umbrella or assets.chart(UMBRELLA)
    files = await source.fetch(chart, locked(chart))
    target = workdir / chart.name
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(chart, target, ignore=shutil.ignore_patterns("charts", "tmpcharts*"))
    (target / "charts").mkdir()
    for one, file in files.items():
        shutil.copy2(file, target / "charts" / one.file_name)
    return target


def locked(chart: Path) -> tuple[Pinned, ...]:
    """What a chart's lock file pins. Raises EnvironmentProblem where there is none."""
    lock = chart / "Chart.lock"
    if not lock.is_file():
        raise EnvironmentProblem(f"{chart.name} has no Chart.lock", hint="This installation is broken: install obsdeploy again.")
    return tuple(Pinned(one["name"], str(one["version"]), one["repository"]) for one in parse(lock.read_text())["dependencies"])


async def check_reachable(repository: str) -> None:
    """Ask a chart repository for its index. Raises EnvironmentProblem where it gives none in a few seconds."""
    import httpx

    try:
        async with httpx.AsyncClient(timeout=REACH_SECONDS, follow_redirects=True) as client:
            answer = await client.head(f"{repository}/index.yaml")
        said = f"HTTP {answer.status_code}" if answer.is_error else ""
    except httpx.HTTPError as error:
        said = str(error) or type(error).__name__
    if said:
        raise EnvironmentProblem(
            f"the chart repository {repository} can't be reached ({said})",
            hint="Without it: --bundle DIR takes everything from a bundle, --charts DIR the charts from a folder of .tgz files.",
        )


def missing_charts(charts: list[Pinned], place: str) -> EnvironmentProblem:
    """Return the problem of a source that lacks charts, with the commands that get them."""
    names = ", ".join(f"{one.name} {one.version}" for one in charts)
    they = f"charts {names} are" if len(charts) > 1 else f"chart {names} is"
    return EnvironmentProblem(
        f"{they} not in {place}",
        hint=" && ".join(f"helm pull {one.name} --repo {one.repository} --version {one.version}" for one in charts),
    )
