"""The report of a crash: versions and the traceback, in a file that only its owner can read."""

import os
import platform
import sys
import time
import traceback
from importlib import metadata
from pathlib import Path

from obsdeploy import __version__, paths, secrecy

LIBRARIES = ("typer", "rich", "pydantic", "httpx", "pyhelm3", "kubernetes", "jinja2", "pyyaml")


def write_report(error: BaseException) -> Path:
    """Write the report and return its path. It holds no environment, no local variables and no values of settings."""
    folder = paths.private_dir(paths.log_dir())
    path = folder / f"crash-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.log"
    path.touch(mode=0o600)
    path.write_text(
        f"obsdeploy {__version__}, Python {platform.python_version()}, {platform.platform()}\n"
        f"{', '.join(_versions())}\n"
        f"command: {' '.join(_command())}\n\n" + secrecy.redact("".join(traceback.format_exception(error)))
    )
    return path


def _versions() -> list[str]:
    found = []
    for name in LIBRARIES:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            found.append(f"{name} missing")
    return found


def _command() -> list[str]:
    # Values of --set are left out: somebody may have put a secret there in spite of the documentation.
    arguments = ["obsdeploy", *sys.argv[1:]]
    return [one.partition("=")[0] + "=..." if "=" in one else one for one in arguments]
