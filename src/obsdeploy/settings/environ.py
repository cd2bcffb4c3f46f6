"""Settings from environment variables: OBSDEPLOY_SCRAPE_INTERVAL=30s, OBSDEPLOY_KIND__HOST_PORTS__GRAFANA=3100."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

from obsdeploy.errors import UsageProblem
from obsdeploy.settings.keys import free_form, model_keys, part_at
from obsdeploy.settings.layers import KeyPath, Layer, put
from obsdeploy.settings.reading import value

PREFIX = "OBSDEPLOY_"
# Variables of obsdeploy that are no settings: what to work with, and what its tests and the lab use.
OTHER_PREFIXES = ("OBSDEPLOY_E2E_", "OBSDEPLOY_TEST_", "OBSDEPLOY_LAB_", "OBSDEPLOY_UPSTREAM_", "OBSDEPLOY_BENCH_")
OTHERS = frozenset(
    {
        "OBSDEPLOY_BUNDLE",
        "OBSDEPLOY_CHARTS",
        "OBSDEPLOY_CONFIG",
        "OBSDEPLOY_DOCKER_DATA",
        "OBSDEPLOY_PROMETHEUS",
        "OBSDEPLOY_PROMTOOL",
        "OBSDEPLOY_RUNC",
    }
)


def from_environment(environ: Mapping[str, str]) -> Layer:
    """Read every OBSDEPLOY_ variable that is not empty.

    Raises UsageProblem for one that names no setting, and for a value that is not YAML.
    """
    data: dict[str, Any] = {}
    places: dict[KeyPath, str] = {}
    for name in sorted(environ):
        if environ[name] and name.startswith(PREFIX) and name not in OTHERS and not name.startswith(OTHER_PREFIXES):
            path = _path(name)
            put(data, path, value(environ[name], name))
            places[tuple(path)] = name
    return Layer("environment", data, places)


def _path(name: str) -> list[str]:
    """Turn HOST_PORTS__GRAFANA into [hostPorts, grafana]; below a free-form key (`values`) names are taken as they are."""
    path: list[str] = []
    parts = name.removeprefix(PREFIX).split("__")
    for position, part in enumerate(parts):
        model = part_at(tuple(path))
        if model is None:
            if path and free_form(path[0]):
                return path + parts[position:]
            raise _unknown(name)
        by_flat = {_flat(key): key for key in model_keys(model)}
        if _flat(part) not in by_flat:
            raise _unknown(name)
        path.append(by_flat[_flat(part)])
    return path


def _unknown(name: str) -> UsageProblem:
    nearest = difflib.get_close_matches(name, list(_names()), n=1, cutoff=0.0)[0]
    return UsageProblem(f"{name} names no setting", hint=f"Did you mean {nearest}? `obsdeploy config schema` lists all keys.")


def _names(path: tuple[str, ...] = ()) -> Iterator[str]:
    model = part_at(path)
    for key in model_keys(model) if model else ():
        inner = (*path, key)
        yield PREFIX + "__".join(_upper(part) for part in inner)
        yield from _names(inner)


def _flat(key: str) -> str:
    return key.replace("_", "").lower()


def _upper(key: str) -> str:
    return "".join(f"_{letter}" if letter.isupper() else letter for letter in key).upper()
