"""What is wrong with settings, said so that a person can mend it: where, which key, what is wanted, what was probably meant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from obsdeploy.errors import UsageProblem
from obsdeploy.redacttext import COVERED, covered
from obsdeploy.secretkeys import is_secret
from obsdeploy.settings.keys import dotted, model_keys, nearest, part_at
from obsdeploy.settings.layers import KeyPath, Layer

if TYPE_CHECKING:
    from pydantic import ValidationError

_SECRET_WORDS = ("password", "token", "secret", "apikey")
_WANTED = {
    "string_type": "wants text",
    "bool_type": "wants true or false",
    "int_type": "wants a whole number",
    "float_type": "wants a number",
    "dict_type": "wants a map",
    "model_type": "wants a map",
    "tuple_type": "wants a list",
}
_SEE = "`obsdeploy config schema` lists every key and its type."


def problem(error: ValidationError, layers: Sequence[Layer]) -> UsageProblem:
    """Turn a validation error into one message that names every wrong key, with the hint for the first."""
    found = [_one(dict(details), layers) for details in error.errors(include_url=False, include_input=True)]
    return UsageProblem("; ".join(message for message, _ in found), hint=found[0][1])


def where(path: KeyPath, layers: Sequence[Layer]) -> str:
    """Name the place that decides `path`: the last layer that sets it."""
    for layer in reversed(layers):
        place = layer.place(path)
        if place is not None:
            return place
    return "settings"


def _one(details: dict[str, Any], layers: Sequence[Layer]) -> tuple[str, str]:
    path = _key_path(details["loc"])
    if not path:
        return _together(details, layers)
    place, key = where(path, layers), dotted(path)
    if details["type"] == "extra_forbidden":
        return f"{place}: unknown key {key}", _instead(path)
    if details["type"] == "missing":
        return f"{place}: {key} is missing", f"Add it to {dotted(path[:-1]) or 'the settings'}. {_SEE}"
    return f"{place}: {key} {_what(details)}" if details["type"] != "value_error" else f"{place}: {key}: {_what(details)}", _SEE


def _together(details: dict[str, Any], layers: Sequence[Layer]) -> tuple[str, str]:
    """A combination that makes no sense: its message begins with the key to look at."""
    message = _what(details)
    parts = message.split(" ")[0].rstrip(":").split(".")
    return f"{where(tuple(parts), layers)}: {message}", "Change one of the settings named here."


def _what(details: dict[str, Any]) -> str:
    given, hidden = details.get("input"), _hidden(details["loc"])
    if details["type"] == "value_error":
        said = str(details["msg"]).removeprefix("Value error, ")
        return said.replace(repr(given), "this" if hidden else repr(_safe(given))) if isinstance(given, str) else said
    wanted = _WANTED.get(
        details["type"], str(details["msg"]).replace("Input should", "should", 1).replace("String should", "should", 1)
    )
    return f"{wanted}, but this is {_shown(given, hidden)}"


def _hidden(loc: Sequence[str | int]) -> bool:
    """Whether a secret may stand there: somebody may have written it where its name belongs, or in a header."""
    keys = [str(part) for part in loc]
    return "headers" in keys or any(is_secret(key) or any(word in key.lower() for word in _SECRET_WORDS) for key in keys)


def _safe(text: str) -> str:
    """Input as it may be repeated: what stands before an @ may be a user with a password, however badly it is written."""
    before, at, host = text.rpartition("@")
    if at:
        scheme, mark, _ = before.partition("://")
        text = f"{scheme if mark else ''}{mark}{COVERED}@{host}"
    return covered(text)


def _shown(value: Any, hidden: bool) -> str:
    kind = {bool: "true or false", int: "a number", float: "a number", str: "text", list: "a list", dict: "a map"}
    if value is None:
        return "null"
    if isinstance(value, str) and not hidden:
        return f"text: {_safe(value)!r}"
    if isinstance(value, (int, float)) and not hidden:
        return f"{kind[type(value)]}: {str(value).lower() if isinstance(value, bool) else repr(value)}"
    return kind.get(type(value), type(value).__name__)


def _instead(path: KeyPath) -> str:
    word = str(path[-1]).lower()
    if any(secret in word for secret in _SECRET_WORDS):
        return _secret_hint(path)
    suggestion = nearest(path)
    if suggestion:
        return f"Did you mean {suggestion}?"
    block = part_at(path[:-1])
    known = ", ".join(model_keys(block)) if block else ""
    return f"Keys that {dotted(path[:-1]) or 'settings'} can have: {known}."


def _secret_hint(path: KeyPath) -> str:
    block = part_at(path[:-1])
    by_name = [key for key in (model_keys(block) if block else ()) if "secret" in key.lower()]
    instead = f" and name it in {dotted((*path[:-1], by_name[0]))}" if by_name else ""
    return f"Settings hold no passwords: put it into a Kubernetes Secret{instead}."


def _key_path(loc: Sequence[str | int]) -> KeyPath:
    """Drop what pydantic puts into a location besides keys and indexes (names of union members)."""
    return tuple(part for part in loc if isinstance(part, int) or not part.endswith("]"))
