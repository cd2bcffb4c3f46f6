"""Shows how a build goes: one live line per running step on a terminal, plain lines elsewhere."""

import sys
import time
from pathlib import Path

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from lab.cache import Built
from lab.runner import Observer

_REFRESHES_PER_SECOND = 4


class _Counter:
    """Numbers the steps of a build: [ 7/23]."""

    def __init__(self) -> None:
        self._total = 0
        self._done = 0

    def plan(self, total: int) -> None:
        self._total = total

    def next(self) -> str:
        self._done += 1
        return f"[{self._done:>{len(str(self._total))}}/{self._total}]"


class PlainProgress:
    """A line when a step begins and when it has ended."""

    def __init__(self) -> None:
        self._counter = _Counter()
        self._cached = 0

    def planned(self, names: list[str]) -> None:
        self._counter.plan(len(names))

    def started(self, name: str, log: Path) -> None:
        _print(f"{name} … (log: {log})")

    def cached(self, name: str, built: Built) -> None:
        _print(f"{self._counter.next()} {name} cached")

    def finished(self, name: str, built: Built) -> None:
        _print(f"{self._counter.next()} {name} … {built.seconds:.0f} s")

    def failed(self, name: str) -> None:
        _print(f"{name} failed")


class LiveProgress:
    """Finished steps scroll by; below them the running ones, with the last line of each one's log."""

    def __init__(self, console: Console) -> None:
        self._counter = _Counter()
        self._running: dict[str, tuple[float, Path]] = {}
        self._cached = 0
        self._live = Live(console=console, refresh_per_second=_REFRESHES_PER_SECOND, get_renderable=self._render)

    def __enter__(self) -> "LiveProgress":
        self._live.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.__exit__(None, None, None)

    def planned(self, names: list[str]) -> None:
        self._counter.plan(len(names))

    def started(self, name: str, log: Path) -> None:
        self._running[name] = (time.monotonic(), log)

    def cached(self, name: str, built: Built) -> None:
        self._counter.next()
        self._cached += 1

    def finished(self, name: str, built: Built) -> None:
        self._running.pop(name, None)
        self._live.console.print(f"[green]✓[/] {self._counter.next()} {name} {built.seconds:.0f} s", highlight=False)

    def failed(self, name: str) -> None:
        self._running.pop(name, None)
        self._live.console.print(f"[red]✗[/] {name}", highlight=False)

    def _render(self) -> Group:
        table = Table.grid(padding=(0, 1))
        for name, (begun, log) in list(self._running.items()):
            table.add_row(f"  {name}", f"{time.monotonic() - begun:.0f} s", Text(_last_line(log), style="dim", no_wrap=True))
        return Group(table)


def _last_line(log: Path) -> str:
    try:
        with log.open("rb") as content:
            content.seek(max(0, log.stat().st_size - 400))
            lines = content.read().decode(errors="replace").splitlines()
    except OSError:
        return ""
    return lines[-1] if lines else ""


def _print(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def observer_for(console: Console) -> "LiveProgress | PlainProgress":
    """The one that fits what the console writes to."""
    return LiveProgress(console) if console.is_terminal else PlainProgress()


_: type[Observer] = PlainProgress
