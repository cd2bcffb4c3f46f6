"""Starts Python programs as `subprocess` would, but ten times as fast: as forks of a process with their libraries imported."""

from __future__ import annotations

import atexit
import functools
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from tests.fork_server import NUMBER

SERVER = Path(__file__).with_name("fork_server.py")


class Forked:
    """A program that runs or has ended; what tests use of subprocess.Popen."""

    def __init__(self, status: int) -> None:
        self._status = status
        self.returncode: int | None = None
        self.pid = self._number()

    def poll(self) -> int | None:
        """The exit status, negative for a signal; None while it runs."""
        if self.returncode is None and select.select([self._status], [], [], 0)[0]:
            self.returncode = self._number()
            os.close(self._status)
        return self.returncode

    def wait(self, timeout: float) -> int:
        """The exit status, once there is one. Raises subprocess.TimeoutExpired."""
        if self.returncode is None:
            select.select([self._status], [], [], timeout)
        if (code := self.poll()) is None:
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout)
        return code

    def send_signal(self, number: int) -> None:
        """Signal it, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def _number(self) -> int:
        told = os.read(self._status, NUMBER.size)
        assert told, "the fork server has died"
        return int(NUMBER.unpack(told)[0])


class Forks:
    """A fork server that has imported these libraries."""

    def __init__(self, *libraries: str) -> None:
        self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [sys.executable, str(SERVER), str(theirs.fileno()), *libraries]
        env = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
        self._server = subprocess.Popen(
            command,
            env=env,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        theirs.close()

    def start(
        self, program: str, *arguments: str, env: Mapping[str, str], output: IO[Any], errors: IO[Any], cwd: Path | None = None
    ) -> Forked:
        """Start a module (a name) or a script (a path); its standard input is empty."""
        request = {"program": program, "arguments": arguments, "env": dict(env), "cwd": str(cwd or Path.cwd())}
        read, write = os.pipe()
        descriptors = [output.fileno(), errors.fileno(), write]
        try:
            socket.send_fds(self._channel, [json.dumps(request).encode()], descriptors)
        finally:
            os.close(write)
        return Forked(read)

    def run(
        self, program: str, *arguments: str, env: Mapping[str, str], timeout: float, cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run to the end. Raises subprocess.TimeoutExpired."""
        with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
            forked = self.start(program, *arguments, env=env, output=output, errors=errors, cwd=cwd)
            try:
                code = forked.wait(timeout)
            finally:
                forked.send_signal(signal.SIGKILL)
            for file in (output, errors):
                file.seek(0)
            return subprocess.CompletedProcess([program, *arguments], code, output.read(), errors.read())

    def close(self) -> None:
        """End the server; programs that run go on."""
        self._channel.close()
        self._server.wait(timeout=10)


@functools.cache
def forks(*libraries: str) -> Forks:
    """The one server of this test process that has imported these libraries."""
    server = Forks(*libraries)
    atexit.register(server.close)
    return server
