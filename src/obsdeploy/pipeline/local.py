"""What this machine must have before anything is changed: tools, a running docker, free ports, a kubeconfig."""

from typing import TYPE_CHECKING

from obsdeploy.cluster.docker import Docker
from obsdeploy.cluster.kind import Kind
from obsdeploy.errors import EnvironmentProblem
from obsdeploy.pipeline.equipment import Equipment
from obsdeploy.pipeline.images import bundled_demo
from obsdeploy.pipeline.preflight import check_ports
from obsdeploy.pipeline.target import check_exists
from obsdeploy.pipeline.together import together
from obsdeploy.pipeline.work import Machine
from obsdeploy.settings.model import Settings

if TYPE_CHECKING:
    from obsdeploy.bundle import Bundle


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


def demo_can_be_had(settings: Settings, machine: Machine, bundle: "Bundle | None") -> None:
    """Raise EnvironmentProblem where an image of the demo could get to no node."""
    if not settings.demo.enabled:
        return
    if machine.kind is None and not bundled_demo(bundle) and settings.image_registry is None:
        raise EnvironmentProblem(
            "the demo shop's image is published nowhere, and this cluster is not ours to load it into",
            hint="Try the demo on a cluster of obsdeploy's own (leave --context out), or push the image to a registry of yours "
            "and name that with imageRegistry.",
        )
    if settings.demo.kafka and bundle is not None and "kafka" in bundle.manifest.missing:
        raise EnvironmentProblem(
            f"the bundle {bundle.folder} has no image of Kafka, which demo.kafka asks for",
            hint="Leave demo.kafka out, or use a bundle with Kafka (python -m lab build makes one).",
        )
