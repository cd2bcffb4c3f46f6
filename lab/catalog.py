"""The data of components.toml, typed."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from lab.collector import CollectorSpec
from lab.gomodule import GoComponent

LAB = Path(__file__).parent
CORE, FULL = "core", "full"


@dataclass(frozen=True)
class ImageSpec:
    """One image. `files` and `folders` are by path in the image; a file is `<step>/<path in its result>`.

    `local` are files of the lab's own folder, `links` symbolic links, `folders` owners (numeric) of folders that
    exist even if empty. `component` is the name under which a bundle without it lists it as missing.
    """

    name: str
    ref: str
    version: str
    component: str = ""
    aliases: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    local: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    folders: Mapping[str, int] = field(default_factory=dict)
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    env: tuple[str, ...] = ()
    user: str = ""
    workdir: str = "/"
    ports: tuple[int, ...] = ()
    profile: str = CORE
    stand_in: bool = False

    @property
    def needs(self) -> tuple[str, ...]:
        """The steps whose results the image is made of."""
        return tuple(dict.fromkeys((*self.layers, *(source.partition("/")[0] for source in self.files.values()))))


@dataclass(frozen=True)
class ToolSpec:
    """A tool of the bundle: `<step>/<path in its result>`, and what its version is named."""

    file: str
    version: str


@dataclass(frozen=True)
class MavenSpec:
    """Java libraries, `group:artifact:version`, and the folder of the image that they go into."""

    libraries: tuple[str, ...]
    folder: str


@dataclass(frozen=True)
class Catalog:
    """All that the lab can build. Folders are the sections [debian] and [node] as they stand."""

    go_minimum: str
    go_components: tuple[GoComponent, ...]
    go_profiles: Mapping[str, str]
    debian: Mapping[str, Any]
    node: Mapping[str, Any]
    images: tuple[ImageSpec, ...]
    tools: Mapping[str, ToolSpec]
    grafana: ImageSpec
    kafka_exporter: ImageSpec
    collector: CollectorSpec
    maven: Mapping[str, MavenSpec]
    unavailable: tuple[str, ...]


def code(*modules: ModuleType) -> tuple[Path, ...]:
    """The source files of modules, for the keys of the steps that they build."""
    return tuple(Path(str(module.__file__)) for module in modules)


def load(path: Path = LAB / "components.toml") -> Catalog:
    """Read the catalog. Raises TypeError for a key that does not exist."""
    data = tomllib.loads(path.read_text())
    components = [_tuples(entry) for entry in data["go"]["component"]]
    profiles = {entry["name"]: entry.pop("profile", CORE) for entry in components}
    return Catalog(
        go_minimum=data["go"]["minimum"],
        go_components=tuple(GoComponent(**entry) for entry in components),
        go_profiles=profiles,
        debian=data["debian"],
        node=data["node"],
        images=tuple(ImageSpec(**_tuples(entry)) for entry in data["image"]),
        unavailable=tuple(data["unavailable"]["components"]),
        collector=_collector(data["collector"]),
        maven={name: MavenSpec(**_tuples(entry)) for name, entry in data["maven"].items()},
        grafana=ImageSpec(**_tuples(data["grafana"])),
        kafka_exporter=ImageSpec(**_tuples(data["kafka_exporter"])),
        tools={name: ToolSpec(**entry) for name, entry in data["tools"].items()},
    )


def _collector(entry: Mapping[str, Any]) -> CollectorSpec:
    nested = {name: _tuples(value) for name, value in entry.items() if isinstance(value, dict)}
    return CollectorSpec(**{**entry, **nested})


def _tuples(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {key.replace("-", "_"): tuple(value) if isinstance(value, list) else value for key, value in entry.items()}
