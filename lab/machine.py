"""What the machine itself must have for a build, and how it gets it."""

import os
import platform
import shutil
import subprocess
from collections.abc import Callable, Iterable, Sequence

from lab.errors import LabError

_PACKAGES = {"mmdebstrap": "mmdebstrap", "mvn": "maven", "npm": "npm"}
_MISSING = 3


def prepare(commands: Iterable[str], say: Callable[[str], None]) -> None:
    """Install the Debian packages of commands that are not there. Raises LabError (exit 3) where the lab can't work."""
    if os.geteuid() != 0 or platform.freedesktop_os_release().get("ID") != "debian":
        raise LabError(
            "the lab needs root on a Debian machine (it makes root file systems and file owners)",
            hint="run it as root in a Debian virtual machine or container, or use a bundle made on one",
            exit_code=_MISSING,
        )
    missing = sorted({_PACKAGES[command] for command in commands if not shutil.which(command)})
    if missing or not _run(["apt-get", "indextargets"]):
        say("reading Debian's package lists")
        _run(["apt-get", "update"])
    if missing:
        say(f"installing Debian's {', '.join(missing)}")
        _run(["apt-get", "install", "--yes", "--no-install-recommends", *missing])


def _run(command: Sequence[str]) -> str:
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(command, capture_output=True, text=True, env=env, check=False)
    if done.returncode:
        raise LabError(f"{' '.join(command)} failed: {done.stderr.strip()[-500:]}", exit_code=_MISSING)
    return done.stdout
