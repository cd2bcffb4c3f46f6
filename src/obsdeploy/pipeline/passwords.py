"""Redis' exporter reads its passwords when it starts: one that started before they were last written is started anew."""

import time

from obsdeploy.pipeline.outside import ClusterApi, Json
from obsdeploy.settings.model import RELEASE
from obsdeploy.writing import REDIS_SECRET

DEPLOYMENT = "redis-exporter"
RESTARTED = "obsdeploy.dev/restarted"
_LABELS = f"app.kubernetes.io/instance={RELEASE},app.kubernetes.io/name=prometheus-redis-exporter"


async def restart_outdated(kube: ClusterApi, namespace: str) -> bool:
    """Restart the exporter as `kubectl rollout restart` does, if one of its pods is older than the passwords that it reads.

    Asked of the cluster rather than remembered, so that an interrupted run leaves nothing to be forgotten.
    """
    secret = await kube.read("secrets", REDIS_SECRET, namespace)
    if secret is None:
        return False
    written = _written(secret["metadata"])
    readers = [pod["metadata"] for pod in await kube.list("pods", namespace, labels=_LABELS) if _reads(pod)]
    if all(meta["creationTimestamp"] >= written for meta in readers if not meta.get("deletionTimestamp")):
        return False
    template = {"metadata": {"annotations": {RESTARTED: f"{time.time():.0f}"}}}
    await kube.patch("deployments", DEPLOYMENT, {"spec": {"template": template}}, namespace)
    return True


def _reads(pod: Json) -> bool:
    """Whether it has the passwords: where the first one has just been named, Helm is replacing a pod that has none."""
    return any((volume.get("secret") or {}).get("secretName") == REDIS_SECRET for volume in pod["spec"].get("volumes") or ())


def _written(meta: Json) -> str:
    """When somebody last wrote it; the API server's times can be compared as they stand."""
    written = [entry["time"] for entry in meta.get("managedFields") or [] if entry.get("time")]
    return max(map(str, (meta["creationTimestamp"], *written)))
