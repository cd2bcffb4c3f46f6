"""Layers with Python packages for the images' own Python, installed by the pip that runs the lab."""

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from lab.images import write_layer
from lab.work import Work

PYTHON_VERSION = "3.13"
STANDARD_LIBRARY = f"usr/lib/python{PYTHON_VERSION}"
_SITE_PACKAGES = f"usr/local/lib/python{PYTHON_VERSION}/dist-packages"
_PLATFORMS = ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64")


def site_packages(root: Path) -> Path:
    """Where Python packages go in a layer."""
    folder = root / _SITE_PACKAGES
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def install(work: Work, requirements: Sequence[str | Path], root: Path, constraints: Path | None = None) -> None:
    """Install wheels for the images' Python, with all they need."""
    options = [f"--python-version={PYTHON_VERSION}", "--implementation=cp", "--only-binary=:all:"]
    options += [f"--platform={platform}" for platform in _PLATFORMS]
    if constraints:
        options += ["--constraint", str(constraints)]
    _pip(work, root, [*options, *requirements])


def install_project(work: Work, folder: Path, root: Path) -> None:
    """Install a pure Python project's own code, without what it needs."""
    source = work.scratch / "project"
    shutil.copytree(folder, source)  # a build may write into its source
    _pip(work, root, ["--no-deps", source])


def compile_layer(work: Work, base: Sequence[Path], root: Path, folder: str) -> None:
    """Compile the Python code in `folder` of a layer that lies on `base`, by the base's own Python.

    The compiled files carry no time stamps, which layers do not keep.
    """
    system = work.scratch / "system"
    system.mkdir()
    for layer in base:
        work.run(["tar", "--extract", "--file", layer, "--directory", system])
    work.run(["cp", "--archive", f"{root}/.", system])
    python = f"/usr/bin/python{PYTHON_VERSION}"
    compileall = ["-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", f"/{folder}"]
    work.run(["chroot", system, python, *compileall])
    work.run(["cp", "--archive", f"{system / folder}/.", root / folder])


def finish(work: Work, base: Sequence[Path], root: Path) -> None:
    """Compile what was installed, and write the layer."""
    compile_layer(work, base, root, _SITE_PACKAGES)
    write_layer(root, work.out / "layer.tar")


def _pip(work: Work, root: Path, arguments: Sequence[str | Path]) -> None:
    options: list[str | Path] = ["--target", site_packages(root), "--no-compile", "--no-warn-script-location", "--upgrade"]
    work.run([sys.executable, "-m", "pip", "install", "--quiet", *options, *arguments])
    shutil.rmtree(site_packages(root) / "bin", ignore_errors=True)  # their first lines name this machine's Python
