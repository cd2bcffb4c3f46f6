"""`down` on a cluster that is a dictionary: what goes, what stays, and what a purge may not touch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from obsdeploy.cli.down import told
from obsdeploy.errors import EnvironmentProblem, StackUnhealthy
from obsdeploy.helm import Revision
from obsdeploy.pipeline import down, install
from obsdeploy.pipeline.inventory import Item
from obsdeploy.settings.load import load
from tests.unit.pipeline.conftest import FakeCluster, Recorder

SETTINGS = load(profile="prod", env={}, overrides={"timeout": "1s"})
OURS = {"annotations": {"meta.helm.sh/release-name": "obs", "meta.helm.sh/release-namespace": "monitoring"}}
MADE = {"labels": {"app.kubernetes.io/managed-by": "obsdeploy"}}
CLAIMS = "persistentvolumeclaims"
NAMES = (install.stack_name(SETTINGS), install.demo_name())
KUBECTL = "kubectl --context elsewhere"


class FakeHelm:
    """Knows the release obs, whose objects it removes, but for those that it was told to keep."""

    def __init__(self, cluster: FakeCluster, description: str = "obsdeploy 0.1.0", *, keeps: tuple[str, ...] = (CLAIMS,)) -> None:
        self.cluster, self.description, self.keeps, self.there = cluster, description, keeps, True

    async def history(self, release: str, namespace: str) -> Sequence[Revision]:
        known = self.there and release == "obs"
        return (Revision(1, "deployed", "obs-stack", "0.1.0", self.description, None),) if known else ()

    async def uninstall(self, release: str, namespace: str, *, seconds: float) -> bool:
        if release != "obs" or not self.there:
            return False
        self.there = False
        ours = [key for key, one in self.cluster.objects.items() if one["metadata"].get("annotations")]
        for key in ours:
            if key[0] not in self.keeps:
                del self.cluster.objects[key]
        return True

    async def resources(self, release: str, namespace: str) -> list[dict[str, Any]]:
        raise AssertionError("not asked for")

    async def upgrade(
        self, release: str, chart: Path, values: Mapping[str, Any], namespace: str, *, description: str, seconds: float
    ) -> int:
        raise AssertionError("not asked for")


@pytest.fixture
def installed(cluster: FakeCluster) -> FakeCluster:
    cluster.put("namespaces", "monitoring", metadata=MADE)
    cluster.put("deployments", "grafana", "monitoring", metadata=OURS)
    cluster.put("clusterroles", "obs-prometheus-monitoring", metadata=OURS)
    cluster.put(CLAIMS, "grafana", "monitoring", metadata=OURS)
    cluster.put("secrets", "obs-grafana-admin", "monitoring", metadata=MADE)
    return cluster


async def run(cluster: FakeCluster, observer: Recorder, *, purge: bool, helm: FakeHelm | None = None) -> down.Removed:
    return await down._remove(SETTINGS, helm or FakeHelm(cluster), cluster, observer, names=NAMES, unfinished=set(), purge=purge)


async def test_data_credentials_and_namespace_stay_and_are_named(installed: FakeCluster, observer: Recorder) -> None:
    done = await run(installed, observer, purge=False)
    assert done.removed == ("release obs",)
    assert done.left == (
        Item("namespaces", "", "monitoring"),
        Item(CLAIMS, "monitoring", "grafana"),
        Item("secrets", "monitoring", "obs-grafana-admin"),
    )


async def test_a_purge_removes_them_too(installed: FakeCluster, observer: Recorder) -> None:
    done = await run(installed, observer, purge=True)
    assert (done.left, done.foreign) == ((), ())
    assert "secret obs-grafana-admin in namespace monitoring" in done.removed
    assert installed.objects == {}


@pytest.mark.parametrize("keeps", [(CLAIMS,), ()], ids=["claim goes with the purge", "claim goes with the release"])
async def test_a_purge_tells_of_volumes_that_are_retained(
    installed: FakeCluster, observer: Recorder, keeps: tuple[str, ...]
) -> None:
    held = {"claimRef": {"namespace": "monitoring", "name": "grafana"}, "persistentVolumeReclaimPolicy": "Retain"}
    installed.put("persistentvolumes", "pvc-1", spec=held)
    done = await run(installed, observer, purge=True, helm=FakeHelm(installed, keeps=keeps))
    assert (done.left, done.retained) == ((), (Item("persistentvolumes", "", "pvc-1"),))
    assert installed.names("persistentvolumes") == {"pvc-1"}
    said = told(done, KUBECTL, purge=True)
    assert "Left     persistentvolume pvc-1\n" in said
    assert f"\n         {KUBECTL} delete pv pvc-1\n" in said


async def test_a_volume_that_never_goes_fails_the_purge(installed: FakeCluster, observer: Recorder) -> None:
    held = {"claimRef": {"namespace": "monitoring", "name": "grafana"}, "persistentVolumeReclaimPolicy": "Delete"}
    installed.put("persistentvolumes", "pvc-1", spec=held)
    with pytest.raises(StackUnhealthy, match="persistentvolume pvc-1"):
        await run(installed, observer, purge=True)


async def test_a_purge_leaves_what_is_others_and_their_namespace(installed: FakeCluster, observer: Recorder) -> None:
    installed.put("services", "shop", "monitoring")
    done = await run(installed, observer, purge=True)
    assert done.left == (Item("namespaces", "", "monitoring"),)
    assert done.foreign == (Item("services", "monitoring", "shop"),)
    assert set(installed.objects) == {("namespaces", "", "monitoring"), ("services", "monitoring", "shop")}


async def test_a_namespace_that_was_there_before_stays(installed: FakeCluster, observer: Recorder) -> None:
    installed.put("namespaces", "monitoring")
    done = await run(installed, observer, purge=True)
    assert done.left == ()
    assert set(installed.objects) == {("namespaces", "", "monitoring")}


async def test_what_can_not_be_removed_is_named_and_is_a_failure(
    installed: FakeCluster, observer: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(down, "POLL_SECONDS", 0.05)

    async def held(resource: str, name: str, namespace: str | None = None) -> bool:
        return True  # accepted, but a finalizer keeps it

    monkeypatch.setattr(installed, "delete", held)
    with pytest.raises(StackUnhealthy, match=r"3 objects are left after --purge: .*secret obs-grafana-admin"):
        await run(installed, observer, purge=True)


async def test_a_release_that_is_not_ours_is_not_uninstalled(installed: FakeCluster, observer: Recorder) -> None:
    before = dict(installed.objects)
    with pytest.raises(EnvironmentProblem, match="was not installed by obsdeploy"):
        await run(installed, observer, purge=True, helm=FakeHelm(installed, "Install complete"))
    assert installed.objects == before


async def test_nothing_there_is_no_error(cluster: FakeCluster, observer: Recorder) -> None:
    helm = FakeHelm(cluster)
    helm.there = False
    assert await run(cluster, observer, purge=True, helm=helm) == down.Removed(())
