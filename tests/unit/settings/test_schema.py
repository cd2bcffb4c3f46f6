"""The schema, the starter file and the model say the same."""

import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from obsdeploy.settings import load
from obsdeploy.settings.schema import effective, json_schema, starter
from obsdeploy.yamltext import dump, parse
from tests.unit.values.make import settings


def uncommented() -> Any:
    return parse(re.sub(r"^#(?!#)(?! )", "", re.sub(r"^#  ", "  ", starter(), flags=re.MULTILINE), flags=re.MULTILINE))


def keys(data: Any, path: str = "") -> set[str]:
    if not isinstance(data, dict):
        return {path}
    return {path} | {found for key, value in data.items() for found in keys(value, f"{path}.{key}")}


def test_the_starter_file_has_every_key_with_its_default() -> None:
    assert uncommented() == effective(settings())


def test_the_starter_file_as_it_is_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "obsdeploy.yaml").write_text(starter())
    assert load(env={}, cwd=tmp_path) == settings()


@pytest.mark.parametrize("profile", ["dev", "ci", "prod"])
def test_what_is_shown_can_be_loaded_again(tmp_path: Path, profile: str) -> None:
    original = settings(profile, redis=[{"name": "a", "address": "x:1", "tls": True}])
    (tmp_path / "obsdeploy.yaml").write_text(dump(effective(original)))
    assert load(env={}, cwd=tmp_path) == original


def test_the_schema_accepts_what_is_right() -> None:
    validator = jsonschema.Draft202012Validator(json_schema())
    validator.check_schema(json_schema())
    validator.validate(uncommented())
    validator.validate({"dashboards": ["own/*.json"], "retention": {"size": "40GB"}})


@pytest.mark.parametrize(
    "wrong",
    [
        {"namspace": "a"},
        {"timeout": 300},
        {"timeout": "5 minutes"},
        {"metrics": "some"},
        {"redis": [{"name": "a"}]},
        {"absent": {}},
    ],
)
def test_the_schema_refuses_what_is_wrong(wrong: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, json_schema())


def test_the_schema_knows_every_key() -> None:
    properties = json_schema()["properties"]
    assert set(properties) == set(effective(settings()))
