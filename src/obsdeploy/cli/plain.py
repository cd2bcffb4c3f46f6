"""Progress as lines, for logs and pipes: one when a step ends, and one now and then about what it waits for."""

import textwrap
import time
from typing import TextIO

from obsdeploy.cli.terminal import WIDTH, say
from obsdeploy.pipeline.progress import Step

QUIET_SECONDS = 3.0
SHOWN_REASONS = 3


class PlainLines:
    """An observer that writes lines of at most 80 columns; what is awaited is told when it changes, and not too often."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._told: dict[str, tuple[float, tuple[str, ...]]] = {}

    def started(self, step: Step) -> None:
        """The first thing told about a step is what it waits for, a moment after its start."""
        self._told[step.id] = (time.monotonic(), ())

    def waiting(self, step: Step, reasons: tuple[str, ...]) -> None:
        """Tell what is awaited, unless it was told already or just before."""
        when, before = self._told[step.id]
        now = time.monotonic()
        if reasons and reasons != before and now - when >= QUIET_SECONDS:
            more = f" (and {len(reasons) - SHOWN_REASONS} more)" if len(reasons) > SHOWN_REASONS else ""
            self._line(f"{step.title}: waiting: {'; '.join(reasons[:SHOWN_REASONS])}{more}")
            self._told[step.id] = (now, reasons)

    def finished(self, step: Step, summary: str, seconds: float) -> None:
        """Tell how it ended."""
        self._line(f"{step.title}: {summary} ({seconds:.1f} s)")

    def failed(self, step: Step, summary: str, seconds: float) -> None:
        """Tell that it did not get there."""
        self._line(f"{step.title}: {summary or 'stopped'} (after {seconds:.1f} s)")

    def note(self, text: str) -> None:
        """Tell it."""
        self._line(f"note: {text}")

    def _line(self, text: str) -> None:
        lines = textwrap.wrap(text, WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
        say("\n".join(lines), self._stream)
