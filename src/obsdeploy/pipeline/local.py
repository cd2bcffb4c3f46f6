"""What this machine must have before anything is changed: tools, a running docker, free ports, a kubeconfig."""

from obsdeploy.cluster.docker import Docker
from obsdeploy.cluster.kind import Kind
from obsdeploy.errors import EnvironmentProblem
from obsdeploy.pipeline.equipment import Equipment
from obsdeploy.pipeline.preflight import check_ports
from obsdeploy.pipeline.target import check_exists
from obsdeploy.pipeline.together import together
from obsdeploy.pipeline.work import Machine
from obsdeploy.settings.model import Settings


async def look(settings: Settings, equipment: Equipment) -> Machine:
    """Check the machine. Raises EnvironmentProblem for the first thing that is missing."""
    target, toolbox = equipment.target, equipment.toolbox
    if target.own is None or target.kubeconfig is None:
        check_exists(target)
        helm = equipment.helm()
        await helm.version()
        return Machine(helm)
    docker = Docker(toolbox.find("docker"))
    kind = Kind(toolbox.find("kind"), docker, target.own, target.kubeconfig)
    helm = equipment.helm()
    await together(docker.check_running(), helm.version())
    if settings.on_host_ports:
        _, node = await kind.state()
        await check_ports(settings, node, docker)
    return Machine(helm, kind, docker)


def demo_can_be_had(settings: Settings, machine: Machine, *, bundled: bool) -> None:
    """Raise EnvironmentProblem where the demo's image could get to no node."""
    if settings.demo.enabled and machine.kind is None and not bundled and settings.image_registry is None:
        raise EnvironmentProblem(
            "the demo shop's image is published nowhere, and this cluster is not ours to load it into",
            hint="Try the demo on a cluster of obsdeploy's own (leave --context out), or push the image to a registry of yours "
            "and name that with imageRegistry.",
        )
