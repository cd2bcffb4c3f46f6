"""The user's own dashboards: read when the settings are, refused when Grafana could not use them."""

import json
from pathlib import Path

import pytest

from obsdeploy.errors import UsageProblem
from obsdeploy.settings import Settings, load
from obsdeploy.values import render


def loaded(folder: Path, entries: str) -> Settings:
    (folder / "obsdeploy.yaml").write_text(f"namespace: a\ndashboards: {entries}\n")
    return load(env={}, cwd=folder)


def test_paths_are_relative_to_the_settings_file_and_may_be_patterns(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    for uid in ("a", "b"):
        (tmp_path / "own" / f"{uid}.json").write_text(json.dumps({"uid": uid, "panels": []}))
    assert [one.uid for one in loaded(tmp_path, "[own/*.json]").dashboards] == ["a", "b"]
    settings = loaded(tmp_path, "[own/b.json]")
    assert render(settings)["extraDashboards"] == {"b": '{"uid": "b", "panels": []}'}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("{", "is not JSON"),
        ("{}", "has no uid"),
        ("[]", "has no uid"),
        ('{"uid": "a", "elements": {}, "layout": {}}', "is a dashboard of the v2 schema"),
    ],
)
def test_what_grafana_could_not_provision_is_refused(tmp_path: Path, content: str, why: str) -> None:
    (tmp_path / "a.json").write_text(content)
    with pytest.raises(UsageProblem) as raised:
        loaded(tmp_path, "[a.json]")
    assert raised.value.message.startswith("obsdeploy.yaml:2: ")
    assert why in raised.value.message


@pytest.mark.parametrize(("entries", "why"), [("[no.json]", "No such file"), ("['no/*.json']", "no file matches")])
def test_a_missing_file_is_named(tmp_path: Path, entries: str, why: str) -> None:
    with pytest.raises(UsageProblem, match=why):
        loaded(tmp_path, entries)


def test_one_uid_twice_is_an_error(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.json").write_text('{"uid": "same"}')
    with pytest.raises(UsageProblem, match="dashboards: the uid same is there twice"):
        loaded(tmp_path, "[a.json, b.json]")


def test_dashboards_of_a_wrong_type(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="dashboards wants a list"):
        loaded(tmp_path, "own/a.json")
