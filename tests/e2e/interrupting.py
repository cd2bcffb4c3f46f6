"""Commands that are interrupted, from the tests: what they have started, and how they end."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.machine import Done

RESUME = "hint: Nothing is lost: run the same command again and it goes on from here."


def children(pid: int) -> dict[int, str]:
    """Command lines of the processes that a process has started, by process id."""
    found = {}
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            command = Path(f"/proc/{child}/cmdline")
            if command.exists():
                found[int(child)] = command.read_bytes().replace(b"\0", b" ").decode()
    return found


def interrupted(done: Done) -> None:
    """It ended as what was interrupted ends, and says how to go on."""
    assert done.returncode == 130, done.stderr
    assert RESUME in done.stderr


def creating(pid: int) -> list[int]:
    """Its child that is `kind create cluster`, if it has come that far."""
    return [child for child, line in children(pid).items() if " create cluster " in line]
