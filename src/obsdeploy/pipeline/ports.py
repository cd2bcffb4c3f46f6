"""Who holds a port of this machine."""

import socket
import subprocess
from pathlib import Path

LOOPBACK = "127.0.0.1"
LISTEN = "0A"


def is_free(port: int) -> bool:
    """Whether a server could listen on the port of the loopback address now."""
    # Where the other listens on every address, BSD and macOS let a second one bind to the loopback beside it.
    with socket.socket() as client:
        if client.connect_ex((LOOPBACK, port)) == 0:
            return False
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def holder(port: int) -> str | None:
    """The program that listens on a port, as `nginx (pid 42)`; None where this user can't see it."""
    if Path("/proc/net/tcp").exists():
        return _by_proc(port)
    return _by_lsof(port)


def _by_proc(port: int) -> str | None:
    sockets = {f"socket:[{inode}]" for inode in _listening(port)}
    if not sockets:
        return None
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if any(str(handle.readlink()) in sockets for handle in (process / "fd").iterdir()):
                return f"{(process / 'comm').read_text().strip()} (pid {process.name})"
        except OSError:  # another user's process, or one that has just ended
            continue
    return None


def _listening(port: int) -> set[str]:
    found = set()
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        for line in table.read_text().splitlines()[1:] if table.exists() else ():
            fields = line.split()
            if fields[3] == LISTEN and int(fields[1].rsplit(":", 1)[1], 16) == port:
                found.add(fields[9])
    return found


def _by_lsof(port: int) -> str | None:
    try:
        said = subprocess.run(
            ["lsof", "-nP", f"-iTCP:{port}", "-sTCP:LISTEN", "-Fcp"], capture_output=True, text=True, timeout=5, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    told = {line[0]: line[1:] for line in said.splitlines() if line}
    return f"{told['c']} (pid {told['p']})" if {"c", "p"} <= told.keys() else None
