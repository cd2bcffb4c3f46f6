"""Values and manifests with their secrets covered, for people to look at."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

COVERED = "<redacted>"
_SECRET_KEY = re.compile(
    r"passw(or)?d|passphrase|secret|token|credential|private_?key|api_?key|access_?key|service_key|routing_key|license_?key"
    r"|bearer|auth_?header|^authorization$|(api|webhook)_url$",
    re.IGNORECASE,
)
# Names of Secrets and of their keys, files and switches: they tell where a secret is, not what it is.
_REFERENCE_KEY = re.compile(
    r"existing|(name|names|file|path|ref|key|keys|mounts?|type|enabled|automount\w*|secret)$|^automount|^secret$|^passwordKey$",
    re.IGNORECASE,
)
_ALWAYS_SECRET = re.compile(r"(api|access|private|service|routing|license)_?key$", re.IGNORECASE)
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
    if _ALWAYS_SECRET.search(key):
        return True
    return bool(_SECRET_KEY.search(key)) and not _REFERENCE_KEY.search(key)


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
