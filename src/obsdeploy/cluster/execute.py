"""Commands in containers, run to their end or kept as a pipe: the only importer of `websocket`."""

from __future__ import annotations

import asyncio
import json
import ssl
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from obsdeploy.cluster.resources import path_of
from obsdeploy.errors import EnvironmentProblem

PROTOCOL = "v4.channel.k8s.io"
STDIN, STDOUT, STDERR, STATUS = 0, 1, 2, 3
SECONDS = 10.0
_SHORTEST = 0.01
FORBIDDEN = 403


class CommandFailed(EnvironmentProblem):
    """The command could not be run, or ended badly. What it printed is in the message."""


@dataclass(frozen=True)
class Access:
    """The API server's URL and what logs in there: headers, and for https the TLS context."""

    server: str
    headers: Mapping[str, str]
    tls: ssl.SSLContext | None


@dataclass(frozen=True)
class Container:
    """A container of a pod."""

    namespace: str
    pod: str
    name: str

    def __str__(self) -> str:
        return f"{self.name} of pod {self.namespace}/{self.pod}"


def execute(access: Access, where: Container, command: Sequence[str]) -> str:
    """Run a command and return what it printed on standard output. Blocks for up to `SECONDS` without an answer.

    Raises CommandFailed where the API server refuses it, the connection breaks, or the command's exit code is not 0.
    """
    with _told(where), closing(_connect(access, where, command)) as connection:
        return _read(connection, where)


class Attached:
    """A command at work in a container: bytes to its standard input, bytes from its standard output. Made by `attach`.

    What its other end does shows in `receive`, `ended` and `complaint`; a broken connection ends it like any other end.
    """

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._complaint = b""
        self.ended = False

    @property
    def complaint(self) -> str:
        """What it has said on standard error, and why it could not be run at all."""
        return self._complaint.decode(errors="replace").strip()

    async def send(self, data: bytes) -> None:
        """Write all of it; what comes too late is lost."""
        await asyncio.to_thread(self._send, data)

    async def receive(self, seconds: float) -> bytes:
        """Return what it has printed, waiting for something up to so long; empty where there is nothing (any more)."""
        return b"" if self.ended else await asyncio.to_thread(self._receive, seconds)

    async def close(self) -> None:
        """Let go of it; the command's input ends, and so does the command."""
        await asyncio.to_thread(self._connection.close, timeout=1)

    def _send(self, data: bytes) -> None:
        import websocket

        with suppress(websocket.WebSocketException, OSError):
            self._connection.send_binary(bytes([STDIN]) + data)

    def _receive(self, seconds: float) -> bytes:
        import websocket

        until = time.monotonic() + seconds
        while not self.ended:
            self._connection.settimeout(max(until - time.monotonic(), _SHORTEST))
            try:
                frame = self._connection.recv()
            except websocket.WebSocketTimeoutException:
                return b""
            except (websocket.WebSocketException, OSError):
                frame = ""
            data = frame.encode() if isinstance(frame, str) else frame
            if data[:1] == bytes([STDOUT]) and len(data) > 1:
                return bytes(data[1:])
            self._heed(data)
        return b""

    def _heed(self, data: bytes) -> None:
        if not data:
            self.ended = True
        elif data[0] == STDERR:
            self._complaint += data[1:]
        elif data[0] == STATUS and len(data) > 1:
            self.ended = True
            # Without a word of its own the reason why it did not run is all there is.
            self._complaint = self._complaint or json.loads(data[1:]).get("message", "").encode()


def attach(access: Access, where: Container, command: Sequence[str]) -> Attached:
    """Start a command, its input included. Raises CommandFailed where the API server refuses it or does not answer."""
    with _told(where):
        return Attached(_connect(access, where, command, stdin=True))


def _connect(access: Access, where: Container, command: Sequence[str], *, stdin: bool = False) -> Any:
    import websocket

    streams = [("stdin", "true")] if stdin else []
    streams += [("stdout", "true"), ("stderr", "true")]
    parameters = [("container", where.name), *streams, *(("command", word) for word in command)]
    path = f"{path_of('pods', where.namespace, where.pod)}/exec?{urlencode(parameters)}"
    url = f"{access.server.rstrip('/').replace('http', 'ws', 1)}{path}"
    options: dict[str, Any] = {"sslopt": {"context": access.tls}} if access.tls else {}
    lines = [f"{name}: {value}" for name, value in access.headers.items()]
    return websocket.create_connection(url, timeout=SECONDS, header=lines, subprotocols=[PROTOCOL], **options)


@contextmanager
def _told(where: Container) -> Iterator[None]:
    """Failures of the connection as CommandFailed."""
    import websocket

    try:
        yield
    except websocket.WebSocketBadStatusException as error:
        may = f"May you? kubectl -n {where.namespace} auth can-i create pods/exec"
        missing = "a permission is missing: create pods/exec" if error.status_code == FORBIDDEN else f"status {error.status_code}"
        raise CommandFailed(f"no command can be run in {where}: {missing}", hint=may) from error
    except (websocket.WebSocketException, OSError) as error:
        hint = f"See whether the pod runs: kubectl -n {where.namespace} get pod {where.pod}"
        raise CommandFailed(f"no command can be run in {where}: {error}", hint=hint) from error


def _read(connection: Any, where: Container) -> str:
    printed: dict[int, bytes] = {STDOUT: b"", STDERR: b"", STATUS: b""}
    while not printed[STATUS]:
        frame = connection.recv()
        if not frame:
            break
        data = frame.encode() if isinstance(frame, str) else frame
        printed[data[0]] = printed.get(data[0], b"") + data[1:]
    status = json.loads(printed[STATUS] or "{}")
    if status.get("status") != "Success":
        said = printed[STDERR].decode(errors="replace").strip() or status.get("message", "the connection was closed")
        raise CommandFailed(f"a command failed in {where}: {said}", hint="Is there a shell in that image?")
    return printed[STDOUT].decode(errors="replace")
