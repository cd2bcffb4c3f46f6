"""Where settings come from: profiles, obsdeploy.yaml, environment variables, the command line; each remembers where a key is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from obsdeploy.errors import UsageProblem
from obsdeploy.settings.reading import Unreadable, document

KeyPath = tuple[str | int, ...]


@dataclass(frozen=True)
class Layer:
    """Settings from one source; `places` says where in it a key stands, `origin` what the source is called."""

    origin: str
    data: dict[str, Any]
    places: Mapping[KeyPath, str] = field(default_factory=dict)

    def place(self, path: KeyPath) -> str | None:
        """Where this layer sets `path` or what is above it; None if it does not."""
        if not _holds(self.data, path[:1]):
            return None
        for end in range(len(path), 0, -1):
            if path[:end] in self.places:
                return self.places[path[:end]]
        return self.origin


def from_file(path: Path, shown: str) -> Layer:
    """Read a YAML file. Raises UsageProblem when it can't be read, is no map, or says a key twice."""
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise UsageProblem(
            f"{shown} can't be read: {error.strerror}",
            hint="Name a settings file with --config, or write one: obsdeploy config init.",
        ) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise UsageProblem(f"{shown}:{line}: not UTF-8 text", hint="Save the file in the encoding UTF-8.") from error
    return from_text(text, shown)


def from_text(text: str, shown: str) -> Layer:
    """Read settings from YAML. Raises UsageProblem as `from_file` does."""
    try:
        node, data = document(text)
    except Unreadable as error:
        raise UsageProblem(f"{shown}:{error.line}: not YAML: {error.why}", hint=error.hint) from error
    if node is None:
        return Layer(shown, {})
    if not isinstance(node, yaml.MappingNode):
        raise UsageProblem(f"{shown}:1: settings are a map of keys, such as `namespace: monitoring`", hint=_SEE_INIT)
    places: dict[KeyPath, str] = {}
    _index(node, (), shown, places)
    return Layer(shown, data, places)


def from_overrides(overrides: Mapping[str, Any]) -> Layer:
    """Settings from the command line, by dotted key (`kind.hostPorts.enabled`); None means the option was not given."""
    data: dict[str, Any] = {}
    for dotted, value in overrides.items():
        if value is not None:
            put(data, dotted.split("."), value)
    return Layer("command line", data)


def put(data: dict[str, Any], path: list[str], value: Any) -> None:
    """Set a nested key, making the maps above it."""
    for key in path[:-1]:
        inner = data.setdefault(key, {})
        if not isinstance(inner, dict):
            inner = data[key] = {}
        data = inner
    data[path[-1]] = value


_SEE_INIT = "See `obsdeploy config init`, which writes every key with its meaning."


def _holds(data: Any, path: KeyPath) -> bool:
    return not path or (isinstance(data, Mapping) and path[0] in data)


def _index(node: yaml.Node, path: KeyPath, shown: str, places: dict[KeyPath, str]) -> None:
    if isinstance(node, yaml.MappingNode):
        for key_node, value_node in node.value:
            key: KeyPath = (*path, key_node.value)
            line = f"{shown}:{key_node.start_mark.line + 1}"
            if key in places:
                raise UsageProblem(
                    f"{line}: {_dotted(key)} is there twice (first at {places[key]})",
                    hint="Remove one of them: only the last would count.",
                )
            places[key] = line
            _index(value_node, key, shown, places)
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            places[(*path, number)] = f"{shown}:{item.start_mark.line + 1}"
            _index(item, (*path, number), shown, places)


def _dotted(path: KeyPath) -> str:
    return ".".join(str(part) for part in path)
