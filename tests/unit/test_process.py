"""Programs of others stop when whoever called them is cancelled."""

import asyncio
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from obsdeploy import process

SECONDS = 20


async def test_a_program_that_is_cancelled_while_it_starts_is_stopped_in_order_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forked = False

    class Popen(subprocess.Popen[bytes]):
        def __init__(self, *given: Any, **more: Any) -> None:
            nonlocal forked
            super().__init__(*given, **more)
            forked = True

    monkeypatch.setattr(subprocess, "Popen", Popen)
    program = tmp_path / "program"
    program.write_text(
        f"#!/bin/bash\ntrap 'echo cancelled > {tmp_path}/end; exit 1' TERM\nsleep 30 &\ntouch {tmp_path}/began; wait\n"
    )
    program.chmod(0o755)
    call = asyncio.create_task(process.run([program]))
    deadline = time.monotonic() + SECONDS
    while not forked:  # noqa: ASYNC110  from here on it runs, and takes asyncio some more rounds to be handed over
        await asyncio.sleep(0)
    while not (tmp_path / "began").exists():
        assert time.monotonic() < deadline, "the program never ran"
        time.sleep(0.01)  # noqa: ASYNC251  the event loop must not go on
    call.cancel()
    cancelled = time.monotonic()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert time.monotonic() - cancelled < 5
    assert (tmp_path / "end").read_text() == "cancelled\n"
