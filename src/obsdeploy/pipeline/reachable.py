"""Whether a cluster answers, and what to say where our own does not."""

from obsdeploy.cluster.kind import ClusterState
from obsdeploy.errors import EnvironmentProblem
from obsdeploy.pipeline.equipment import Equipment
from obsdeploy.pipeline.outside import ClusterApi
from obsdeploy.pipeline.target import kind_of


async def check_reachable(kube: ClusterApi, equipment: Equipment) -> str:
    """Return the cluster's version. Raises EnvironmentProblem where it does not answer, saying if our own only sleeps."""
    try:
        return str((await kube.get("/version"))["gitVersion"])
    except EnvironmentProblem:
        if equipment.target.own is None:
            raise
        state, _ = await kind_of(equipment.target, equipment.toolbox).state()
        if state is ClusterState.RUNNING:
            raise
        raise sleeping(equipment.target.own, state) from None


def sleeping(cluster: str, state: ClusterState) -> EnvironmentProblem:
    """The problem of a cluster of our own that is there and does not run."""
    return EnvironmentProblem(
        f"kind cluster {cluster} is {state}",
        hint="'obsdeploy up' makes it whole and starts it; 'obsdeploy down --cluster' deletes it.",
    )
