"""Helm 3 and 4, and the only module that imports pyhelm3.

pyhelm3 builds the command lines and reads the answers. Running them is ours: without a shell, with an environment in
which no setting or repository of the user's own Helm plays a part, and stopped in order when the caller is cancelled.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pyhelm3.command import Command
from pyhelm3.errors import Error

from obsdeploy import helm_problems, paths, process
from obsdeploy.errors import EnvironmentProblem

OLDEST = (3, 14)
NEWEST_MAJOR = 4
FIRST_ON_SERVER = 4
HISTORY = 5
VERSION = re.compile(r"^v?(?P<major>\d+)\.(?P<minor>\d+)(\.(?P<patch>\d+))?")
CHART = re.compile(r"^(?P<name>.+?)-(?P<version>v?\d+\.\d+.*)$")
PENDING = frozenset({"pending-install", "pending-upgrade", "pending-rollback", "uninstalling"})

Values = Mapping[str, Any]
Manifest = dict[str, Any]


@dataclass(frozen=True)
class Revision:
    """One entry of a release's history."""

    number: int
    status: str
    chart: str
    chart_version: str
    description: str
    updated: datetime | None

    @property
    def pending(self) -> bool:
        """Whether an operation on the release has begun and not ended."""
        return self.status in PENDING


class Helm:
    """Helm on one cluster. The kubeconfig and context are given to every call, so nobody's current context matters."""

    def __init__(self, binary: Path, *, kubeconfig: Path | None = None, context: str | None = None) -> None:
        self.binary = binary
        self._known: str | None = None
        self._command = _Command(
            executable=str(binary), kubeconfig=kubeconfig, kubecontext=context, history_max_revisions=HISTORY
        )

    async def version(self) -> str:
        """Return the version, or raise EnvironmentProblem where it is too old, too new or no version at all."""
        said = str(await self._ask("say its version", self._command.version())).strip()
        match = VERSION.match(said)
        if match is None:
            raise EnvironmentProblem(
                f"{self.binary} is not a Helm that can be worked with: it calls its version '{said[:60]}'",
                hint="Install Helm 3 or 4 from https://helm.sh/docs/intro/install/.",
            )
        major, minor = int(match["major"]), int(match["minor"])
        if (major, minor) < OLDEST or major > NEWEST_MAJOR:
            raise EnvironmentProblem(
                f"Helm {said} can't be used: obsdeploy needs {OLDEST[0]}.{OLDEST[1]} or newer, up to {NEWEST_MAJOR}.x",
                hint="Install Helm 3 or 4 from https://helm.sh/docs/intro/install/.",
            )
        self._known = said
        return said

    async def history(self, release: str, namespace: str) -> tuple[Revision, ...]:
        """All kept revisions, oldest first; empty where there is no such release."""
        try:
            entries = await self._command.history(release, namespace=namespace)
        except Error as error:
            if helm_problems.is_not_found(_stderr(error)):
                return ()
            raise helm_problems.explain(f"read the history of release {release}", _stderr(error)) from None
        return tuple(_revision(entry) for entry in entries)

    async def resources(self, release: str, namespace: str) -> list[Manifest]:
        """Objects of the current revision as Helm applied them; none where there is no such release."""
        try:
            found = await self._command.get_resources(release, namespace=namespace)
        except Error as error:
            if helm_problems.is_not_found(_stderr(error)):
                return []
            raise helm_problems.explain(f"read release {release}", _stderr(error)) from None
        return [document for document in found if document]

    async def template(self, release: str, chart: Path, values: Values, namespace: str) -> list[Manifest]:
        """Objects that an upgrade would apply; needs no cluster."""
        asked = self._command.template(release, chart, dict(values), namespace=namespace)
        return [document for document in await self._ask(f"render {release}", asked) if document]

    async def upgrade(
        self, release: str, chart: Path, values: Values, namespace: str, *, description: str, seconds: float
    ) -> int:
        """Install or upgrade, without waiting for workloads. Values go by stdin. Returns the new revision's number.

        What somebody changed by hand is put back, by Helm 4 as by Helm 3. `seconds` bounds Helm's own hooks only.
        """
        # Helm 4 applies on the server, and there a change by hand is a conflict unless it is said that ours wins.
        on_server = {"server_side": "true", "force_conflicts": True} if await self._major() >= FIRST_ON_SERVER else {}
        asked = self._command.install_or_upgrade(
            release,
            chart,
            dict(values),
            namespace=namespace,
            create_namespace=False,
            description=description,
            timeout=f"{max(1, int(seconds))}s",
            **on_server,
        )
        answer = await self._ask(f"install or upgrade release {release}", asked)
        return int(answer["version"])

    async def uninstall(self, release: str, namespace: str, *, seconds: float) -> bool:
        """Uninstall and wait until the objects are gone. Returns False where there was no such release."""
        try:
            await self._command.uninstall(release, namespace=namespace, wait=True, timeout=f"{max(1, int(seconds))}s")
        except Error as error:
            if helm_problems.is_not_found(_stderr(error)):
                return False
            raise helm_problems.explain(f"uninstall release {release}", _stderr(error)) from None
        return True

    async def dependency_build(self, chart: Path) -> None:
        """Fetch a chart's dependencies as its lock file pins them into its charts/ folder."""
        await self._ask(f"fetch the charts of {chart.name}", self._command.run(["dependency", "build", str(chart)]))

    async def add_repository(self, name: str, url: str) -> None:
        """Make a repository known to our own Helm configuration (`dependency build` wants that)."""
        await self._ask(f"read the chart repository {url}", self._command.repo_add(name, url))

    async def _major(self) -> int:
        if self._known is None:
            self._known = await self.version()
        match = VERSION.match(self._known)
        return int(match["major"]) if match else 0

    async def _ask(self, doing: str, call: Any) -> Any:
        try:
            return await call
        except Error as error:
            raise helm_problems.explain(doing, _stderr(error)) from None


class _Command(Command):  # type: ignore[misc]
    """pyhelm3's command lines, run our way."""

    async def run(self, command: list[Any], input: bytes | None = None) -> bytes:
        argv = [self._executable, *map(str, command)]
        if self._kubeconfig:
            argv += ["--kubeconfig", str(self._kubeconfig)]
        if self._kubecontext:
            argv += ["--kube-context", self._kubecontext]
        try:
            result = await process.run(argv, env=_environment(), stdin=input)
        except OSError as error:
            raise Error(127, b"", f"{self._executable}: {error.strerror}".encode()) from None
        if not result.ok:
            raise Error(result.returncode, result.stdout.encode(), result.stderr.encode())
        return result.stdout.encode()


def _environment() -> dict[str, str]:
    # HELM_* of the user (another driver, namespace, token, debug output) must not change what we do; nor may we touch theirs.
    own = paths.cache_dir() / "helm"
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("HELM_")}
    return {
        **inherited,
        "HELM_CACHE_HOME": str(own / "cache"),
        "HELM_CONFIG_HOME": str(own / "config"),
        "HELM_DATA_HOME": str(own / "data"),
        "HELM_REPOSITORY_CONFIG": str(own / "repositories.yaml"),
        "HELM_REPOSITORY_CACHE": str(own / "repository"),
    }


def _stderr(error: Error) -> str:
    return str(error.stderr.decode(errors="replace"))


def _revision(entry: Mapping[str, Any]) -> Revision:
    chart = CHART.match(str(entry["chart"]))
    return Revision(
        number=int(entry["revision"]),
        status=str(entry["status"]),
        chart=chart["name"] if chart else str(entry["chart"]),
        chart_version=chart["version"] if chart else "",
        description=str(entry.get("description", "")),
        updated=_time(str(entry.get("updated", ""))),
    )


def _time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
