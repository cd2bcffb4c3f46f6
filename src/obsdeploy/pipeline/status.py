"""`status`: what is there, quickly and without judging it."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

from obsdeploy.checks.revision import Revision, read_newest
from obsdeploy.cluster.kube import Kube
from obsdeploy.cluster.kubeconfig import kubeconfig_paths
from obsdeploy.cluster.workloads import Standing, survey
from obsdeploy.errors import StackUnhealthy
from obsdeploy.pipeline.equipment import Equipment
from obsdeploy.pipeline.install import demo_name, stack_name
from obsdeploy.pipeline.reach import Addresses, addresses, as_published
from obsdeploy.pipeline.reachable import check_reachable
from obsdeploy.pipeline.release import Name
from obsdeploy.pipeline.target import check_exists
from obsdeploy.pipeline.together import together
from obsdeploy.settings.model import Settings


@dataclass(frozen=True)
class ReleaseStatus:
    """A release of ours: its newest revision (None: not installed) and its workloads."""

    name: Name
    revision: Revision | None
    workloads: tuple[Standing, ...]


@dataclass(frozen=True)
class Status:
    """What is there. `kubernetes` is the cluster's version, `kubeconfig` what $KUBECONFIG has to be for kubectl to find it."""

    context: str
    kubeconfig: str
    kubectl: str
    kubernetes: str
    releases: tuple[ReleaseStatus, ...]
    addresses: Addresses
    namespace: str
    secret: str

    @property
    def installed(self) -> bool:
        """Whether the stack is there at all."""
        return self.releases[0].revision is not None


async def status(settings: Settings, equipment: Equipment) -> Status:
    """Look at the cluster. Raises EnvironmentProblem where there is none, or it does not answer."""
    target = equipment.target
    check_exists(target)
    async with await Kube.connect(target.kubeconfig, target.context) as kube:
        version = await check_reachable(kube, equipment)
        published, stack, demo = await together(
            as_published(settings, target, equipment.toolbox),
            _release(kube, stack_name(settings)),
            _release(kube, demo_name()),
        )
    shown = (stack, demo) if demo.revision else (stack,)
    return Status(
        context=target.context,
        kubeconfig=os.pathsep.join(str(path.absolute()) for path in kubeconfig_paths(target.kubeconfig)),
        kubectl=target.kubectl,
        kubernetes=version,
        releases=shown,
        addresses=addresses(published),
        namespace=settings.namespace,
        secret=settings.admin_secret,
    )


async def _release(kube: Kube, name: Name) -> ReleaseStatus:
    try:
        revision = await read_newest(kube, name.namespace, name.release)
    except StackUnhealthy:  # Helm knows of no such release
        return ReleaseStatus(name, None, ())
    return ReleaseStatus(name, revision, tuple(await survey(kube, name.namespace, name.release)))


def ready(workloads: Sequence[Standing]) -> int:
    """How many are settled."""
    return sum(one.settled for one in workloads)
