"""Recording and alerting rules by promtool's judgement, and what every alert owes to the person it wakes."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from dashboards import middlewares
from obsdeploy import promql
from obsdeploy.yamltext import parse
from tests.unit.rules.conftest import Promtool

ROOT = Path(__file__).parents[3]
RULES = sorted((ROOT / "charts/obs-stack/files/rules").glob("*.yaml"))
TESTS = sorted(Path(__file__).parent.glob("*.test.yaml"))


def rules(kind: str) -> list[dict[str, Any]]:
    """All rules of a kind, `alert` or `record`."""
    groups = [group for file in RULES for group in parse(file.read_text())["groups"]]
    return [rule for group in groups for rule in group["rules"] if kind in rule]


ALERTS = {rule["alert"]: rule for rule in rules("alert")}


def test_promtool_accepts_every_rule_file(promtool: Promtool) -> None:
    answer = promtool("check", "rules", "--lint=all", "--lint-fatal", *RULES)

    assert answer.returncode == 0, answer.stdout + answer.stderr


@pytest.mark.parametrize("file", TESTS, ids=lambda file: file.name)
def test_rules_do_what_their_tests_say(promtool: Promtool, file: Path) -> None:
    answer = promtool("test", "rules", file)

    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_a_middleware_counted_twice_would_be_noticed(promtool: Promtool, tmp_path: Path) -> None:
    """The tests above can fail: rules that add middlewares up, where they should choose, don't pass."""
    wrong = RULES[1].read_text().replace("or on (namespace, service, pod)", "or")
    (tmp_path / "applications.yaml").write_text(wrong)
    tests = parse((Path(__file__).parent / "applications.test.yaml").read_text())
    (tmp_path / "test.yaml").write_text(yaml.safe_dump({**tests, "rule_files": ["applications.yaml"]}))

    answer = promtool("test", "rules", tmp_path / "test.yaml")

    assert answer.returncode == 1
    assert re.search(r"exp: .* 5E\+00\s+got: .* 6E\+00", answer.stdout + answer.stderr)


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_is_tested_to_fire_and_not_to_fire(name: str) -> None:
    cases = parse((Path(__file__).parent / "alerts.test.yaml").read_text())["tests"]
    outcomes = {
        bool(case["exp_alerts"]) for test in cases for case in test.get("alert_rule_test", []) if case["alertname"] == name
    }

    assert outcomes == ({True} if name == "Watchdog" else {True, False})


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_says_how_bad_what_and_what_to_do(name: str) -> None:
    alert = ALERTS[name]

    assert alert["labels"]["severity"] in {"critical", "warning", "none"}
    assert alert["annotations"]["summary"].endswith(".")
    assert alert["annotations"]["description"].endswith(".")
    assert alert["annotations"]["runbook_url"] == f"docs/runbooks/{name}.md"


@pytest.mark.parametrize("name", ALERTS)
def test_a_runbook_says_what_it_means_and_what_to_do(name: str) -> None:
    page = (ROOT / "docs/runbooks" / f"{name}.md").read_text()

    assert page.startswith(f"# {name}\n")
    assert re.findall(r"^## (.+)$", page, re.MULTILINE) == ["What it means", "What to do"]


def test_no_runbook_is_left_over() -> None:
    pages = {page.stem for page in (ROOT / "docs/runbooks").glob("*.md")} - {"README"}

    assert pages == set(ALERTS)


def test_recorded_names_say_level_metric_and_operation_and_are_documented() -> None:
    names = {rule["record"] for rule in rules("record")}
    documented = set(re.findall(r"`((?:service|service_endpoint):[\w:]+)", (ROOT / "docs/metrics.md").read_text()))

    assert all(re.fullmatch(r"service(_endpoint)?:http_\w+:(ratio_)?rate1m", name) for name in names)
    assert documented == names


def test_every_middleware_is_documented() -> None:
    page = (ROOT / "docs/metrics.md").read_text()

    for middleware in middlewares.load().middlewares:
        assert middleware.name in page
        assert middleware.requests["metric"] in page


def test_rates_are_taken_before_sums() -> None:
    """A sum of counters falls when a pod goes, which a rate would read as a restart."""
    for rule in rules("record"):
        assert not re.search(r"rate\(\s*(sum|avg|max|min)\b", rule["expr"])
        assert promql.metric_names(rule["expr"])
