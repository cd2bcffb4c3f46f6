"""What of ours is on a cluster, and what is not."""

from __future__ import annotations

from obsdeploy.pipeline.inventory import Inventory, Item, take
from obsdeploy.pipeline.release import Name
from tests.unit.pipeline.conftest import FakeCluster

NAMES = (Name("obs", "monitoring", "obs-stack"), Name("saga-demo", "saga-demo", "saga-demo"))
OURS = {"annotations": {"meta.helm.sh/release-name": "obs", "meta.helm.sh/release-namespace": "monitoring"}}
MADE = {"labels": {"app.kubernetes.io/managed-by": "obsdeploy"}}


async def test_all_kinds_of_ours_are_found_cluster_scoped_ones_and_volumes_included(cluster: FakeCluster) -> None:
    cluster.put("services", "grafana", "monitoring", metadata=OURS)
    cluster.put("clusterroles", "obs-prometheus-monitoring", metadata=OURS)
    cluster.put("secrets", "obs-grafana-admin", "monitoring", metadata=MADE)
    cluster.put("secrets", "sh.helm.release.v1.obs.v1", "monitoring", metadata={"labels": {"owner": "helm", "name": "obs"}})
    claim = {"labels": {"app.kubernetes.io/instance": "obs"}}
    cluster.put("persistentvolumeclaims", "storage-alertmanager-0", "monitoring", metadata=claim)
    cluster.put("persistentvolumes", "pvc-1", spec={"claimRef": {"namespace": "monitoring", "name": "storage-alertmanager-0"}})
    cluster.put("namespaces", "monitoring", metadata=MADE)
    found = await take(cluster, NAMES)
    assert set(found.ours) == {
        Item("clusterroles", "", "obs-prometheus-monitoring"),
        Item("namespaces", "", "monitoring"),
        Item("persistentvolumeclaims", "monitoring", "storage-alertmanager-0"),
        Item("persistentvolumes", "", "pvc-1"),
        Item("secrets", "monitoring", "obs-grafana-admin"),
        Item("secrets", "monitoring", "sh.helm.release.v1.obs.v1"),
        Item("services", "monitoring", "grafana"),
    }
    assert found.foreign == ()


async def test_a_volume_that_outlives_its_claim_is_known_by_it_and_is_apart(cluster: FakeCluster) -> None:
    held = {"claimRef": {"namespace": "monitoring", "name": "grafana"}}
    cluster.put("persistentvolumes", "pvc-1", spec={**held, "persistentVolumeReclaimPolicy": "Retain"})
    cluster.put("persistentvolumes", "pvc-2", spec={**held, "persistentVolumeReclaimPolicy": "Delete"})
    claimed = (Item("persistentvolumeclaims", "monitoring", "grafana"),)
    found = await take(cluster, NAMES, claimed=claimed)
    assert found.ours == (Item("persistentvolumes", "", "pvc-2"),)
    assert found.retained == (Item("persistentvolumes", "", "pvc-1"),)
    assert await take(cluster, NAMES) == Inventory((), ())


async def test_what_is_others_is_not_ours(cluster: FakeCluster) -> None:
    theirs = {"annotations": {"meta.helm.sh/release-name": "obs", "meta.helm.sh/release-namespace": "elsewhere"}}
    cluster.put("clusterroles", "obs-prometheus-elsewhere", metadata=theirs)
    cluster.put("services", "shop", "monitoring")
    cluster.put("secrets", "sh.helm.release.v1.shop.v1", "monitoring", metadata={"labels": {"owner": "helm", "name": "shop"}})
    cluster.put("persistentvolumes", "pvc-2", spec={"claimRef": {"namespace": "shop", "name": "data"}})
    cluster.put("namespaces", "monitoring")
    found = await take(cluster, NAMES)
    assert found.ours == ()
    assert set(found.foreign) == {
        Item("secrets", "monitoring", "sh.helm.release.v1.shop.v1"),
        Item("services", "monitoring", "shop"),
    }


async def test_what_every_namespace_has_keeps_none_alive(cluster: FakeCluster) -> None:
    cluster.put("configmaps", "kube-root-ca.crt", "monitoring")
    cluster.put("serviceaccounts", "default", "monitoring")
    cluster.put("pods", "left-over", "monitoring", metadata={"ownerReferences": [{"kind": "ReplicaSet"}]})
    assert (await take(cluster, NAMES)).foreign == ()


def test_items_read_well() -> None:
    assert str(Item("persistentvolumeclaims", "monitoring", "grafana")) == "persistentvolumeclaim grafana in namespace monitoring"
    assert str(Item("clusterroles", "", "r")) == "clusterrole r"
