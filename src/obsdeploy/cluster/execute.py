"""Running a command in a container, over the API server's WebSocket protocol: the only importer of `websocket`."""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from obsdeploy.cluster.resources import path_of
from obsdeploy.errors import EnvironmentProblem

PROTOCOL = "v4.channel.k8s.io"
STDOUT, STDERR, STATUS = 1, 2, 3
SECONDS = 10.0
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
    import websocket

    parameters = [("container", where.name), ("stdout", "true"), ("stderr", "true"), *(("command", word) for word in command)]
    path = f"{path_of('pods', where.namespace, where.pod)}/exec?{urlencode(parameters)}"
    url = f"{access.server.rstrip('/').replace('http', 'ws', 1)}{path}"
    options: dict[str, Any] = {"sslopt": {"context": access.tls}} if access.tls else {}
    lines = [f"{name}: {value}" for name, value in access.headers.items()]
    try:
        connection = websocket.create_connection(url, timeout=SECONDS, header=lines, subprotocols=[PROTOCOL], **options)
        with closing(connection):
            return _read(connection, where)
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
