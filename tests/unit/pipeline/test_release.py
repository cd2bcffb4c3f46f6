"""Whose a release is, and how it gets out of an interrupted operation."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from obsdeploy.errors import EnvironmentProblem
from obsdeploy.helm import Revision
from obsdeploy.helm_problems import explain
from obsdeploy.pipeline import release
from obsdeploy.pipeline.release import Name
from tests.unit.pipeline.conftest import FakeCluster

NAME = Name("obs", "monitoring", "obs-stack")
OURS = "obsdeploy 0.1.0"


class FakeHelm:
    def __init__(self) -> None:
        self.uninstalled: list[str] = []

    async def history(self, release: str, namespace: str) -> Sequence[Revision]:
        return ()

    async def resources(self, release: str, namespace: str) -> list[dict[str, Any]]:
        return []

    async def upgrade(
        self, release: str, chart: Path, values: Mapping[str, Any], namespace: str, *, description: str, seconds: float
    ) -> int:
        return 1

    async def uninstall(self, release: str, namespace: str, *, seconds: float) -> bool:
        self.uninstalled.append(release)
        return True


def revision(status: str, description: str = OURS, *, number: int = 1, chart: str = "obs-stack", age: float = 0) -> Revision:
    return Revision(number, status, chart, "0.1.0", description, datetime.now(UTC) - timedelta(seconds=age))


@pytest.mark.parametrize(
    "history",
    [
        [],
        [revision("deployed")],
        [revision("superseded"), revision("failed", "Upgrade failed", number=2)],
        [revision("failed", 'Release "obs" failed: timed out')],
        [revision("pending-install", "Initial install underway")],
    ],
    ids=["none", "deployed by us", "failed on top of ours", "first install failed", "first install interrupted"],
)
def test_these_are_ours(history: list[Revision]) -> None:
    release.check_ours(NAME, history, adopt=False)


@pytest.mark.parametrize(
    ("history", "hint"),
    [
        ([revision("deployed", "Install complete")], "Adopt it with --adopt"),
        ([revision("deployed", "Install complete", chart="kube-prometheus-stack")], "helm uninstall obs -n monitoring"),
        ([revision("pending-install", "Initial install underway", chart="kube-prometheus-stack")], "helm uninstall"),
    ],
)
def test_these_are_not_and_the_way_on_is_named(history: list[Revision], hint: str) -> None:
    with pytest.raises(EnvironmentProblem, match="was not installed by obsdeploy") as caught:
        release.check_ours(NAME, history, adopt=False)
    assert hint in caught.value.hint
    assert "--namespace OTHER" in caught.value.hint


def test_only_our_own_chart_can_be_adopted() -> None:
    release.check_ours(NAME, [revision("deployed", "Install complete")], adopt=True)
    with pytest.raises(EnvironmentProblem):
        release.check_ours(NAME, [revision("deployed", "Install complete", chart="wordpress")], adopt=True)


async def recover(cluster: FakeCluster, helm: FakeHelm, *history: Revision, resumes: bool = True) -> str | None:
    return await release.recover(helm, cluster, NAME, history, resumes=resumes, seconds=5)


@pytest.mark.parametrize("status", ["pending-install", "pending-upgrade", "pending-rollback"])
async def test_the_record_of_the_interrupted_revision_goes_and_nothing_else(cluster: FakeCluster, status: str) -> None:
    cluster.put("secrets", "sh.helm.release.v1.obs.v1", "monitoring")
    cluster.put("secrets", "sh.helm.release.v1.obs.v2", "monitoring")
    helm = FakeHelm()
    said = await recover(cluster, helm, revision("deployed"), revision(status, number=2))
    assert said == f"release obs had been left {status} (revision 2) by an interrupted run: mended"
    assert cluster.names("secrets") == {"sh.helm.release.v1.obs.v1"}
    assert helm.uninstalled == []


async def test_an_interrupted_uninstall_is_finished(cluster: FakeCluster) -> None:
    helm = FakeHelm()
    assert await recover(cluster, helm, revision("uninstalling")) == "finished the interrupted uninstall of release obs"
    assert helm.uninstalled == ["obs"]


async def test_a_release_that_rests_is_left_alone(cluster: FakeCluster) -> None:
    assert await recover(cluster, FakeHelm(), revision("deployed")) is None
    assert await recover(cluster, FakeHelm(), revision("failed")) is None
    assert cluster.calls == []


async def test_somebody_elses_operation_is_not_disturbed(cluster: FakeCluster) -> None:
    with pytest.raises(EnvironmentProblem, match="somebody else seems to be at work"):
        await recover(cluster, FakeHelm(), revision("pending-upgrade", age=30), resumes=False)
    assert cluster.calls == []


async def test_an_operation_of_long_ago_is_nobodys(cluster: FakeCluster) -> None:
    assert await recover(cluster, FakeHelm(), revision("pending-upgrade", age=3600), resumes=False) is not None


def thing(kind: str, name: str, **fields: Any) -> dict[str, Any]:
    return {"kind": kind, "metadata": {"name": name}, **fields}


def test_what_changed_is_told_by_object() -> None:
    before = [thing("ConfigMap", "a", data=1), thing("Service", "s"), thing("Secret", "same")]
    after = [thing("ConfigMap", "a", data=2), thing("Deployment", "d"), thing("Secret", "same")]
    assert release.differences(before, after) == ("~ ConfigMap a", "+ Deployment d", "- Service s")
    assert release.differences(after, after) == ()


class FailingHelm(FakeHelm):
    """One whose upgrade ends badly, and what its history says then."""

    def __init__(self, error: BaseException, after: Sequence[Revision] | None) -> None:
        super().__init__()
        self.error, self.after = error, after

    async def history(self, release: str, namespace: str) -> Sequence[Revision]:
        if self.after is None:
            raise EnvironmentProblem("the API server does not answer", hint="")
        return self.after

    async def upgrade(
        self, release: str, chart: Path, values: Mapping[str, Any], namespace: str, *, description: str, seconds: float
    ) -> int:
        raise self.error

    async def uninstall(self, release: str, namespace: str, *, seconds: float) -> bool:
        raise self.error


KILLED = EnvironmentProblem("helm was killed by signal 9", hint="")
REFUSED = explain("upgrade it", "Error: UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress")


@pytest.mark.parametrize(
    ("error", "after", "left"),
    [
        (KILLED, [revision("pending-upgrade", "Preparing upgrade")], {"obs"}),
        (KILLED, None, {"obs"}),
        (KILLED, [revision("failed", "Upgrade failed")], set()),
        (KILLED, [], set()),
        (REFUSED, [revision("pending-upgrade", "Preparing upgrade")], set()),
        (asyncio.CancelledError(), [revision("deployed")], {"obs"}),
    ],
    ids=["killed half-way", "cluster lost", "failed and recorded", "ended before it began", "somebody else's", "deadline"],
)
async def test_what_helm_has_not_recorded_is_unfinished(
    error: BaseException, after: Sequence[Revision] | None, left: set[str]
) -> None:
    unfinished: set[str] = set()
    with pytest.raises(type(error)):
        await release.apply(FailingHelm(error, after), NAME, Path("chart"), {}, seconds=1, unfinished=unfinished)
    assert unfinished == left
    unfinished.clear()
    with pytest.raises(type(error)):
        await release.uninstall(FailingHelm(error, after), NAME, seconds=1, unfinished=unfinished)
    assert unfinished == left


async def test_what_ends_well_leaves_nothing_unfinished() -> None:
    unfinished: set[str] = set()
    await release.apply(FakeHelm(), NAME, Path("chart"), {}, seconds=1, unfinished=unfinished)
    assert await release.uninstall(FakeHelm(), NAME, seconds=1, unfinished=unfinished)
    assert unfinished == set()
