"""Values and manifests with their secrets covered, for people to look at."""

from __future__ import annotations

from typing import Any

from obsdeploy.redacttext import COVERED, covered, is_reference
from obsdeploy.secretkeys import is_secret, walked

__all__ = ["COVERED", "inline_secret", "is_secret", "redacted"]


def redacted(data: Any) -> Any:
    """Return a copy of values, or of a manifest, in which nothing secret can be read; the shape stays."""
    return walked(data, _shown)


def inline_secret(data: Any) -> str | None:
    """Return the key of the first secret that stands in `data` itself, not only by reference; None where there is none."""
    found: list[str] = []
    walked(data, lambda value, key: found.append(key) if key and _holds(value) else None)
    return next(iter(found), None)


def _shown(value: Any, key: str) -> Any:
    if key and _holds(value):
        return value if is_reference(value) else COVERED
    return covered(value) if isinstance(value, str) else value


def _holds(value: Any) -> bool:
    return isinstance(value, (str, int, float)) and not isinstance(value, bool) and value != ""
