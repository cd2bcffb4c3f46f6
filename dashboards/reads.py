"""Which metrics anything of ours reads: dashboards, their variables, rules, alerts and checks."""

import ast
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dashboards import middlewares
from dashboards.common import sources
from obsdeploy import promql
from obsdeploy.promql import Selector
from obsdeploy.yamltext import parse

ROOT = Path(__file__).parents[1]
FILES = ROOT / "charts" / "obs-stack" / "files"

# Made by Prometheus itself, at scraping or alerting: no relabelling drops them.
SYNTHETIC = {
    "ALERTS",
    "ALERTS_FOR_STATE",
    "scrape_duration_seconds",
    "scrape_samples_post_metric_relabeling",
    "scrape_samples_scraped",
    "scrape_series_added",
    "up",
}


@dataclass(frozen=True)
class Read:
    """One selector and where it stands: `obs-saga 11`, `alerts HighErrorRate`, `checks/exporters.py`."""

    where: str
    selector: Selector

    @property
    def job(self) -> str | None:
        """The scrape job that the selector asks for, if it names one."""
        return next((m.value for m in self.selector.matchers if m.label == "job" and m.op == "="), None)


def all_reads() -> list[Read]:
    """Return everything that reads a metric which a target serves; recorded and synthetic names are left out."""
    reads = [Read(where, selector) for where, query in _queries() for selector in promql.selectors(query)]
    made = SYNTHETIC | recorded()
    return [read for read in reads if read.selector.metric not in made]


def recorded() -> set[str]:
    """Return the names that rules record; that of the release is the chart's own."""
    return {"obsdeploy_release_info"} | {rule["record"] for _, rule in _rules() if "record" in rule}


def application_metrics() -> set[str]:
    """Return the names that applications serve: those of the middlewares and the demo shop's sagas."""
    entries = middlewares.load().middlewares
    requests = {entry.requests["metric"] for entry in entries}
    durations = {f"{entry.duration['metric']}_bucket" for entry in entries}
    sagas = {value for name, value in vars(sources).items() if name.startswith("SAGA")}
    return requests | durations | sagas


def _queries() -> Iterator[tuple[str, str]]:
    for file in sorted((FILES / "dashboards").glob("*.json")):
        yield from _of_dashboard(json.loads(file.read_text()))
    for where, rule in _rules():
        yield where, rule["expr"]
    for file in sorted((ROOT / "src" / "obsdeploy" / "checks").rglob("*.py")):
        for query in _literals(file):
            yield f"checks/{file.name}", query


def _of_dashboard(board: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for panel in board["panels"]:
        # A query of log lines reads no metric.
        for target in (one for one in panel.get("targets", []) if one["datasource"]["type"] == "prometheus"):
            yield f"{board['uid']} {panel['id']}", target["expr"]
    for variable in board["templating"]["list"]:
        if variable["type"] == "query" and variable["datasource"]["type"] == "prometheus":
            selector, _ = promql.label_values(variable["query"]["query"])
            if selector:
                yield f"{board['uid']} ${variable['name']}", selector


def _rules() -> Iterator[tuple[str, dict[str, Any]]]:
    for file in sorted((FILES / "rules").glob("*.yaml")):
        for group in parse(file.read_text())["groups"]:
            for rule in group["rules"]:
                yield f"{file.stem} {rule.get('alert') or rule['record']}", rule


def _literals(file: Path) -> Iterator[str]:
    """Queries that stand as text in a call of `query`; those put together at run time come from dashboards and rules."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "query" and node.args:
            argument = node.args[0]
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                yield argument.value
