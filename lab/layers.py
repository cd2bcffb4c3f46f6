"""The steps that make layers and images of what other steps left."""

import json
import os
import shutil
import tarfile
from collections.abc import Mapping
from pathlib import Path

from lab import pythonlayer
from lab.catalog import LAB, ImageSpec
from lab.debian import Packages, bootstrap, upstream_version
from lab.images import ImageConfig, LayerEntry, LayerOptions, write_image, write_layer
from lab.steps import Builder
from lab.work import Work

ROOT_LAYER = "layer-root"
NODE_HOOK = LAB / "node" / "customize-root"
_STATUS = "var/lib/dpkg/status"


def root_layer_builder(suite: str) -> Builder:
    """The base of images that are more than one static binary: Debian's essential packages."""

    def build(work: Work) -> Mapping[str, str]:
        layer = work.out / "layer.tar"
        bootstrap(work, suite, "essential", [], layer)
        with tarfile.open(layer) as tar:
            status = tar.extractfile(f"./{_STATUS}")
            release = tar.extractfile("./etc/debian_version")
            if status is None or release is None:
                raise ValueError("mmdebstrap left no dpkg status")
            (work.out / "status").write_bytes(status.read())
            return {"root": f"Debian {release.read().decode().strip()}"}

    return build


def node_root_builder(suite: str, packages: list[str]) -> Builder:
    """The node's Debian, fit to boot in a container."""

    def build(work: Work) -> Mapping[str, str]:
        bootstrap(work, suite, "minbase", packages, work.out / "layer.tar", hook=NODE_HOOK)
        return {"node": f"Debian {suite}"}

    return build


def go_toolchain_builder(suite: str) -> Builder:
    """A Go toolchain for machines that have none, or one too old."""

    def build(work: Work) -> Mapping[str, str]:
        source = Packages(work, suite)
        versions = source.unpack_with_needs(["golang-go"], work.out / "root")
        return {"go": upstream_version(versions["golang-go"])}

    return build


def package_layer_builder(suite: str, packages: list[str]) -> Builder:
    """Debian packages with all they need, on top of the base."""

    def build(work: Work) -> Mapping[str, str]:
        folder = work.scratch / "layer"
        folder.mkdir()
        source = Packages(work, suite, work.inputs[ROOT_LAYER] / "status")
        versions = source.unpack_with_needs(packages, folder)
        if (folder / pythonlayer.STANDARD_LIBRARY).exists():
            base = [work.inputs[ROOT_LAYER] / "layer.tar"]
            pythonlayer.compile_layer(work, base, folder, pythonlayer.STANDARD_LIBRARY)
        write_layer(folder, work.out / "layer.tar")
        return {name: upstream_version(version) for name, version in versions.items()}

    return build


def packages_builder(suite: str, packages: list[str]) -> Builder:
    """Debian packages by themselves, each unpacked into a folder of its name."""

    def build(work: Work) -> Mapping[str, str]:
        source = Packages(work, suite)
        versions = {name: source.unpack_one(name, work.out / name) for name in packages}
        return {name: upstream_version(version) for name, version in versions.items()}

    return build


def image_builder(spec: ImageSpec) -> Builder:
    """An image of a catalog entry, as `image.tar`."""

    def build(work: Work) -> Mapping[str, str]:
        folder = work.scratch / "top"
        folder.mkdir()
        for target, source in spec.files.items():
            step, _, path = source.partition("/")
            _copy(work.inputs[step] / path, folder / target)
        for target, source in spec.local.items():
            _copy(LAB / source, folder / target)
        for target, points_to in spec.links.items():
            (folder / target).parent.mkdir(parents=True, exist_ok=True)
            (folder / target).symlink_to(points_to)
        top = work.scratch / "layer.tar"
        owners = tuple(LayerEntry(path, owner=owner) for path, owner in spec.folders.items())
        write_layer(folder, top, LayerOptions(owners))
        layers = [work.inputs[layer] / "layer.tar" for layer in spec.layers]
        if spec.files or spec.local or spec.links or spec.folders:
            layers.append(top)
        write_image(work.out / "image.tar", [spec.ref, *spec.aliases], layers, _config(spec))
        return {spec.name: _version(work, spec)}

    return build


def _config(spec: ImageSpec) -> ImageConfig:
    return ImageConfig(spec.entrypoint, spec.command, spec.user, spec.workdir, spec.env, spec.ports)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True)
        return
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _version(work: Work, spec: ImageSpec) -> str:
    """The true version inside, from the records of the steps that the image is made of."""
    for step in work.inputs.values():
        versions: dict[str, str] = json.loads((step / "built.json").read_text())["versions"]
        if spec.version in versions:
            return versions[spec.version]
    raise ValueError(f"no step of image {spec.name} knows the version of {spec.version}")
