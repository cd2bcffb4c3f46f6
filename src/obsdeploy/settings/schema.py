"""Settings described: as JSON Schema for editors, as a commented file to start from, and as they are in effect."""

from __future__ import annotations

from typing import Any

from obsdeploy import assets
from obsdeploy.settings.model import Settings

TITLE = "obsdeploy.yaml"


def json_schema() -> dict[str, Any]:
    """JSON Schema of obsdeploy.yaml."""
    schema = Settings.model_json_schema(by_alias=True)
    del schema["properties"]["absent"], schema["$defs"]["Dashboard"]
    schema["properties"]["dashboards"] = {
        "type": "array",
        "items": {"type": "string"},
        "default": [],
        "description": "files with dashboards' JSON, or patterns of them, relative to this file",
    }
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": TITLE}


def starter() -> str:
    """A settings file with every key and its meaning, all of them commented out."""
    return (assets.values_dir() / "settings.yaml").read_text(encoding="utf-8")


def effective(settings: Settings) -> dict[str, Any]:
    """Settings as obsdeploy.yaml would have to say them."""
    data = settings.model_dump(by_alias=True, mode="json")
    return {**data, "dashboards": [one.file for one in settings.dashboards]}
