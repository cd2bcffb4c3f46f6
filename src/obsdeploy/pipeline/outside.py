"""What the pipeline needs of the world, as narrow Protocols: a cluster, Helm, kind and docker."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from obsdeploy.cluster.docker import Container
from obsdeploy.cluster.kind import ClusterState, PortMapping

Json = Any


class ClusterApi(Protocol):
    """The Kubernetes API; see `obsdeploy.cluster.kube.Kube`. Methods raise EnvironmentProblem where they get no good answer."""

    async def get(self, path: str, **params: str) -> Json:
        """GET an API path."""

    async def list(self, resource: str, namespace: str | None = None, *, labels: str = "", fields: str = "") -> list[Json]:
        """List objects of a resource."""

    async def read(self, resource: str, name: str, namespace: str | None = None) -> Json | None:
        """Return one object, or None."""

    async def create(self, resource: str, body: Json, namespace: str | None = None) -> Json:
        """Create an object."""

    async def patch(self, resource: str, name: str, change: Json, namespace: str | None = None) -> Json:
        """Apply a merge patch."""

    async def delete(self, resource: str, name: str, namespace: str | None = None) -> bool:
        """Delete an object; False where there was none."""

    async def allowed(self, verb: str, resource: str, namespace: str | None = None) -> bool:
        """Whether these credentials may do that."""


class Revision(Protocol):
    """One entry of a release's history."""

    @property
    def number(self) -> int:
        """1 for the first."""

    @property
    def status(self) -> str:
        """Helm's word: deployed, failed, pending-upgrade and so on."""

    @property
    def chart(self) -> str:
        """The chart's name."""

    @property
    def chart_version(self) -> str:
        """The chart's version."""

    @property
    def description(self) -> str:
        """What whoever installed it said of it."""

    @property
    def updated(self) -> datetime | None:
        """When it got its status."""

    @property
    def pending(self) -> bool:
        """Whether an operation has begun and not ended."""


class HelmApi(Protocol):
    """Helm on one cluster; see `obsdeploy.helm.Helm`."""

    async def history(self, release: str, namespace: str) -> Sequence[Revision]:
        """Kept revisions, oldest first."""

    async def resources(self, release: str, namespace: str) -> list[dict[str, Any]]:
        """Objects of the current revision."""

    async def upgrade(
        self, release: str, chart: Path, values: Mapping[str, Any], namespace: str, *, description: str, seconds: float
    ) -> int:
        """Install or upgrade; the new revision's number."""

    async def uninstall(self, release: str, namespace: str, *, seconds: float) -> bool:
        """Uninstall; False where there was no such release."""


class DockerApi(Protocol):
    """A docker engine; see `obsdeploy.cluster.docker.Docker`."""

    async def has_image(self, reference: str) -> bool:
        """Whether the engine has an image."""

    async def load(self, archive: Path) -> None:
        """Load an image archive."""

    async def build(self, context: Path, tag: str) -> None:
        """Build an image."""

    async def save(self, reference: str, archive: Path) -> None:
        """Write an image to an archive."""

    async def publisher(self, port: int) -> str | None:
        """The container that publishes a port."""


class KindApi(Protocol):
    """One kind cluster; see `obsdeploy.cluster.kind.Kind`."""

    @property
    def name(self) -> str:
        """The cluster's name."""

    async def state(self) -> tuple[ClusterState, Container | None]:
        """What is there of it."""

    async def create(self, *, ports: Iterable[PortMapping], image: str | None, on_step: Callable[[str], None]) -> None:
        """Make it."""

    async def export_kubeconfig(self) -> None:
        """Write its kubeconfig."""

    async def delete(self) -> None:
        """Delete it."""

    async def start(self) -> None:
        """Start its stopped node."""

    async def images(self) -> frozenset[str]:
        """Images in its node."""

    async def load(self, archive: Path) -> None:
        """Load an image archive into its node."""
