"""What of ours is on a cluster: every object that carries a release of ours, or was made by the CLI."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from obsdeploy.pipeline.outside import ClusterApi
from obsdeploy.pipeline.preflight import OWNER_NAME, OWNER_NAMESPACE
from obsdeploy.pipeline.release import Name
from obsdeploy.pipeline.together import together

CLAIMS = "persistentvolumeclaims"
CLUSTER_SCOPED = ("clusterroles", "clusterrolebindings")
NAMESPACED = (
    "configmaps",
    "secrets",
    "services",
    "serviceaccounts",
    CLAIMS,
    "pods",
    "deployments",
    "statefulsets",
    "daemonsets",
    "jobs",
    "roles",
    "rolebindings",
    "ingresses",
    "networkpolicies",
    "poddisruptionbudgets",
)
MANAGED_BY, INSTANCE = "app.kubernetes.io/managed-by", "app.kubernetes.io/instance"
OF_EVERY_NAMESPACE = {("configmaps", "kube-root-ca.crt"), ("serviceaccounts", "default")}


@dataclass(frozen=True, order=True)
class Item:
    """An object by resource (plural), namespace (empty: of the cluster) and name."""

    resource: str
    namespace: str
    name: str

    def __str__(self) -> str:
        place = f" in namespace {self.namespace}" if self.namespace else ""
        return f"{self.resource.removesuffix('s')} {self.name}{place}"


@dataclass(frozen=True)
class Inventory:
    """What is ours, and what else is in the namespaces that we made (which therefore must stay).

    `retained` are volumes that held data of ours, and that by their own policy outlive the claims on them.
    """

    ours: tuple[Item, ...]
    foreign: tuple[Item, ...]
    retained: tuple[Item, ...] = ()

    def of(self, *resources: str) -> tuple[Item, ...]:
        """Ours of these kinds."""
        return tuple(item for item in self.ours if item.resource in resources)


async def take(kube: ClusterApi, names: Sequence[Name], *, claimed: Iterable[Item] = ()) -> Inventory:
    """List all that is ours of these releases, cluster-scoped objects and volumes included.

    Volumes are told by their claims; `claimed` are claims of ours that may be gone already.
    """
    namespaces = sorted({name.namespace for name in names})
    places = [*((resource, None) for resource in CLUSTER_SCOPED), *((each, one) for one in namespaces for each in NAMESPACED)]
    listed = await together(*(kube.list(resource, namespace) for resource, namespace in places))
    volumes = await kube.list("persistentvolumes")
    made = [found for one in namespaces if (found := await kube.read("namespaces", one)) is not None]
    ours, foreign = [], []
    for (resource, namespace), objects in zip(places, listed, strict=True):
        for one in objects:
            item = Item(resource, namespace or "", one["metadata"]["name"])
            if is_ours(one, names):
                ours.append(item)
            elif namespace and (resource, item.name) not in OF_EVERY_NAMESPACE and not _follows(one):
                foreign.append(item)
    claims = {(item.namespace, item.name) for item in (*claimed, *ours) if item.resource == CLAIMS}
    held = [one for one in volumes if _claim(one) in claims]
    ours += [_volume(one) for one in held if not _outlives(one)]
    ours += [Item("namespaces", "", one["metadata"]["name"]) for one in made if _made_by_us(one)]
    return Inventory(tuple(sorted(ours)), tuple(sorted(foreign)), tuple(sorted(_volume(one) for one in held if _outlives(one))))


def _volume(found: Any) -> Item:
    return Item("persistentvolumes", "", found["metadata"]["name"])


def _outlives(volume: Any) -> bool:
    return bool(volume["spec"].get("persistentVolumeReclaimPolicy") == "Retain")


def is_ours(thing: Any, names: Iterable[Name]) -> bool:
    """Whether an object belongs to one of the releases, or was made by the CLI."""
    meta = thing["metadata"]
    notes, labels = meta.get("annotations") or {}, meta.get("labels") or {}
    owner = (notes.get(OWNER_NAME), notes.get(OWNER_NAMESPACE))
    if _made_by_us(thing) or owner in {(name.release, name.namespace) for name in names}:
        return True
    # Neither a StatefulSet's claims and pods nor Helm's own records carry the annotations.
    here = {name.release for name in names if name.namespace == meta.get("namespace")}
    return labels.get(INSTANCE) in here or (labels.get("owner") == "helm" and labels.get("name") in here)


def _made_by_us(thing: Any) -> bool:
    return bool((thing["metadata"].get("labels") or {}).get(MANAGED_BY) == "obsdeploy")


def _follows(thing: Any) -> bool:
    """Whether it goes when its owner goes."""
    return bool(thing["metadata"].get("ownerReferences"))


def _claim(volume: Any) -> tuple[str, str]:
    claim = volume["spec"].get("claimRef") or {}
    return claim.get("namespace", ""), claim.get("name", "")
