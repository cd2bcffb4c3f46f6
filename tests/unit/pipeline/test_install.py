"""Installing the stack: in which order things are done, what is told, and what is left unfinished."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from obsdeploy.errors import EnvironmentProblem
from obsdeploy.helm import Revision
from obsdeploy.pipeline import install
from obsdeploy.pipeline.equipment import Equipment
from obsdeploy.pipeline.target import Target
from obsdeploy.pipeline.work import Request, Work
from obsdeploy.settings.load import load
from obsdeploy.tools import Toolbox
from tests.unit.pipeline.conftest import FakeCluster, Recorder

RESTARTED = "Deployment redis-exporter restarted: its passwords have changed"
DEPLOYED = Revision(1, "deployed", "obs-stack", "0.1.0", "obsdeploy 0.1.0", None)
PENDING = Revision(2, "pending-upgrade", "obs-stack", "0.1.0", "Preparing upgrade", None)


class FakeHelm:
    """Writes its upgrades down among the cluster's own calls; `error` comes before they begin."""

    def __init__(self, cluster: FakeCluster, error: Exception | None = None) -> None:
        self.cluster, self.error = cluster, error

    async def history(self, release: str, namespace: str) -> Sequence[Revision]:
        return (DEPLOYED,)

    async def resources(self, release: str, namespace: str) -> list[dict[str, Any]]:
        if self.error:
            raise self.error
        return []

    async def upgrade(
        self, release: str, chart: Path, values: Mapping[str, Any], namespace: str, *, description: str, seconds: float
    ) -> int:
        self.cluster.calls.append(("upgrade", "", namespace, release))
        return 2


@pytest.fixture
def work(observer: Recorder) -> Work:
    settings = load(profile="dev", env={}, overrides={})
    request = Request(settings, Equipment(Target("elsewhere", None, None), Toolbox()))
    return Work(request, observer, settings, time.monotonic() + 60)


@pytest.fixture
def rotated(cluster: FakeCluster) -> FakeCluster:
    """A cluster on which the exporter is older than its passwords."""
    volumes = [{"name": "auth", "secret": {"secretName": "obs-redis-passwords"}}]
    cluster.put("secrets", "obs-redis-passwords", "monitoring", metadata={"creationTimestamp": "2026-01-01T10:05:00Z"})
    started = {"creationTimestamp": "2026-01-01T10:00:00Z"}
    cluster.put("pods", "redis-exporter-1", "monitoring", metadata=started, spec={"volumes": volumes})
    cluster.put("deployments", "redis-exporter", "monitoring")
    return cluster


async def stack(work: Work, helm: Any, cluster: Any, *history: Revision) -> None:
    await install.stack(work, helm, cluster, Path("chart"), history)


async def test_an_exporter_with_old_passwords_is_restarted_after_the_upgrade_and_that_is_told(
    work: Work, rotated: FakeCluster
) -> None:
    await stack(work, FakeHelm(rotated), rotated, DEPLOYED)
    assert rotated.calls == [("upgrade", "", "monitoring", "obs"), ("patch", "deployments", "monitoring", "redis-exporter")]
    assert work.changes == [RESTARTED]


async def test_a_first_installation_starts_it_with_them(work: Work, rotated: FakeCluster) -> None:
    await stack(work, FakeHelm(rotated), rotated)
    assert rotated.calls == [("upgrade", "", "monitoring", "obs")]
    assert RESTARTED not in work.changes


async def test_what_an_interrupted_run_left_is_finished_once_it_is_mended(work: Work, cluster: FakeCluster) -> None:
    work.resumes, work.unfinished = True, {"obs", "saga-demo"}
    with pytest.raises(EnvironmentProblem, match="can't read"):
        await stack(work, FakeHelm(cluster, EnvironmentProblem("can't read it", hint="")), cluster, DEPLOYED, PENDING)
    assert cluster.calls == [("delete", "secrets", "monitoring", "sh.helm.release.v1.obs.v2")]
    assert work.unfinished == {"saga-demo"}


async def test_what_could_not_be_mended_stays_unfinished(
    work: Work, cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lost(resource: str, name: str, namespace: str | None = None) -> bool:
        raise EnvironmentProblem("the API server does not answer", hint="")

    monkeypatch.setattr(cluster, "delete", lost)
    work.resumes, work.unfinished = True, {"obs"}
    with pytest.raises(EnvironmentProblem, match="does not answer"):
        await stack(work, FakeHelm(cluster), cluster, DEPLOYED, PENDING)
    assert work.unfinished == {"obs"}
