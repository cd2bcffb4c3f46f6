"""Prometheus' own judgement on the configuration that its chart puts together out of our values."""

from pathlib import Path
from typing import Any

import pytest

from obsdeploy.values import Values, render
from obsdeploy.yamltext import dump
from tests.unit.rules.conftest import Promtool
from tests.unit.values.make import settings

ELSEWHERE = {
    "url": "https://mimir.example/push",
    "tokenSecret": {"name": "mimir", "key": "token"},
    "headers": {"X-Scope-OrgID": "a"},
    "keep": "up",
}
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "dev with the demo": ("dev", {"demo__enabled": True}),
    "ci with full metrics": ("ci", {"metrics": "full", "demo__enabled": True}),
    "prod that writes elsewhere": ("prod", {"remoteWrite": [ELSEWHERE]}),
}


def configuration(values: Values) -> dict[str, Any]:
    """What the upstream chart's templates/cm.yaml makes of the values."""
    prometheus = values["prometheus"]
    server = prometheus["server"]
    jobs = {name: job for name, job in prometheus["scrapeConfigs"].items() if job.get("enabled", True)}
    return {
        "global": server["global"],
        "remote_write": server["remoteWrite"],
        "scrape_configs": [{"job_name": name, **{k: v for k, v in job.items() if k != "enabled"}} for name, job in jobs.items()],
        "alerting": {"alertmanagers": server["alertmanagers"]},
        **prometheus["serverFiles"]["prometheus.yml"],
    }


@pytest.mark.parametrize("case", CASES)
def test_prometheus_accepts_the_configuration(promtool: Promtool, tmp_path: Path, case: str) -> None:
    profile, overrides = CASES[case]
    file = tmp_path / "prometheus.yml"
    file.write_text(dump(configuration(render(settings(profile, **overrides)))))
    answer = promtool("check", "config", "--syntax-only", "--lint=all", file)
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_a_wrong_configuration_is_noticed(promtool: Promtool, tmp_path: Path) -> None:
    wrong = configuration(render(settings()))
    wrong["scrape_configs"][0]["metric_relabel_configs"] = [{"source_labels": ["__name__"], "regex": "(", "action": "keep"}]
    file = tmp_path / "prometheus.yml"
    file.write_text(dump(wrong))
    assert promtool("check", "config", "--syntax-only", file).returncode != 0
