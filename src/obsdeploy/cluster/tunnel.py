"""Port-forwards that outlive pods: a local port whose every connection goes to whichever pod is ready at that time."""

import asyncio
import contextlib
import errno
import socket
from collections.abc import Callable
from typing import Any, Protocol, Self

from obsdeploy.errors import EnvironmentProblem, ObsdeployError

LOOPBACK = "127.0.0.1"
CHUNK = 65536
POD_WAIT_SECONDS = 15.0
POLL_SECONDS = 0.5


class ClusterLike(Protocol):
    """What is needed of the cluster; see `obsdeploy.cluster.kube.Kube`."""

    async def list(self, resource: str, namespace: str | None = None, *, labels: str = "") -> list[Any]:
        """List objects of a resource."""

    async def open_port(self, namespace: str, pod: str, port: int) -> socket.socket:
        """Connect to a port inside a pod."""


def _ignore(_: str) -> None:
    return None


class Tunnel:
    """Forwards a port of this machine's loopback to the pods behind a Service, as an async context manager.

    `on_event` gets a line whenever the pod behind it changes, or there is none.
    """

    def __init__(
        self, kube: ClusterLike, namespace: str, service: str, *, port: int = 0, on_event: Callable[[str], None] = _ignore
    ) -> None:
        self._kube, self._namespace, self._service = kube, namespace, service
        self._wanted, self._on_event = port, on_event
        self._server: asyncio.Server | None = None
        self._pod = ""
        self.port = port

    async def __aenter__(self) -> Self:
        try:
            self._server = await asyncio.start_server(self._serve, LOOPBACK, self._wanted)
        except OSError as error:
            if error.errno not in {errno.EADDRINUSE, errno.EACCES}:
                raise
            raise EnvironmentProblem(
                f"port {self._wanted} of this machine can't be used for {self._service}: {error.strerror}",
                hint="Stop the program that holds it, or choose another port in obsdeploy.yaml: kind.hostPorts.",
            ) from None
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Connections that are open when the command ends are cancelled, which Python 3.11 would report as an error.
        with contextlib.suppress(asyncio.CancelledError):
            await self._forward(reader, writer)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            pod_reader, pod_writer = await self._connect()
        except ObsdeployError as problem:
            self._on_event(f"{self._service}: {problem.message}")
            writer.close()
            return
        await asyncio.gather(_pump(reader, pod_writer), _pump(pod_reader, writer))

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        pod, port = await self._ready_pod()
        opened = await self._kube.open_port(self._namespace, pod, port)
        opened.setblocking(False)
        if pod != self._pod:
            self._on_event(f"{self._service}: {'now ' if self._pod else ''}pod {pod}")
            self._pod = pod
        return await asyncio.open_connection(sock=opened)

    async def _ready_pod(self) -> tuple[str, int]:
        """Name a ready pod and its port, waiting a while for one: the old pod may be gone before the new one is there."""
        loop = asyncio.get_running_loop()
        until = loop.time() + POD_WAIT_SECONDS
        while True:
            labels = f"kubernetes.io/service-name={self._service}"
            for one in await self._kube.list("endpointslices", self._namespace, labels=labels):
                for endpoint in one.get("endpoints") or ():
                    if (endpoint.get("conditions") or {}).get("ready") and endpoint.get("targetRef") and one.get("ports"):
                        return endpoint["targetRef"]["name"], int(one["ports"][0]["port"])
            if loop.time() >= until:
                raise EnvironmentProblem(
                    f"no pod behind Service {self._service} is ready", hint=f"kubectl -n {self._namespace} get pods"
                )
            await asyncio.sleep(POLL_SECONDS)


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    # Either side may go away at any time; the other is closed then, and the client connects again.
    with contextlib.suppress(ConnectionError):
        while data := await source.read(CHUNK):
            sink.write(data)
            await sink.drain()
    sink.close()
