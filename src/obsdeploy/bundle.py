"""Air-gap bundles: a folder, or a tar of one, from which `up` takes all that it would else fetch."""

from __future__ import annotations

import hashlib
import shutil
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from obsdeploy import charts
from obsdeploy.errors import EnvironmentProblem
from obsdeploy.settings.model import COMPONENTS
from obsdeploy.yamltext import parse

FORMAT_VERSION = 1
MANIFEST = "bundle.yaml"
_AGAIN = "Copy or make the bundle again; a transfer may have been cut short."
_BLOCK = 1 << 20


def _inside(name: str) -> str:
    if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
        raise ValueError("leads out of the bundle")
    return name


InBundle = Annotated[str, AfterValidator(_inside)]


class _Part(BaseModel):
    # What a later version adds to the format is no error.
    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel)


class Image(_Part):
    """A container image. `in_node`: the node image has it already; `stand_in`: not the real program."""

    ref: str
    file: InBundle
    provides: str = ""
    stand_in: bool = False
    in_node: bool = False


class NodeImage(_Part):
    """The kind node image, as an archive of `docker save`."""

    ref: str
    file: InBundle


class Chart(_Part):
    """A packaged chart."""

    name: str
    version: str
    file: InBundle
    stand_in: bool = False


class Tool(_Part):
    """An executable."""

    file: InBundle
    version: str = ""


class Manifest(_Part):
    """The content of bundle.yaml; `files` are the sha256 of every file by its path."""

    format_version: int
    created_by: str = ""
    kubernetes: str = ""
    node_image: NodeImage | None = None
    images: tuple[Image, ...] = ()
    charts: tuple[Chart, ...] = ()
    tools: dict[str, Tool] = Field(default_factory=dict)
    missing: tuple[str, ...] = ()
    files: dict[str, str]


@dataclass(frozen=True)
class Bundle:
    """An opened bundle. A file is checked against its sha256 when it is asked for, not before: images are large."""

    folder: Path
    manifest: Manifest

    @classmethod
    def open(cls, path: Path, *, unpack_to: Path) -> Bundle:
        """Open a folder, or a tar, which is unpacked once below `unpack_to`. Raises EnvironmentProblem for anything else."""
        if path.is_dir():
            return cls(path, _manifest(path))
        if not path.is_file():
            raise EnvironmentProblem(f"there is no bundle at {path}", hint="Name the bundle's folder or tar file.")
        folder = _unpacked(path, unpack_to)
        return cls(folder, _manifest(folder))

    def tool(self, name: str) -> Path | None:
        """An executable by name; None where the bundle has none of that name."""
        tool = self.manifest.tools.get(name)
        return self.file(tool.file) if tool else None

    def chart_source(self) -> charts.Source:
        """The bundle's charts as a source for `charts.assemble`."""
        return _Charts(self)

    def image(self, image: Image | NodeImage) -> Path:
        """The archive of an image."""
        return self.file(image.file)

    def stand_ins(self) -> tuple[str, ...]:
        """What is not the real thing, for people to know."""
        images = [image.ref for image in self.manifest.images if image.stand_in]
        return (*images, *(f"chart {chart.name} {chart.version}" for chart in self.manifest.charts if chart.stand_in))

    def absent(self) -> dict[str, str]:
        """Optional components of the stack that the bundle lacks, and why, for `Settings.without`.

        Raises EnvironmentProblem where it lacks one that no stack can do without.
        """
        vital = [name for name in self.manifest.missing if name in {"prometheus", "grafana", "configReloader"}]
        if vital:
            raise EnvironmentProblem(f"the bundle {self.folder} lacks {', '.join(vital)}", hint="Make it again with everything.")
        return {name: "the bundle has no image of it" for name in self.manifest.missing if name in COMPONENTS}

    def file(self, name: str) -> Path:
        """Return a file of the bundle, checked. Raises EnvironmentProblem where it is missing or is not what was put in."""
        path, wanted = self.folder / name, self.manifest.files.get(name)
        if wanted is None:
            raise EnvironmentProblem(f"{MANIFEST} of {self.folder} names {name}, but gives no sha256 of it", hint=_AGAIN)
        if not path.is_file():
            raise EnvironmentProblem(f"the bundle {self.folder} lacks its file {name}", hint=_AGAIN)
        if _sha256(path) != wanted:
            raise EnvironmentProblem(
                f"{name} of the bundle {self.folder} is damaged: its sha256 is not the one in {MANIFEST}", hint=_AGAIN
            )
        return path


@dataclass(frozen=True)
class _Charts:
    bundle: Bundle

    async def fetch(self, chart: Path, pinned: tuple[charts.Pinned, ...]) -> Mapping[charts.Pinned, Path]:  # noqa: ARG002
        there = {(one.name, one.version): one for one in self.bundle.manifest.charts}
        missing = [one for one in pinned if (one.name, one.version) not in there]
        if missing:
            raise charts.missing_charts(missing, f"the bundle {self.bundle.folder}")
        return {one: self.bundle.file(there[one.name, one.version].file) for one in pinned}


def _manifest(folder: Path) -> Manifest:
    path = folder / MANIFEST
    if not path.is_file():
        raise EnvironmentProblem(f"{folder} is not a bundle: it has no {MANIFEST}", hint="Name the folder that holds it.")
    try:
        data: Any = parse(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise EnvironmentProblem(f"{path} is damaged: it is not YAML", hint=_AGAIN) from error
    version = data.get("formatVersion") if isinstance(data, dict) else None
    if version != FORMAT_VERSION:
        raise EnvironmentProblem(
            f"the bundle {folder} has format {version!r}, and this obsdeploy reads format {FORMAT_VERSION}",
            hint="Use the obsdeploy that the bundle was made for, or make the bundle with this one.",
        )
    try:
        return Manifest.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise EnvironmentProblem(f"{path} is damaged: {where}: {first['msg'].lower()}", hint=_AGAIN) from None


def _unpacked(archive: Path, below: Path) -> Path:
    """Unpack a tar once; an archive that changed is unpacked anew."""
    about = archive.stat()
    key = hashlib.sha256(f"{archive.resolve()} {about.st_size} {about.st_mtime_ns}".encode()).hexdigest()[:16]
    target, fresh = below / key, below / f".{key}.new"
    if not target.is_dir():
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        try:
            with tarfile.open(archive) as tar:
                tar.extractall(fresh, filter="data")
        except (tarfile.TarError, EOFError, OSError) as error:
            shutil.rmtree(fresh, ignore_errors=True)
            raise EnvironmentProblem(f"the bundle {archive} can't be unpacked: {error}", hint=_AGAIN) from error
        fresh.rename(target)
    inner = [path for path in target.iterdir() if path.is_dir()]
    return inner[0] if not (target / MANIFEST).is_file() and len(inner) == 1 else target


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
