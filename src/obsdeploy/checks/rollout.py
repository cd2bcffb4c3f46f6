"""Whose word does Prometheus have: that of this release's exporter, or of the one before, which stays until this is ready?"""

from __future__ import annotations

from obsdeploy.checks.context import Context
from obsdeploy.checks.prometheus import active_targets
from obsdeploy.checks.targets import Target
from obsdeploy.checks.times import epoch
from obsdeploy.cluster.pods import condition
from obsdeploy.cluster.workloads import explained
from obsdeploy.errors import StackUnhealthy


async def unasked(context: Context, deployment: str, job: str) -> list[Target]:
    """Return the job's targets that have not been scraped since the exporter behind them got ready: what is known is older.

    Raises StackUnhealthy where this release's exporter is not ready, and another release's may answer in its place.
    """
    since = await _ready_since(context, deployment)
    return [one for one in await active_targets(context) if one.job == job and (not one.last or one.last < since)]


async def _ready_since(context: Context, deployment: str) -> float:
    found = await context.kube.read("deployments", deployment, context.namespace)
    if found is None:
        # No exporter, no word: its target is down, and release.workloads says why.
        return 0.0
    standing = await explained(context.kube, "deployments", found)
    if not standing.settled:
        command = f"kubectl -n {context.namespace} describe deployment {deployment}"
        hint = f"Until it is ready another release's may answer in its place. See: {command}"
        raise StackUnhealthy(f"{deployment} of this release is not ready: {standing.why}", hint=hint)
    selector = found["spec"]["selector"]["matchLabels"].items()
    pods = await context.kube.list("pods", context.namespace, labels=f"app.kubernetes.io/instance={context.release}")
    ours = [pod for pod in pods if selector <= (pod["metadata"].get("labels") or {}).items()]
    return max((epoch(condition(pod, "Ready").get("lastTransitionTime") or "") for pod in ours), default=0.0)
