"""A Redis exporter that is older than its passwords is restarted, and no other."""

from typing import Any

import pytest

from obsdeploy.pipeline.passwords import restart_outdated
from tests.unit.pipeline.conftest import FakeCluster

MADE, LATER, LATEST = "2026-01-01T10:00:00Z", "2026-01-01T10:05:00Z", "2026-01-01T10:09:00Z"


def passwords(cluster: FakeCluster, *written: str) -> None:
    meta = {"creationTimestamp": MADE, "managedFields": [{"manager": "obsdeploy", "time": time} for time in written]}
    cluster.put("secrets", "obs-redis-passwords", "monitoring", metadata=meta)


def exporter(cluster: FakeCluster, name: str, started: str, *, reads: bool = True, **meta: Any) -> None:
    volumes = [{"name": "tmp", "emptyDir": {}}, *([{"name": "auth", "secret": {"secretName": "obs-redis-passwords"}}] * reads)]
    cluster.put("pods", name, "monitoring", metadata={"creationTimestamp": started, **meta}, spec={"volumes": volumes})


@pytest.fixture(autouse=True)
def _deployment(cluster: FakeCluster) -> None:
    cluster.put("deployments", "redis-exporter", "monitoring")


async def test_one_that_started_before_its_passwords_were_written_is_restarted(cluster: FakeCluster) -> None:
    passwords(cluster, MADE, LATEST)
    exporter(cluster, "redis-exporter-1", LATER)
    assert await restart_outdated(cluster, "monitoring")
    changed = cluster.objects["deployments", "monitoring", "redis-exporter"]
    assert "obsdeploy.dev/restarted" in changed["spec"]["template"]["metadata"]["annotations"]


@pytest.mark.parametrize("written", [(), (MADE,), (LATER,)], ids=["as it was made", "written with it", "in the same second"])
async def test_one_that_has_read_them_is_left_alone(cluster: FakeCluster, written: tuple[str, ...]) -> None:
    passwords(cluster, *written)
    exporter(cluster, "redis-exporter-1", LATER)
    exporter(cluster, "redis-exporter-0", MADE, deletionTimestamp=LATER)
    assert not await restart_outdated(cluster, "monitoring")
    assert cluster.calls == []


async def test_one_that_has_none_yet_is_for_helm_to_replace(cluster: FakeCluster) -> None:
    passwords(cluster, LATEST)
    exporter(cluster, "redis-exporter-1", LATER, reads=False)
    cluster.put("pods", "bare", "monitoring", metadata={"creationTimestamp": LATER}, spec={})
    assert not await restart_outdated(cluster, "monitoring")
    assert cluster.calls == []


async def test_without_passwords_there_is_nothing_to_read(cluster: FakeCluster) -> None:
    exporter(cluster, "redis-exporter-1", MADE)
    assert not await restart_outdated(cluster, "monitoring")
