"""Our own local cluster: a kind cluster of one node, with a kubeconfig of its own."""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from obsdeploy import paths, process
from obsdeploy.cluster.docker import Container, Docker
from obsdeploy.errors import EnvironmentProblem

STEP_LINE = re.compile(r"^\s*•\s*(?P<what>.+?)[\s.…]*$")
EMOJI = re.compile(r"[^\x00-\x7F]")
LISTEN_ADDRESS = "127.0.0.1"


class ClusterState(StrEnum):
    """What is there of a cluster."""

    ABSENT = "absent"
    HALF_MADE = "half-made"
    STOPPED = "stopped"
    RUNNING = "running"


@dataclass(frozen=True)
class PortMapping:
    """A port of this machine that leads to a NodePort."""

    host: int
    node: int


@dataclass(frozen=True)
class Kind:
    """One kind cluster by name; `kubeconfig` is a file that belongs to it alone."""

    binary: Path
    docker: Docker
    name: str
    kubeconfig: Path

    @property
    def context(self) -> str:
        """Its context's name in the kubeconfig."""
        return f"kind-{self.name}"

    @property
    def node(self) -> str:
        """The name of its one node's container."""
        return f"{self.name}-control-plane"

    @property
    def _unfinished(self) -> Path:
        return self.kubeconfig.with_suffix(".creating")

    async def state(self) -> tuple[ClusterState, Container | None]:
        """Look at the node's container and at our mark of an unfinished creation."""
        container = await self.docker.container(self.node)
        if container is None:
            return ClusterState.ABSENT, None
        if self._unfinished.exists():
            return ClusterState.HALF_MADE, container
        return (ClusterState.RUNNING if container.running else ClusterState.STOPPED), container

    async def create(self, *, ports: Iterable[PortMapping], image: str | None, on_step: Callable[[str], None]) -> None:
        """Make the cluster, of kind's own default node image if `image` is None.

        `on_step` gets kind's own names for what it is at. An interrupted creation leaves a mark, so that the next call
        to `state` knows the cluster to be unfinished.
        """
        paths.private_dir(self.kubeconfig.parent)
        self._unfinished.touch()
        argv: list[str | Path] = ["create", "cluster", "--name", self.name, "--kubeconfig", self.kubeconfig, "--config", "-"]
        if image is not None:
            argv += ["--image", image]
        document = json.dumps(cluster_config(ports)).encode()
        result = await process.run([self.binary, *argv], stdin=document, on_stderr=lambda line: _report(line, on_step))
        if not result.ok:
            raise _creation_problem(result)
        self.kubeconfig.chmod(0o600)
        self._unfinished.unlink()

    async def export_kubeconfig(self) -> None:
        """Write the kubeconfig file of a cluster that exists."""
        paths.private_dir(self.kubeconfig.parent)
        result = await process.run([self.binary, "export", "kubeconfig", "--name", self.name, "--kubeconfig", self.kubeconfig])
        if not result.ok:
            raise EnvironmentProblem(
                f"the kind cluster {self.name} exists, but gives no kubeconfig: {result.last_words}",
                hint="It seems to be broken: 'obsdeploy down --cluster' deletes it, 'obsdeploy up' makes it anew.",
            )
        self.kubeconfig.chmod(0o600)

    async def delete(self) -> None:
        """Delete the cluster and its kubeconfig; nothing happens where there is none."""
        result = await process.run([self.binary, "delete", "cluster", "--name", self.name, "--kubeconfig", self.kubeconfig])
        if not result.ok:
            raise EnvironmentProblem(
                f"kind could not delete the cluster {self.name}: {result.last_words}", hint=f"Try: docker rm --force {self.node}"
            )
        self.kubeconfig.unlink(missing_ok=True)
        self._unfinished.unlink(missing_ok=True)

    async def start(self) -> None:
        """Start the node of a stopped cluster (kind does not after a restart of the machine)."""
        await self.docker.start(self.node)

    async def images(self) -> frozenset[str]:
        """Names of the images in the node."""
        return await self.docker.node_images(self.node)

    async def load(self, archive: Path) -> None:
        """Load an image archive into the node."""
        result = await process.run([self.binary, "load", "image-archive", archive, "--name", self.name])
        if not result.ok:
            raise EnvironmentProblem(
                f"kind could not load {archive.name} into the node: {result.last_words}",
                hint="See whether the archive is whole and the disk has room: docker system df",
            )


def cluster_config(ports: Iterable[PortMapping]) -> dict[str, Any]:
    """The kind config: one node, whose ports listen on this machine's loopback only (kind's default is every address)."""
    mappings = [
        {"containerPort": port.node, "hostPort": port.host, "listenAddress": LISTEN_ADDRESS, "protocol": "TCP"} for port in ports
    ]
    node = {"role": "control-plane", "extraPortMappings": mappings}
    return {"kind": "Cluster", "apiVersion": "kind.x-k8s.io/v1alpha4", "nodes": [node]}


def _report(line: str, on_step: Callable[[str], None]) -> None:
    if match := STEP_LINE.match(EMOJI.sub(lambda found: found[0] if found[0] in "•…" else "", line)):
        on_step(match["what"].strip())


def _creation_problem(result: process.Finished) -> EnvironmentProblem:
    reasons = [line.removeprefix("ERROR: ") for line in result.stderr.splitlines() if line.startswith("ERROR: ")]
    why = reasons[0] if reasons else result.last_words
    if "port is already allocated" in result.stderr or "address already in use" in result.stderr:
        hint = "Another program took a port in the meantime: free it, or choose others with kind.hostPorts in obsdeploy.yaml."
    else:
        hint = "Run again with -v for kind's own words; 'obsdeploy up' starts over with a clean cluster."
    problem = EnvironmentProblem(f"kind could not create the cluster: {why}", hint=hint)
    problem.add_note(result.stderr)
    return problem
