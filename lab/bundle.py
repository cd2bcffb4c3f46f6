"""Puts results together as a bundle: the folder that `obsdeploy up --bundle` takes."""

import json
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from lab import charts
from lab.catalog import ImageSpec, ToolSpec
from lab.images import file_digest
from lab.steps import Builder
from lab.work import Work

FOLDER = "bundle"
MANIFEST = "bundle.yaml"
NODE_IMAGE_FILE = "images/node.tar"
_FORMAT_VERSION = 1


@dataclass(frozen=True)
class Contents:
    """What goes into a bundle. `missing` are components that have no image."""

    kubernetes: str
    images: tuple[ImageSpec, ...]
    tools: Mapping[str, ToolSpec]
    missing: tuple[str, ...]


def builder(contents: Contents) -> Builder:
    """The builder of the step that is the bundle; its files are hard links where that is possible."""

    def build(work: Work) -> Mapping[str, str]:
        out = work.out / FOLDER
        node_ref = _versions(work.inputs["node"])["node image"]
        link(work.inputs["node"] / "image.tar", out / NODE_IMAGE_FILE)
        described = {
            "formatVersion": _FORMAT_VERSION,
            "createdBy": "lab",
            "kubernetes": contents.kubernetes,
            "nodeImage": {"ref": node_ref, "file": NODE_IMAGE_FILE},
            "images": [_add_image(work, spec, out) for spec in contents.images if spec.component],
            "charts": _add_charts(work, out),
            "tools": {name: _add_tool(work, name, tool, out) for name, tool in contents.tools.items()},
            "missing": list(contents.missing),
            "files": checksums(out),
        }
        (out / MANIFEST).write_text(yaml.safe_dump(described, sort_keys=False))
        return {"node image": node_ref}

    return build


def checksums(folder: Path) -> dict[str, str]:
    """The sha256 of every file of a folder, by its path in it."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): file_digest(path) for path in files}


def chart_name_and_version(file_name: str) -> tuple[str, str]:
    """What a chart package's file name says: kube-state-metrics-8.4.0.tgz."""
    found = re.fullmatch(r"(.+?)-(\d+\.\d+\.\d+.*)\.tgz", file_name)
    if not found:
        raise ValueError(f"{file_name} is not named like a chart package")
    return found[1], found[2]


def link(source: Path, target: Path) -> None:
    """A hard link, or a copy where the file systems differ."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _add_image(work: Work, spec: ImageSpec, out: Path) -> dict[str, Any]:
    step = work.inputs[f"image-{spec.name}"]
    file = f"images/{spec.name}.tar"
    link(step / "image.tar", out / file)
    return {
        "ref": spec.ref,
        "file": file,
        "provides": f"{spec.version} {_versions(step)[spec.name]}",
        "standIn": spec.stand_in,
        "inNode": True,
        "component": spec.component,
    }


def _add_charts(work: Work, out: Path) -> list[dict[str, Any]]:
    described = []
    for archive in sorted(work.inputs[charts.STEP].glob("*.tgz")):
        file = f"charts/{archive.name}"
        link(archive, out / file)
        name, version = chart_name_and_version(archive.name)
        described.append({"name": name, "version": version, "file": file, "standIn": True})
    return described


def _add_tool(work: Work, name: str, tool: ToolSpec, out: Path) -> dict[str, str]:
    step, _, path = tool.file.partition("/")
    file = f"bin/{name}"
    link(work.inputs[step] / path, out / file)
    return {"file": file, "version": _versions(work.inputs[step])[tool.version]}


def _versions(step: Path) -> dict[str, str]:
    versions: dict[str, str] = json.loads((step / "built.json").read_text())["versions"]
    return versions


def copy_to(bundle: Path, target: Path) -> None:
    """Make `target` a copy of a bundle, file by file, links where possible; other files of it are removed."""
    fresh = target.with_name(f".{target.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    for path in _all_files(bundle):
        link(path, fresh / path.relative_to(bundle))
    shutil.rmtree(target, ignore_errors=True)
    fresh.rename(target)


def _all_files(folder: Path) -> Sequence[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())
