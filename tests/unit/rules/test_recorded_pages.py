"""The recording rules on pages that the middlewares really served: nothing lost, nothing counted that is no traffic."""

from collections import Counter
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from dashboards import middlewares
from tests.unit.rules.conftest import Promtool

ROOT = Path(__file__).parents[3]
PAGES = ROOT / "tests/fixtures/metrics"
MIDDLEWARES = {entry.name: entry for entry in middlewares.load().middlewares}
RECORDED = {
    "prometheus-fastapi-instrumentator": "instrumentator.txt",
    "hand-written": "handwritten.txt",
    "starlette_exporter": "starlette_exporter.txt",
    "OpenTelemetry": "opentelemetry.txt",
}
# What of these pages is no traffic, said once more and plainly, as the rules' patterns are what is tested.
PROBES = {"/healthz", "/readyz", "/metrics"}
TARGET = {"namespace": "shop", "service": "s", "pod": "s-1"}


def samples(name: str) -> list[Sample]:
    page = (PAGES / RECORDED[name]).read_text()
    return [sample for family in text_string_to_metric_families(page) for sample in family.samples]


def series(found: list[Sample]) -> list[dict[str, str]]:
    """Counters that grow by the page's value at every scrape."""
    written = []
    for one in found:
        labels = ",".join(f'{key}="{value}"' for key, value in {**one.labels, **TARGET}.items())
        if not one.name.endswith("_created"):
            written.append({"series": f"{one.name}{{{labels}}}", "values": f"0+{one.value}x12"})
    return written


def test_every_middleware_has_a_recorded_page() -> None:
    assert set(RECORDED) == set(MIDDLEWARES)


@pytest.mark.parametrize("name", MIDDLEWARES)
def test_requests_and_durations_of_a_real_page(name: str, promtool: Promtool, tmp_path: Path) -> None:
    entry, found = MIDDLEWARES[name], samples(name)
    requests = [one for one in found if one.name == entry.requests["metric"]]
    wanted: Counter[str] = Counter()
    for one in requests:
        if one.labels[entry.requests["endpoint"]] not in PROBES:
            wanted[one.labels[entry.requests["status"]][0] + "xx"] += int(one.value)
    assert wanted["2xx"] > 0, "the page shows no traffic"
    per_scrape = "round(sum by ({}) ({}) * 15, 0.001)"
    case = {
        "interval": "15s",
        "input_series": series(found),
        "promql_expr_test": [
            {
                "expr": per_scrape.format("service, status_class", middlewares.ENDPOINT_REQUESTS),
                "eval_time": "2m",
                "exp_samples": [
                    {"labels": f'{{service="s",status_class="{status}"}}', "value": value} for status, value in wanted.items()
                ],
            },
            {
                "expr": per_scrape.format("service, le", middlewares.BUCKETS + '{le="+Inf"}'),
                "eval_time": "2m",
                "exp_samples": [{"labels": '{service="s",le="+Inf"}', "value": wanted.total()}],
            },
        ],
    }
    rules = str(ROOT / "charts/obs-stack/files/rules/applications.yaml")
    file = tmp_path / "test.yaml"
    file.write_text(yaml.safe_dump({"rule_files": [rules], "evaluation_interval": "15s", "tests": [case]}))

    answer = promtool("test", "rules", file)

    assert answer.returncode == 0, answer.stdout + answer.stderr
