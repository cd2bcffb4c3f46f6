"""The user's dashboards: named in the settings as files, read once when the settings are loaded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from obsdeploy.errors import UsageProblem

_EXPORT = "Export it in Grafana as JSON, model `Classic`, and give it a uid."


def read_all(entries: Any, base: Path, place: str) -> Any:
    """Turn a list of paths and patterns (relative to `base`) into {file, uid, text}; anything else is left to validation."""
    if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries):
        return entries
    return [_read(file, place) for entry in entries for file in _files(entry, base, place)]


def _files(entry: str, base: Path, place: str) -> list[Path]:
    if "://" in entry:  # not repeated: it may hold a user's password
        raise UsageProblem(f"{place}: a dashboard is a file, and this is a URL", hint="Download it, and name the file.")
    try:
        path = base / Path(entry).expanduser()
        if "*" not in entry:
            return [path]
        found = sorted(
            Path(path.anchor).glob(str(path.relative_to(path.anchor))) if path.is_absolute() else Path().glob(str(path))
        )
    except (RuntimeError, ValueError) as error:  # ~nobody, a**b
        raise UsageProblem(
            f"{place}: {entry} is no path: {error}", hint="Write a path, or a pattern such as own/*.json."
        ) from error
    if not found:
        raise UsageProblem(f"{place}: no file matches {entry}", hint=f"Paths are relative to {base}.")
    return found


def _read(file: Path, place: str) -> dict[str, str]:
    try:
        text = file.read_text(encoding="utf-8")
        dashboard = json.loads(text)
    except OSError as error:
        raise UsageProblem(f"{place}: {file}: {error.strerror}", hint="Paths are relative to the settings file.") from error
    except ValueError as error:
        raise UsageProblem(f"{place}: {file} is not JSON: {error}", hint=_EXPORT) from error
    if isinstance(dashboard, dict) and "elements" in dashboard:
        raise UsageProblem(f"{place}: {file} is a dashboard of the v2 schema, which files can't provision", hint=_EXPORT)
    if not isinstance(dashboard, dict) or not isinstance(dashboard.get("uid"), str) or not dashboard["uid"]:
        raise UsageProblem(f"{place}: {file} has no uid, so its address would change with every installation", hint=_EXPORT)
    return {"file": str(file), "uid": dashboard["uid"], "text": text}
