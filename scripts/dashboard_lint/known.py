"""What Grafana knows, as its libraries have it (known.json, written by lab/grafana/web/scripts/catalog.mjs)."""

import difflib
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema

_FREE_UNITS = ("suffix:", "prefix:", "si:", "time:", "count:", "currency:", "bool:")
_MISSING_FROM_SCHEMA = {
    # The library's types have neither, the panels do.
    "logs": frozenset({"showControls", "controlsStorageKey", "fontSize", "syntaxHighlighting", "infiniteScrolling"}),
}


@cache
def known() -> dict[str, Any]:
    """The catalogue: lists of ids, and `panels` with JSON schemas by panel type."""
    loaded: dict[str, Any] = json.loads((Path(__file__).parent / "known.json").read_text())
    return loaded


def nearest(word: str, words: Iterable[str]) -> str:
    """A hint at the likeliest spelling; empty if nothing is near."""
    found = difflib.get_close_matches(word, list(words), 1)
    return f" (did you mean “{found[0]}”?)" if found else ""


def unknown(word: Any, kind: str, label: str) -> list[str]:
    """A complaint if `word` is not in the catalogue's list of that kind."""
    words = known()[kind]
    return [] if word in words else [f"{label} “{word}” is not one that Grafana knows{nearest(str(word), words)}"]


def unknown_unit(unit: Any) -> list[str]:
    """A complaint about a unit; `suffix:cores` and its like are free."""
    if isinstance(unit, str) and unit.startswith(_FREE_UNITS):
        return []
    return unknown(unit, "units", "unit")


def unknown_color(color: Any) -> list[str]:
    """A complaint about a colour that is neither a name of Grafana's nor one of the web's notations."""
    if isinstance(color, str) and color.startswith(("#", "rgb", "hsl")):
        return []
    return unknown(color, "colors", "colour") if color not in {"text", "transparent", "panel-bg"} else []


@cache
def _validator(panel_type: str, part: str) -> jsonschema.Draft7Validator | None:
    panel = known()["panels"].get(panel_type)
    if panel is None or part not in panel["definitions"]:
        return None
    return jsonschema.Draft7Validator({"$ref": f"#/definitions/{part}", "definitions": panel["definitions"]})


def mistyped(panel_type: str, part: str, value: dict[str, Any], where: str) -> list[str]:
    """Complaints about a panel's `Options` or `FieldConfig` by Grafana's types; a null means that an option is left out."""
    validator = _validator(panel_type, part)
    if validator is None:
        return []
    given = {key: item for key, item in value.items() if item is not None and key not in _MISSING_FROM_SCHEMA.get(panel_type, ())}
    complaints = []
    for error in validator.iter_errors(given):
        path = ".".join(str(step) for step in [where, *error.absolute_path])
        complaints.append(f"{path}: {error.message}")
    return complaints
