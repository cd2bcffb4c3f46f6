"""Images of a bundle, and the demo's, into the node of our own cluster: only those that it lacks."""

import asyncio
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from obsdeploy import __version__, assets
from obsdeploy.cluster.kind import ClusterState
from obsdeploy.pipeline.outside import DockerApi, KindApi
from obsdeploy.pipeline.progress import Running

if TYPE_CHECKING:
    from obsdeploy.bundle import Bundle

DEMO_IMAGE = f"docker.io/obsdeploy/saga-demo:{__version__}"


async def load_bundled(node: KindApi, bundle: "Bundle", running: Running) -> int:
    """Load what the bundle has and the node lacks; returns how many images that was."""
    there = await node.images()
    lacking = [image for image in bundle.manifest.images if image.ref not in there]
    for number, image in enumerate(lacking, 1):
        running.waiting(f"loading {image.ref} ({number} of {len(lacking)})")
        await node.load(await asyncio.to_thread(bundle.image, image))
    return len(lacking)


async def build_demo(docker: DockerApi, running: Running) -> None:
    """Build the demo's image from the code that comes with obsdeploy, unless docker has it."""
    if not await docker.has_image(DEMO_IMAGE):
        running.waiting("docker builds the demo shop's image")
        await docker.build(assets.demo_source(), DEMO_IMAGE)


async def load_demo(node: KindApi, docker: DockerApi, running: Running) -> bool:
    """Bring the demo's image from docker into the node, unless it is there; True if it was brought."""
    if DEMO_IMAGE in await node.images():
        return False
    running.waiting(f"loading {DEMO_IMAGE}")
    with tempfile.TemporaryDirectory(prefix="obsdeploy-") as folder:
        archive = Path(folder) / "saga-demo.tar"
        await docker.save(DEMO_IMAGE, archive)
        await node.load(archive)
    return True


async def node_has_demo(node: KindApi) -> bool:
    """Whether the demo's image is in the node already, as far as the node runs."""
    state, _ = await node.state()
    return state is ClusterState.RUNNING and DEMO_IMAGE in await node.images()


def bundled_demo(bundle: "Bundle | None") -> bool:
    """Whether the bundle has the demo's image."""
    return bundle is not None and any(image.ref == DEMO_IMAGE for image in bundle.manifest.images)
