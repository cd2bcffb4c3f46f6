"""A Python process that has imported libraries and forks for each program it is asked to run: `fork_server.py FD LIBRARY...`.

Importing what they all import takes most of the life of a short program, and a test suite runs a hundred of them. What
runs in a fork is the program from its first line on, in a process of its own that ends as any Python does: only libraries
are there already, none of the project's modules.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import signal
import socket
import struct
import sys
import threading
from pathlib import Path
from typing import Any

REQUEST_BYTES = 1 << 17
NUMBER = struct.Struct("=i")


def main() -> None:
    """Serve until whoever asks is gone; in a fork, be the program."""
    channel = socket.socket(fileno=int(sys.argv[1]))
    sys.path.remove(str(Path(__file__).parent))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for library in sys.argv[2:]:
        importlib.import_module(library)
    assert threading.active_count() == 1, "a library started a thread, which no fork would have"
    gc.freeze()
    program = _next_program(channel)
    if program is not None:
        channel.close()
        _be(**program)


def _next_program(channel: socket.socket) -> dict[str, Any] | None:
    """Fork for each request and return it in the fork; returns None in the server, when there are no more."""
    while True:
        request, descriptors, _, _ = socket.recv_fds(channel, REQUEST_BYTES, 3)
        if not request:
            return None
        if os.fork() == 0:
            if _is_program(*descriptors):
                return dict(json.loads(request))
            os._exit(0)
        for descriptor in descriptors:
            os.close(descriptor)
        _reap()


def _is_program(output: int, errors: int, status: int) -> bool:
    """Fork once more. True in the program; the parent stays until its end, to write its pid and its exit status."""
    if (pid := os.fork()) == 0:
        os.dup2(output, 1)
        os.dup2(errors, 2)
        for descriptor in (output, errors, status):
            os.close(descriptor)
        return True
    os.close(output)
    os.close(errors)
    os.write(status, NUMBER.pack(pid))
    os.write(status, NUMBER.pack(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])))
    return False


def _reap() -> None:
    """Take note of keepers that have ended, or they would stay as zombies."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return


def _be(program: str, arguments: list[str], env: dict[str, str], cwd: str) -> None:
    """Run a script (a path) or a module (a name) as Python itself would have."""
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    sys.path[:0] = [entry for entry in env.get("PYTHONPATH", "").split(os.pathsep) if entry]
    sys.argv = [program, *arguments]
    if os.sep in program:
        runpy.run_path(program, run_name="__main__")
    else:
        runpy.run_module(program, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
