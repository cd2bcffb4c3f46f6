"""Makes pods see changed ConfigMaps at once: the kubelet syncs a pod's volumes when the pod changes, else up to 90 s later."""

import time
from typing import Any

from obsdeploy.pipeline.outside import ClusterApi

ANNOTATION = "obsdeploy.dev/synced"
READERS = ("prometheus-server", "grafana", "alertmanager")


async def nudge(kube: ClusterApi, namespace: str) -> int:
    """Touch the pods that read our ConfigMaps; returns how many were touched."""
    now = str(int(time.time()))
    pods = [one["metadata"]["name"] for one in await kube.list("pods", namespace) if _reads(one)]
    for name in pods:
        await kube.patch("pods", name, {"metadata": {"annotations": {ANNOTATION: now}}}, namespace)
    return len(pods)


def _reads(pod: Any) -> bool:
    return pod["metadata"]["name"].startswith(READERS) and not pod["metadata"].get("deletionTimestamp")
