"""Debian as a source: root file systems, and packages of any suite without installing them.

The mirror is the machine's own; apt's state for other suites lives in the step's scratch folder.
"""

import platform
import shutil
from collections.abc import Iterable
from pathlib import Path

from lab.errors import LabError
from lab.work import Work

_TRIMMED = ("usr/share/doc", "usr/share/man", "usr/share/info", "usr/share/locale", "usr/share/lintian", "var/cache", "var/log")
_MERGED_INTO_USR = ("bin", "sbin", "lib", "lib64")


def mirror(work: Work) -> str:
    """The address of the Debian mirror that this machine's own apt uses."""
    codename = platform.freedesktop_os_release()["VERSION_CODENAME"]
    listed = work.read(["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)", "Created-By: Packages"])
    for line in listed.splitlines():
        address, suite, component = line.split()
        if (suite, component) == (codename, "main"):
            return address
    raise LabError(f"apt on this machine has no source of {codename} main to take a mirror from")


def bootstrap(work: Work, suite: str, variant: str, include: Iterable[str], target: Path, *, hook: Path | None = None) -> None:
    """Make a root file system of a suite as a tar file, without documentation and package caches.

    `hook` is a program to run with the root's path before it is packed.
    """
    options = [f"--dpkgopt=path-exclude=/{path}/*" for path in _TRIMMED if path.startswith("usr/")]
    clean = "rm -rf " + " ".join(f'"$1"/{path}/*' for path in ("var/cache", "var/log", "var/lib/apt/lists"))
    packages = list(include)
    if packages:
        options.append(f"--include={','.join(packages)}")
    options.append(f"--customize-hook={clean}")
    if hook:
        options.append(f"--customize-hook={hook}")
    source = f"deb {mirror(work)} {suite} main"
    work.run(["mmdebstrap", "--mode=root", "--skip=output/dev", f"--variant={variant}", *options, suite, target, source])


class Packages:
    """The packages of one suite, as they are downloadable now."""

    def __init__(self, work: Work, suite: str, installed: Path | None = None) -> None:
        """Read the suite's lists. `installed` is the dpkg status file of the system to add packages to."""
        self._work = work
        self._root = work.scratch / f"apt-{suite}"
        for folder in ("lists/partial", "archives/partial"):
            (self._root / folder).mkdir(parents=True)
        status = self._root / "status"
        if installed:
            shutil.copyfile(installed, status)  # apt locks the folder that it is in
        else:
            status.touch()
        (self._root / "sources.list").write_text(f"deb {mirror(work)} {suite} main\n")
        self._options = [
            f"--option=Dir::Etc::SourceList={self._root}/sources.list",
            "--option=Dir::Etc::SourceParts=/dev/null",
            "--option=Dir::Etc::PreferencesParts=/dev/null",
            f"--option=Dir::State={self._root}",
            f"--option=Dir::State::Lists={self._root}/lists",
            f"--option=Dir::State::Status={status}",
            f"--option=Dir::Cache={self._root}",
            "--option=APT::Sandbox::User=root",
            "--option=Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false",
        ]
        work.run(["apt-get", *self._options, "update"])

    def unpack_one(self, name: str, target: Path) -> str:
        """Unpack one package by itself into a new folder; returns its version."""
        archives = self._root / "single" / name
        archives.mkdir(parents=True)
        self._work.run(["apt-get", *self._options, "download", name], cwd=archives)
        target.mkdir()
        return self._unpack_all(archives, target)[name]

    def unpack_with_needs(self, names: Iterable[str], target: Path) -> dict[str, str]:
        """Unpack these packages and all that they need beyond what is installed; returns all versions."""
        command = ["apt-get", *self._options, "install", "--yes", "--no-install-recommends", "--download-only", *names]
        self._work.run(command)
        return self._unpack_all(self._root / "archives", target)

    def _unpack_all(self, archives: Path, target: Path) -> dict[str, str]:
        versions = {}
        for archive in sorted(archives.glob("*.deb")):
            self._work.run(["dpkg-deb", "--extract", archive, target])
            name, version = self._work.read(["dpkg-deb", "--show", archive]).split()
            versions[name.partition(":")[0]] = version
        _merge_into_usr(target)
        for path in _TRIMMED:
            shutil.rmtree(target / path, ignore_errors=True)
        return versions


def _merge_into_usr(root: Path) -> None:
    """Move /bin and the like under /usr, so that a layer never replaces the base's links by folders."""
    for name in _MERGED_INTO_USR:
        if (root / name).is_dir() and not (root / name).is_symlink():
            shutil.copytree(root / name, root / "usr" / name, symlinks=True, dirs_exist_ok=True)
            shutil.rmtree(root / name)


def upstream_version(debian_version: str) -> str:
    """The upstream part of a Debian version: 3.5.3+ds1-2 is 3.5.3."""
    version = debian_version.partition(":")[2] or debian_version
    return version.rpartition("-")[0].partition("+")[0].partition("~")[0] or version
