"""The workplace of one step: where it writes, what it may read, and how it runs outside programs."""

import os
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO


class CommandError(Exception):
    """An outside program ended with an error; its output is in the step's log."""


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

    def run(
        self,
        command: Sequence[str | Path],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        stdin: Path | None = None,
    ) -> None:
        """Run a program with its output going to the log. Raises CommandError."""
        self._announce(command)
        with open(stdin or os.devnull, "rb") as source:
            code = subprocess.run(
                list(command),
                cwd=cwd or self.scratch,
                env=_environment(env),
                stdin=source,
                stdout=self.log,
                stderr=subprocess.STDOUT,
                check=False,
            ).returncode
        if code:
            raise CommandError(f"{Path(command[0]).name} ended with {code}")

    def read(
        self,
        command: Sequence[str | Path],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> str:
        """Run a program and return what it prints on standard output. Raises CommandError."""
        self._announce(command)
        done = subprocess.run(
            list(command),
            cwd=cwd or self.scratch,
            env=_environment(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
            check=False,
        )
        if done.returncode:
            self.log.write(done.stdout)
            raise CommandError(f"{Path(command[0]).name} ended with {done.returncode}")
        return done.stdout

    def _announce(self, command: Sequence[str | Path]) -> None:
        self.log.write(f"$ {shlex.join(str(word) for word in command)}\n")
        self.log.flush()


def _environment(extra: Mapping[str, str] | None) -> dict[str, str]:
    return {**os.environ, **(extra or {})}
