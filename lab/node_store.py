"""The node image in docker's own store, where kind takes it from."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import yaml

from lab import bundle
from lab.errors import LabError

REPOSITORY = "obsdeploy/node"


def restore(folder: Path) -> None:
    """Load a bundle's node image into docker, unless it is there or no docker answers.

    Raises LabError if docker answers but cannot load it.
    """
    if not shutil.which("docker") or not _succeeds("version"):
        return
    node = yaml.safe_load((folder / bundle.MANIFEST).read_text())["nodeImage"]
    if _succeeds("image", "inspect", node["ref"]):
        return
    loaded = subprocess.run(["docker", "load", "--input", folder / node["file"]], capture_output=True, text=True, check=False)
    if loaded.returncode:
        raise LabError(f"docker could not load the node image: {loaded.stderr.strip()}")


def forget(keys: Sequence[str]) -> None:
    """Remove the node images of these keys from docker, but those that a cluster uses."""
    if not keys or not shutil.which("docker"):
        return
    listing = ["docker", "images", "--format={{.Repository}}:{{.Tag}}", REPOSITORY]
    listed = subprocess.run(listing, capture_output=True, text=True, check=False)
    for ref in listed.stdout.split():
        if ref.endswith(tuple(keys)):
            _succeeds("image", "rm", ref)


def _succeeds(*arguments: str) -> bool:
    return subprocess.run(["docker", *arguments], capture_output=True, check=False).returncode == 0
