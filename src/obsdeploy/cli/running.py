"""Runs a command's coroutine so that Ctrl-C and SIGTERM stop it in order."""

import asyncio
import signal
import sys
from collections.abc import Coroutine
from typing import Any, TypeVar

from obsdeploy import process
from obsdeploy.cli.way_out import interrupted

T = TypeVar("T")


def finish(work: Coroutine[Any, Any, T], *, resume: str | None = None) -> T:
    """Run to the end and return the result.

    The first signal cancels the work, which stops its children in order; a second one kills them.

    Raises:
        Interrupted: A signal came; `resume` is its hint, where there is more to say than usual.
    """
    with asyncio.Runner() as runner:
        return runner.run(_guarded(work, resume))


async def _guarded(work: Coroutine[Any, Any, T], resume: str | None) -> T:
    loop = asyncio.get_running_loop()
    task = loop.create_task(work)
    signals: list[signal.Signals] = []

    def stop(number: signal.Signals) -> None:
        signals.append(number)
        if len(signals) == 1:
            task.cancel()
        else:
            process.kill_all()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop, number)
    try:
        return await task
    except asyncio.CancelledError:
        if not signals:
            raise
        if sys.stderr.isatty():
            sys.stderr.write("\r")  # over the ^C
        raise (interrupted(resume) if resume else interrupted()) from None
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
