"""The two reports: what people read in 80 columns, and what machines read by schema."""

import json
import re
from dataclasses import replace

import jsonschema
import pytest

from obsdeploy.checks.model import (
    Check,
    Finding,
    Hint,
    Outcome,
    Report,
    Result,
    Severity,
    Status,
    failed,
    passed,
    skipped,
    warned,
)
from obsdeploy.report import json as machine
from obsdeploy.report import text
from obsdeploy.report.text import Style


async def _never(context: object) -> Outcome:
    raise AssertionError


def result(name: str, outcome: Outcome, *, description: str = "it is well", seconds: float = 0.25, attempts: int = 1) -> Result:
    return Result(Check(name, description, _never), outcome, seconds, attempts)


LOG = "kubectl -n monitoring logs deploy/prometheus-server -c prometheus-server --since=1h | grep -i error"
REDIS = Hint("", "obsdeploy verify --only exporters.redis")
DEAD = "Redis carts at redis.shop.svc:6379 does not answer its exporter, which is up"
REPORT = Report(
    (
        result("cluster.api", passed("Kubernetes v1.36.3"), description="the API server answers"),
        result(
            "prometheus.config",
            failed("the last reload failed", "loaded 5 min ago", hint=Hint("Its log says what is wrong.", LOG)),
            description="its configuration is in force",
            attempts=3,
        ),
        result(
            "prometheus.series",
            warned("7000 head series", "up: 9", hint=Hint("See which are many.")),
            description="series keep to their budget",
        ),
        result("exporters.redis", skipped("no instance named under redis:"), description="Redis answers its exporter"),
        result(
            "panels.obs-redis",
            failed(
                "2 of 4 panels are dead",
                hint=Hint("Each empty panel names its first broken link."),
                findings=(
                    Finding("2 Clients", Status.FAILED, f"query A is empty: {DEAD}", REDIS),
                    Finding("3 Memory", Status.FAILED, f"query B is empty: {DEAD}", REDIS),
                    Finding("4 Keys", Status.SKIPPED, "needs redisExporter: off"),
                    Finding("5 Uptime", Status.PASSED, "1 series"),
                ),
            ),
            description="every panel of obs-redis has data",
        ),
    ),
    2.34,
)

EXPECTED = """\
cluster
-------
√ the API server answers: Kubernetes v1.36.3

prometheus
----------
× its configuration is in force: the last reload failed
    loaded 5 min ago
    Its log says what is wrong.
    $ kubectl -n monitoring logs deploy/prometheus-server -c prometheus-server \\
        --since=1h | grep -i error
    see docs/checks.md#prometheus-config
‼ series keep to their budget: 7000 head series
    up: 9
    See which are many.
    see docs/checks.md#prometheus-series

exporters
---------
– Redis answers its exporter: skipped, no instance named under redis:

panels
------
× every panel of obs-redis has data: 2 of 4 panels are dead
    2 Clients, 3 Memory: Redis carts at redis.shop.svc:6379 does not answer its
      exporter, which is up
      $ obsdeploy verify --only exporters.redis
    4 Keys: skipped, needs redisExporter: off
    Each empty panel names its first broken link.
    see docs/checks.md#panels

Not well: 1 passed, 1 warned, 2 failed, 1 skipped in 2.3 s
× prometheus.config: the last reload failed
× panels.obs-redis: 2 of 4 panels are dead
"""


def test_the_text_groups_marks_explains_and_repeats_the_failures() -> None:
    assert text.render(REPORT) == EXPECTED


def test_a_run_in_which_all_is_well_says_so() -> None:
    assert text.render(Report(REPORT.results[:1], 0.96)).endswith("\nAll is well: 1 passed in 1.0 s\n")


def test_a_run_that_checked_nothing_is_not_well() -> None:
    assert text.render(Report((), 0.0)) == "Not well: nothing was checked in 0.0 s\n"


def test_colours_mark_and_never_change_the_words() -> None:
    coloured = text.render(REPORT, Style(colour=True))
    assert "\x1b[31m×\x1b[0m its configuration" in coloured
    assert re.sub(r"\x1b\[\d+m", "", coloured) == EXPECTED


def test_a_terminal_that_knows_ascii_alone_gets_ascii_alone() -> None:
    plain = text.render(REPORT, Style(unicode=False))
    assert plain.isascii()
    assert "x its configuration is in force" in plain
    assert "- Redis answers its exporter" in plain


def test_nothing_is_wider_than_80_columns_but_a_word_that_can_not_be_broken() -> None:
    long = "x" * 100
    wide = Report((result("a.b", failed("word " * 60, "detail " * 40, long, hint=Hint("hint " * 40, "run " * 60 + long))),), 1.0)
    lines = text.render(wide).splitlines()
    assert all(len(line) <= 80 for line in lines if long not in line and len(max(line.split(), key=len, default="")) < 70)


def test_a_broken_command_can_still_be_copied_and_run() -> None:
    printed = text.render(REPORT).split("$ ")[1].split("\n    see")[0]
    assert re.sub(r" \\\n +", " ", printed) == LOG


def test_a_command_is_never_broken_inside_quotes() -> None:
    quoted = "kubectl get secret obs-grafana-admin -o jsonpath='{.data a b c d e f g h i j k l m n o p q r s t u v w x y z}'"
    shown = text.render(Report((result("a.b", failed("no", hint=Hint("", quoted))),), 1.0))
    assert "\n        jsonpath='{.data a b c d e f g h i j k l m n o p q r s t u v w x y z}'\n" in shown


def test_commands_say_how_this_cluster_is_reached_where_plain_kubectl_reaches_another() -> None:
    reached = "kubectl --kubeconfig /home/me/own --context kind-obsdeploy"
    shown = text.render(REPORT, Style(kubectl=reached))
    assert f"Commands above are for this cluster after:\n$ alias kubectl='{reached}'\n" in shown
    assert "alias" not in text.render(Report(REPORT.results[:1], 1.0), Style(kubectl="kubectl --context x"))


def test_many_causes_are_cut_and_say_so() -> None:
    findings = tuple(Finding(f"{n} Panel", Status.FAILED, f"cause {n}") for n in range(12))
    shown = text.render(Report((result("panels.x", failed("12 dead", hint=Hint(""), findings=findings)),), 1.0))
    assert "7 Panel: cause 7" in shown
    assert "8 Panel" not in shown
    assert "and 4 more; all of them with -o json" in shown


def test_the_json_is_what_its_schema_says() -> None:
    document = json.loads(machine.render(REPORT))
    jsonschema.Draft202012Validator(machine.schema()).validate(document)
    assert (document["version"], document["passed"], document["seconds"]) == (1, False, 2.34)
    assert document["summary"] == {"passed": 1, "warned": 1, "failed": 2, "skipped": 1}


def test_the_json_holds_everything_that_was_found() -> None:
    checks = {one["id"]: one for one in json.loads(machine.render(REPORT))["checks"]}
    assert checks["prometheus.config"] == {
        "id": "prometheus.config",
        "category": "prometheus",
        "description": "its configuration is in force",
        "severity": "error",
        "status": "failed",
        "summary": "the last reload failed",
        "details": ["loaded 5 min ago"],
        "findings": [],
        "hint": {"text": "Its log says what is wrong.", "command": LOG},
        "docs": "docs/checks.md#prometheus-config",
        "seconds": 0.25,
        "attempts": 3,
    }
    assert [one["status"] for one in checks["panels.obs-redis"]["findings"]] == ["failed", "failed", "skipped", "passed"]


@pytest.mark.parametrize("change", [{"extra": 1}, {"version": 2}, {"checks": [{}]}])
def test_the_schema_refuses_what_is_not_the_report(change: dict[str, object]) -> None:
    document = machine.document(REPORT) | change
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(machine.schema()).validate(document)


def test_every_severity_and_status_fits_the_schema() -> None:
    for severity in Severity:
        for status in Status:
            one = result("cluster.api", Outcome(status, "said"))
            document = machine.document(Report((replace(one, check=replace(one.check, severity=severity)),), 0.0))
            jsonschema.Draft202012Validator(machine.schema()).validate(document)
