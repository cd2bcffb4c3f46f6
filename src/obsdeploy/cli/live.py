"""Progress as a live view on a terminal: each step with its time, and below it what it waits for and why."""

import os
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Self, TextIO

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.text import Text

from obsdeploy.cli.terminal import unicode_capable
from obsdeploy.pipeline.progress import Step

FRAMES_PER_SECOND = 8
SHOWN_REASONS = 4
TITLE_WIDTH = 18
MARKS = {"running": ("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏", "-\\|/"), "done": ("✓", "*"), "failed": ("✗", "x"), "note": ("·", "-")}
COLORS = {"running": "cyan", "done": "green", "failed": "red", "note": "yellow"}


@dataclass
class _Row:
    title: str
    state: str
    began: float
    summary: str = ""
    seconds: float | None = None
    reasons: tuple[str, ...] = ()


class LiveView:
    """An observer that redraws itself; as a context manager it leaves its last picture on the screen."""

    def __init__(self, stream: TextIO) -> None:
        self._rows: dict[str, _Row] = {}
        self._notes: list[str] = []
        self._encoding = stream.encoding or "ascii"
        self._letters = 0 if unicode_capable(stream) else 1
        self._console = Console(file=stream, highlight=False, no_color=bool(os.environ.get("NO_COLOR")))
        self._live = Live(self, console=self._console, refresh_per_second=FRAMES_PER_SECOND, redirect_stdout=False)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._live.stop()

    def started(self, step: Step) -> None:
        """Add a row."""
        self._rows[step.id] = _Row(step.title, "running", time.monotonic())

    def waiting(self, step: Step, reasons: tuple[str, ...]) -> None:
        """Show what is awaited below the row."""
        self._rows[step.id].reasons = reasons

    def finished(self, step: Step, summary: str, seconds: float) -> None:
        """Mark the row done."""
        self._end(step, "done", summary, seconds)

    def failed(self, step: Step, summary: str, seconds: float) -> None:
        """Mark the row failed."""
        self._end(step, "failed", summary or "stopped", seconds)

    def note(self, text: str) -> None:
        """Show it below all rows."""
        self._notes.append(text)

    def _end(self, step: Step, state: str, summary: str, seconds: float) -> None:
        row = self._rows[step.id]
        row.state, row.summary, row.seconds, row.reasons = state, summary, seconds, ()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw all rows, each cut at the terminal's width so that redrawing never leaves rests."""
        width = options.max_width
        for row in list(self._rows.values()):
            yield self._row(row, width)
            for reason in row.reasons[:SHOWN_REASONS]:
                yield self._cut(Text(f"    {self._fit(reason)}", style="dim"), width)
            if len(row.reasons) > SHOWN_REASONS:
                yield Text(f"    and {len(row.reasons) - SHOWN_REASONS} more", style="dim")
        for note in self._notes:
            yield Text.assemble((f"{MARKS['note'][self._letters]} ", COLORS["note"]), self._fit(note))

    def _row(self, row: _Row, width: int) -> Text:
        marks = MARKS[row.state][self._letters]
        seconds = row.seconds if row.seconds is not None else time.monotonic() - row.began
        mark = marks[int(time.monotonic() * FRAMES_PER_SECOND) % len(marks)]
        clock = f"{seconds:5.1f} s"
        text = Text.assemble((f"{mark} ", COLORS[row.state]), (f"{row.title:<{TITLE_WIDTH}}", "bold"), self._fit(row.summary))
        text = self._cut(text, width - len(clock) - 1)
        text.pad_right(width - len(clock) - text.cell_len)
        return text.append(clock, style="dim")

    def _fit(self, text: str) -> str:
        """The text in letters that the terminal has."""
        return text.encode(self._encoding, errors="replace").decode(self._encoding)

    def _cut(self, text: Text, width: int) -> Text:
        text.no_wrap = True
        text.truncate(width, overflow="crop" if self._letters else "ellipsis")
        return text
