"""Outside programs as awaitable calls that stop when the caller is cancelled.

Each child leads a process group of its own: Ctrl-C in a terminal reaches obsdeploy alone, which then stops its children
in order (helm marks its release as failed, instead of leaving it pending) and reports.
"""

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

GRACE_SECONDS = 8.0
"""How long a child may take to end itself before it is killed: helm needs a second or two to record what it did."""

STDERR_LINES_KEPT = 200
_alive: set[int] = set()


@dataclass(frozen=True)
class Finished:
    """How a program ended."""

    returncode: int
    stdout: str
    stderr: str

    @property
    def ok(self) -> bool:
        """Whether it exited with 0."""
        return self.returncode == 0

    @property
    def last_words(self) -> str:
        """The last line of its stderr that says something: mostly the reason why it failed."""
        lines = [line.strip() for line in self.stderr.splitlines() if line.strip()]
        return lines[-1] if lines else f"exit status {self.returncode}, and no message"


async def run(
    argv: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    stdin: bytes | None = None,
    on_stderr: Callable[[str], None] | None = None,
) -> Finished:
    """Run a program to its end.

    `env` is its whole environment; this process's own if None. `on_stderr` gets each line as it comes. Cancelling the
    call ends the program's whole process group: politely, and after `GRACE_SECONDS` for good.

    Raises:
        OSError: The program can't be started.
    """
    process = await _started(argv, env, asyncio.subprocess.DEVNULL if stdin is None else asyncio.subprocess.PIPE)
    _alive.add(process.pid)
    try:
        stdout, stderr, _ = await asyncio.gather(_read(process.stdout), _lines(process.stderr, on_stderr), _feed(process, stdin))
        returncode = await process.wait()
    except BaseException:
        await asyncio.shield(_stop(process))
        raise
    finally:
        _alive.discard(process.pid)
    return Finished(returncode, stdout.decode(errors="replace"), stderr)


def kill_all() -> None:
    """Kill every program that runs: for somebody who asks a second time."""
    for pid in _alive:
        _signal_group(pid, signal.SIGKILL)


async def _started(argv: Sequence[str | Path], env: Mapping[str, str] | None, stdin: int) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    starting = asyncio.ensure_future(
        asyncio.create_subprocess_exec(*map(str, argv), stdin=stdin, stdout=pipe, stderr=pipe, env=env, start_new_session=True)
    )
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        # asyncio would kill the program, and wait for children of its own that hold its output.
        with contextlib.suppress(OSError):
            await _stop(await starting)
        raise


async def _feed(process: asyncio.subprocess.Process, data: bytes | None) -> None:
    if process.stdin is None or data is None:
        return
    # A program that exits without reading says why on stderr; the broken pipe adds nothing to that.
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        process.stdin.write(data)
        await process.stdin.drain()
    process.stdin.close()


async def _read(stream: asyncio.StreamReader | None) -> bytes:
    return b"" if stream is None else await stream.read()


async def _lines(stream: asyncio.StreamReader | None, on_line: Callable[[str], None] | None) -> str:
    kept: list[str] = []
    while stream is not None:
        try:
            raw = await stream.readline()
        except ValueError:  # a line longer than the stream's limit: its start has been dropped, go on with the rest
            continue
        if not raw:
            break
        line = raw.decode(errors="replace").rstrip("\r\n")
        kept = [*kept[-STDERR_LINES_KEPT:], line]
        if on_line is not None:
            on_line(line)
    return "\n".join(kept)


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    _signal_group(process.pid, signal.SIGTERM)
    try:
        await asyncio.wait_for(process.wait(), GRACE_SECONDS)
    except TimeoutError:
        _signal_group(process.pid, signal.SIGKILL)
        await process.wait()


def _signal_group(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)
