"""`obsdeploy config` and `obsdeploy render`, as far as they need neither cluster nor helm."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from obsdeploy.cli import config, render
from obsdeploy.cli.options import command, group_callback
from obsdeploy.errors import UsageProblem
from obsdeploy.settings import load
from obsdeploy.yamltext import parse
from tests.unit.values.make import settings

Running = Callable[..., Result]


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Running:
    """Run a command line in an empty folder."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("OBSDEPLOY_")]:
        monkeypatch.delenv(name)
    app = typer.Typer()
    group_callback(app)
    command(app, "render", render.render)
    config.register(app)
    return lambda *words: CliRunner().invoke(app, list(words))


def problem(result: Result) -> UsageProblem:
    assert isinstance(result.exception, UsageProblem), result.output
    return result.exception


def test_init_writes_a_file_that_changes_nothing(running: Running, tmp_path: Path) -> None:
    result = running("config", "init")
    assert result.stdout == "wrote obsdeploy.yaml; every key is in it, commented out\n"
    assert load(env={}, cwd=tmp_path) == settings()


def test_init_overwrites_nothing_unless_told(running: Running, tmp_path: Path) -> None:
    (tmp_path / "obsdeploy.yaml").write_text("namespace: mine\n")
    assert problem(running("config", "init")).message == "obsdeploy.yaml is there already"
    assert (tmp_path / "obsdeploy.yaml").read_text() == "namespace: mine\n"
    assert running("config", "init", "--force").exit_code == 0
    assert "namespace: mine" not in (tmp_path / "obsdeploy.yaml").read_text()


def test_init_writes_where_it_is_told(running: Running, tmp_path: Path) -> None:
    assert running("config", "init", "--config", "other.yaml").exit_code == 0
    assert (tmp_path / "other.yaml").exists()
    assert "can't be written" in problem(running("config", "init", "--config", "no/other.yaml")).message


def test_show_prints_what_is_in_effect(running: Running, tmp_path: Path) -> None:
    (tmp_path / "obsdeploy.yaml").write_text("profile: prod\nnamespace: mine\n")
    shown = parse(running("config", "show", "--set", "retention.time=2d").stdout)
    assert (shown["profile"], shown["namespace"], shown["retention"]) == ("prod", "mine", {"time": "2d", "size": "40GB"})


def test_show_covers_secrets_in_raw_values(running: Running, tmp_path: Path) -> None:
    (tmp_path / "obsdeploy.yaml").write_text("values: {grafana: {adminPassword: hush}}\n")
    result = running("config", "show")
    assert "hush" not in result.stdout
    assert parse(result.stdout)["values"] == {"grafana": {"adminPassword": "<redacted>"}}


def test_schema_is_json_schema(running: Running) -> None:
    assert json.loads(running("config", "schema").stdout)["title"] == "obsdeploy.yaml"


def test_render_prints_values_with_secrets_covered_unless_asked(running: Running, tmp_path: Path) -> None:
    (tmp_path / "obsdeploy.yaml").write_text("values: {grafana: {adminPassword: hush}}\n")

    def password(*words: str) -> Any:
        return parse(running("render", *words).stdout)["grafana"]["adminPassword"]

    assert password() == "<redacted>"
    assert password("--show-secrets") == "hush"


def test_render_takes_the_demo_from_its_option(running: Running) -> None:
    assert parse(running("render", "--demo").stdout)["release"]["expected"]["demo"] is True
    assert parse(running("render").stdout)["release"]["expected"]["demo"] is False


def test_wrong_settings_reach_the_way_out_as_they_are(running: Running) -> None:
    assert problem(running("--set", "metrics=leen", "render")).message.startswith("command line: metrics should be")
