"""Category cluster: what everything else stands on."""

from __future__ import annotations

from obsdeploy.checks.context import Context, Json
from obsdeploy.checks.model import Check, Hint, Outcome, Severity, failed, passed, warned
from obsdeploy.cluster.pods import condition

PRESSURES = ("DiskPressure", "MemoryPressure", "PIDPressure")
DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"


async def api(context: Context) -> Outcome:
    """Whether the API server answers."""
    version = await context.kube.get("/version")
    return passed(f"Kubernetes {version['gitVersion']}")


async def nodes(context: Context) -> Outcome:
    """Whether every node is ready, and none is short of something."""
    found = await context.kube.list("nodes")
    troubles = [f"{n['metadata']['name']}: {_why_not(n)}" for n in found if condition(n, "Ready").get("status") != "True"]
    if troubles or not found:
        hint = Hint("Pods of the stack can't run there; see what the node says.", "kubectl describe nodes")
        said = f"{len(troubles)} of {len(found)} nodes are not ready" if found else "the cluster has no nodes"
        return failed(said, *troubles, hint=hint)
    short = [f"{n['metadata']['name']}: {p}" for n in found for p in PRESSURES if condition(n, p).get("status") == "True"]
    if short:
        hint = Hint("The kubelet evicts pods until the pressure is gone.", "kubectl describe nodes")
        return warned("a node runs short and may evict pods", *short, hint=hint)
    return passed(f"{len(found)} of {len(found)} ready")


def _why_not(node: Json) -> str:
    ready = condition(node, "Ready")
    return str(ready.get("message") or ready.get("reason") or "it has not reported")


async def storage(context: Context) -> Outcome:
    """Whether volumes can be had: a default storage class, or no claim that would want one."""
    classes = await context.kube.list("storageclasses")
    default = [c["metadata"]["name"] for c in classes if (c["metadata"].get("annotations") or {}).get(DEFAULT_CLASS) == "true"]
    if default:
        return passed(f"default storage class: {', '.join(default)}")
    claims = await context.kube.list("persistentvolumeclaims", context.namespace)
    if claims and all((c.get("status") or {}).get("phase") == "Bound" for c in claims):
        return passed(f"no default storage class, and none is needed: all {len(claims)} volume claims are bound")
    known = ", ".join(c["metadata"]["name"] for c in classes) or "none at all"
    hint = Hint("Mark one as the default, or name one in obsdeploy.yaml: storage: {className: NAME}.", "kubectl get storageclass")
    return failed(f"the cluster has no default storage class (there is: {known})", hint=hint)


CHECKS = (
    Check("cluster.api", "the API server answers", api, severity=Severity.FATAL),
    Check("cluster.nodes", "every node is ready", nodes),
    Check("cluster.storage", "volumes can be had", storage),
)
