"""The workplace of one step: where it writes, what it may read, and how it runs outside programs."""

import os
import shlex
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO


class CommandError(Exception):
    """An outside program ended with an error; its output is in the step's log."""


class Children:
    """The outside programs under way, so that an interruption stops them in order to end soon."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[str]] = set()
        self._stopped = False

    def run(
        self, command: Sequence[str | Path], cwd: Path, env: Mapping[str, str], output: IO[str] | int, errors: IO[str] | int
    ) -> str:
        """Run a program to its end; returns its standard output if that is a pipe. Raises CommandError."""
        with self._lock:
            if self._stopped:
                raise CommandError("interrupted")
            child = subprocess.Popen(
                list(command),
                cwd=cwd,
                env={**os.environ, **env},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                text=True,
            )
            self._running.add(child)
        try:
            printed, _ = child.communicate()
        finally:
            with self._lock:
                self._running.discard(child)
        if child.returncode:
            raise CommandError(f"{Path(command[0]).name} ended with {child.returncode}")
        return printed or ""

    @contextmanager
    def stopped_on_interrupt(self) -> Iterator[None]:
        """On SIGINT or SIGTERM end all programs and let none begin; the block then ends with KeyboardInterrupt.

        The block itself is not interrupted: an exception at any point of it could leave a lock of a thread pool taken.
        """
        before = {number: signal.signal(number, self._stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
            if self._stopped:
                raise KeyboardInterrupt

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        with self._lock:
            self._stopped = True
            for child in self._running:
                child.terminate()


@dataclass(frozen=True)
class Work:
    """Given to a step's builder.

    `out` becomes the step's result, `scratch` goes away, `inputs` are the results of the needed steps by name,
    `shared` is the cache's own folder, for what outlives a step (Go's module and build caches), `key` the step's own key.
    """

    out: Path
    scratch: Path
    shared: Path
    inputs: Mapping[str, Path]
    key: str
    log: IO[str]
    children: Children

    def run(self, command: Sequence[str | Path], *, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> None:
        """Run a program with its output going to the log. Raises CommandError."""
        self.announce(command)
        self.children.run(command, cwd or self.scratch, env or {}, self.log, subprocess.STDOUT)

    def read(self, command: Sequence[str | Path], *, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> str:
        """Run a program and return what it prints on standard output. Raises CommandError."""
        self.announce(command)
        return self.children.run(command, cwd or self.scratch, env or {}, subprocess.PIPE, self.log)

    def announce(self, command: Sequence[str | Path]) -> None:
        """Write a command to the log, as one would type it."""
        self.log.write(f"$ {shlex.join(str(word) for word in command)}\n")
        self.log.flush()
