"""Prometheus' own promtool, from wherever this machine has it."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Promtool = Callable[..., "subprocess.CompletedProcess[str]"]


def _binary() -> str | None:
    bundle = Path(os.environ.get("OBSDEPLOY_BUNDLE", "none")) / "bin" / "promtool"
    built = sorted((Path.home() / ".cache/obsdeploy/lab").glob("sid-*/promtool/usr/bin/promtool"))
    places = [os.environ.get("OBSDEPLOY_PROMTOOL"), shutil.which("promtool"), str(bundle), *map(str, built)]
    return next((place for place in places if place and Path(place).is_file()), None)


@pytest.fixture(scope="session")
def promtool() -> Promtool:
    """Run promtool with arguments; its answer is returned whether it is content or not."""
    binary = _binary()
    if binary is None:
        reason = "no promtool: put one on PATH, or name it in OBSDEPLOY_PROMTOOL"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return lambda *arguments: subprocess.run([binary, *map(str, arguments)], capture_output=True, text=True, check=False)
