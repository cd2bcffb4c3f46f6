"""Values and manifests with their secrets covered, for people to look at."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

COVERED = "<redacted>"
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+")
# The last word of a key decides: under `adminPassword` stands a secret, under `passwordFile` only where one is.
_SECRETS = {"password", "passwd", "passphrase", "pass", "token", "credentials", "credential", "authorization", "apikey"}
_SECRET_PAIRS = {
    "key": {"api", "access", "private", "service", "routing", "license", "secret", "signing", "encryption", "account"},
    "secret": {"client", "app", "shared", "consumer", "webhook"},
    "url": {"api", "webhook"},
}
_URL_USER = re.compile(r"(?P<scheme>[a-zA-Z][a-zA-Z0-9+.-]*://)[^/\s:@\"']*:[^/\s@\"']+@")
_LINE = re.compile(r"^(?P<head>[ \t-]*[\"']?(?P<key>[\w.-]+)[\"']?[ \t]*[:=][ \t]*)(?P<value>[^\s{\[|>].*)$", re.MULTILINE)
_REFERENCES = re.compile(r"^[\"']?\$(\{|__)")


def redacted(data: Any) -> Any:
    """Return a copy of values, or of a manifest, in which nothing secret can be read; the shape stays."""
    if isinstance(data, Mapping):
        if data.get("kind") == "Secret":
            return _secret(data)
        if set(data) == {"name", "value"} and is_secret(str(data["name"])):
            return {**data, "value": COVERED}
        return {key: _value(str(key), value) for key, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [redacted(item) for item in data]
    return _text(data) if isinstance(data, str) else data


def is_secret(key: str) -> bool:
    """Whether what stands under a key of this name is a secret itself, and not only the place of one."""
    words = [word.lower() for word in _WORD.findall(key)]
    if not words:
        return False
    before = words[-2] if len(words) > 1 else ""
    return words[-1] in _SECRETS or words == ["secret"] or before in _SECRET_PAIRS.get(words[-1], ())


def inline_secret(data: Any) -> str | None:
    """Return the key of the first secret that stands in `data` itself, not only by reference; None where there is none."""
    if isinstance(data, Mapping):
        for key, value in data.items():
            if isinstance(value, str) and value and is_secret(str(key)):
                return str(key)
    inner = data.values() if isinstance(data, Mapping) else data if isinstance(data, (list, tuple)) else ()
    return next((found for item in inner if (found := inline_secret(item))), None)


def _value(key: str, value: Any) -> Any:
    if isinstance(value, (str, int, float)) and not isinstance(value, bool) and value != "" and is_secret(key):
        return value if isinstance(value, str) and _REFERENCES.match(value) else COVERED
    return redacted(value)


def _secret(manifest: Mapping[str, Any]) -> dict[str, Any]:
    covered = {field: dict.fromkeys(manifest[field] or {}, COVERED) for field in ("data", "stringData") if field in manifest}
    return {**manifest, **covered}


def _text(text: str) -> str:
    """Cover secrets in text: users in URLs, and lines of an embedded YAML or ini file."""
    text = _URL_USER.sub(lambda match: f"{match['scheme']}{COVERED}@", text)
    return _LINE.sub(_line, text) if "\n" in text else text


def _line(match: re.Match[str]) -> str:
    secret = is_secret(match["key"]) and not _REFERENCES.match(match["value"])
    return f"{match['head']}{COVERED}" if secret else match[0]
