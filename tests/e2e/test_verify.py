"""`verify` on a live demo that is well: everything is proven, and the report can be used. How quick it is, `make bench` says."""

from __future__ import annotations

import json
import re

import jsonschema

from obsdeploy.report.json import schema
from tests.e2e.machine import Machine


def test_a_live_demo_passes_every_check_and_every_panel(stack: Machine) -> None:
    done = stack.run("verify", "--wait", "2m", "-o", "json")
    assert done.returncode == 0, done.stdout
    report = json.loads(done.stdout)
    jsonschema.Draft202012Validator(schema()).validate(report)
    panels = [one for check in report["checks"] if check["category"] == "panels" for one in check["findings"]]
    assert len(panels) >= 80
    # What is left out on purpose is skipped with its reason; nothing else is.
    released = json.loads(stack.object("-n", "monitoring", "configmap", "obs-release")["data"]["expected.json"])
    reasons = (*released["disabled"].values(), "no destination named under remoteWrite:")
    for one in (*report["checks"], *panels):
        assert one["status"] == "passed" or one["summary"].endswith(reasons), one


def test_the_text_is_made_for_80_columns(stack: Machine) -> None:
    done = stack.run("verify", NO_COLOR="1")
    assert done.returncode == 0
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "\x1b" not in done.stdout
    assert re.search(r"^All is well: \d+ passed", done.stdout, re.MULTILINE)


def test_a_choice_of_checks(stack: Machine) -> None:
    done = stack.run("verify", "--only", "panels.obs-redis", "--only", "rules", "--skip", "rules.watchdog", "-o", "json")
    assert [one["id"] for one in json.loads(done.stdout)["checks"]] == ["rules.loaded", "rules.healthy", "panels.obs-redis"]


def test_a_name_that_is_no_check_is_a_usage_error_with_the_nearest_one(stack: Machine) -> None:
    done = stack.run("verify", "--only", "panels.obs-rediss")
    assert done.returncode == 2
    assert "panels.obs-redis" in done.stderr


def test_verify_reads_without_a_trace(stack: Machine) -> None:
    def versions() -> dict[str, str]:
        found = stack.object("-n", "monitoring", "pods,configmaps,secrets,deployments,services")["items"]
        # A pod's status moves by itself; what verify could change is in its metadata.
        return {f"{o['kind']}/{o['metadata']['name']}": json.dumps(o["metadata"].get("annotations")) for o in found}

    before = versions()
    assert stack.run("verify").returncode == 0
    assert versions() == before
