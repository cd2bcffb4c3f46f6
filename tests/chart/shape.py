"""What two renderings have to agree on: every field of every object, less what no cluster can tell apart."""

import configparser
from collections.abc import Iterable, Iterator
from typing import Any

import yaml

from tests.chart.helm import Manifest

# Lists of named things, whose order means nothing to Kubernetes.
_KEYED = {"volumes": "name", "volumeMounts": "mountPath", "env": "name", "ports": "name", "containers": "name"}
_ABSENT = "(absent)"
# An empty one of these says the same as none.
_IDLE = {"annotations", "labels", "resources", "data"}


def facts(manifests: Iterable[Manifest]) -> dict[str, Any]:
    """Every field of every object as `Kind/name path` → value."""
    return {
        f"{each['kind']}/{each['metadata']['name']} {path}": value
        for each in manifests
        for path, value in _leaves("", _told(each))
    }


def differences(first: dict[str, Any], second: dict[str, Any]) -> list[str]:
    """One line for each fact that is not the same in both."""
    pairs = ((key, first.get(key, _ABSENT), second.get(key, _ABSENT)) for key in sorted({*first, *second}))
    return [f"{key}: {a!r} ≠ {b!r}" for key, a, b in pairs if a != b]


def _told(manifest: Manifest) -> Manifest:
    if manifest["kind"] != "ConfigMap":
        return manifest
    return {**manifest, "data": {name: _parsed(name, text) for name, text in (manifest.get("data") or {}).items()}}


def _parsed(name: str, text: str) -> Any:
    if name.endswith(".ini"):
        ini = configparser.RawConfigParser()
        ini.read_string(text)
        return {section: dict(ini[section]) for section in ini.sections()}
    return yaml.load(text, Loader=yaml.CSafeLoader)


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    key = path.rpartition(".")[2]
    if isinstance(value, dict) and (value or key not in _IDLE):
        if not value:
            yield path, {}
        for name, inner in value.items():
            # Hashes over a template's text, which only make pods start anew.
            if not name.startswith("checksum/"):
                yield from _leaves(f"{path}.{name}".lstrip("."), inner)
    elif isinstance(value, list):
        for name, inner in enumerate(value) if key not in _KEYED else _named(key, value):
            yield from _leaves(f"{path}[{name}]", inner)
    elif value not in (None, "", {}):
        yield path, value


def _named(key: str, items: list[Any]) -> Iterator[tuple[str, Any]]:
    for item in items:
        yield str(item.get(_KEYED[key]) or item), item
