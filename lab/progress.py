"""Shows how a build goes: finished steps scroll by; on a terminal the running ones are shown live below them."""

import time
from pathlib import Path
from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from lab.cache import Built

_LAST_BYTES = 400


class Progress:
    """The observer of a build on a console, used as a context manager."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._total = 0
        self._done = 0
        self._running: dict[str, tuple[float, Path]] = {}
        self._live = Live(console=console, get_renderable=self._running_steps) if console.is_terminal else None

    def __enter__(self) -> "Progress":
        if self._live:
            self._live.start(refresh=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._live:
            self._live.stop()

    def planned(self, names: list[str]) -> None:
        """Note how many steps there are."""
        self._total = len(names)

    def started(self, name: str, log: Path) -> None:
        """Show a step as running; without a terminal, say that it began."""
        self._running[name] = (time.monotonic(), log)
        if not self._live:
            self._say(f"{name} … its log: {log}")

    def cached(self, name: str) -> None:
        """Count a step that needs no work; without a terminal, say so."""
        self._done += 1
        if not self._live:
            self._say(f"{self._number()} {name} cached")

    def finished(self, name: str, built: Built) -> None:
        """Say what a step took."""
        self._running.pop(name, None)
        self._done += 1
        self._say(f"{self._number()} {name} … {built.seconds:.0f} s")

    def failed(self, name: str) -> None:
        """Say that a step failed; why is the error's to tell."""
        self._running.pop(name, None)
        self._say(f"{name} failed")

    def _number(self) -> str:
        return f"[{self._done:>{len(str(self._total))}}/{self._total}]"

    def _say(self, line: str) -> None:
        self._console.print(line, highlight=False, markup=False, soft_wrap=True)

    def _running_steps(self) -> Table:
        table = Table.grid(padding=(0, 1))
        for name, (begun, log) in list(self._running.items()):
            table.add_row(f"  {name}", f"{time.monotonic() - begun:.0f} s", Text(_last_line(log), style="dim", no_wrap=True))
        return table


def _last_line(log: Path) -> str:
    try:
        with log.open("rb") as content:
            content.seek(max(0, log.stat().st_size - _LAST_BYTES))
            lines = content.read().decode(errors="replace").splitlines()
    except OSError:  # not written yet
        return ""
    return lines[-1] if lines else ""
