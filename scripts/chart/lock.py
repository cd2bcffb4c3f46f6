"""Chart.lock without the repositories: every version is pinned exactly, so there is nothing to resolve, only to hash."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

Dependency = Mapping[str, Any]

# The order in which Go writes the fields of Helm's Dependency; empty ones are left out, except the repository.
_FIELDS = ("name", "version", "repository", "condition", "tags", "enabled", "import-values", "alias")
_GO_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def digest(dependencies: Sequence[Dependency], locked: Sequence[Dependency]) -> str:
    """Helm's digest over a chart's dependencies and their locked versions, as `sha256:<hex>`."""
    document = [[_ordered(dependency) for dependency in part] for part in (dependencies, locked)]
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
    for character, escape in _GO_ESCAPES.items():
        text = text.replace(character, escape)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def lock_file(chart: str, previous: str, now: str) -> str:
    """Chart.lock for the text of a Chart.yaml; `previous` itself (its date too) if nothing changed. `now` is RFC 3339."""
    dependencies = yaml.safe_load(chart).get("dependencies", [])
    locked = [{key: each[key] for key in ("name", "repository", "version")} for each in dependencies]
    fresh = {"dependencies": locked, "digest": digest(dependencies, locked)}
    known = yaml.safe_load(previous) or {}
    if all(known.get(key) == value for key, value in fresh.items()):
        return previous
    return yaml.safe_dump({**fresh, "generated": now}, sort_keys=False)


def _ordered(dependency: Dependency) -> dict[str, Any]:
    return {key: dependency.get(key, "") for key in _FIELDS if dependency.get(key) or key == "repository"}
