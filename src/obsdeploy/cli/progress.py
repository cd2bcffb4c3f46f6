"""Chooses how progress is shown: a live view on a terminal, plain lines elsewhere. Both go to stderr; results go to stdout."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from obsdeploy.pipeline.progress import Observer


@contextmanager
def following() -> Iterator[Observer]:
    """An observer for the time of the block."""
    if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        from obsdeploy.cli.live import LiveView

        with LiveView(sys.stderr) as view:
            yield view
    else:
        from obsdeploy.cli.plain import PlainLines

        yield PlainLines(sys.stderr)
