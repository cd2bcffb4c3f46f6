"""Is everything live? Asked as somebody without obsdeploy would: poll Prometheus' targets and each panel's queries."""

import json
import re
import time
from pathlib import Path
from typing import Any

import httpx

FILES = Path(__file__).resolve().parents[1] / "charts/obs-stack/files"
PROMETHEUS, GRAFANA = "http://localhost:9090", "http://localhost:3000"
LOGIN = ("admin", "admin")
VARIABLE = re.compile(r"\$\{?(?!__)\w+(:\w+)?\}?")
MUST_HAVE_DATA = {"data", "traffic"}
POLL_SECONDS = 0.5


def panels(dashboard: dict[str, Any]) -> list[dict[str, Any]]:
    """All panels of a dashboard, those inside collapsed rows included."""
    nested = [inner for panel in dashboard["panels"] for inner in panel.get("panels", [])]
    return [panel for panel in [*dashboard["panels"], *nested] if panel.get("targets")]


def queries(off: frozenset[str]) -> list[dict[str, Any]]:
    """Each query that must return something, in the shape of /api/ds/query, every variable matching everything.

    Panels that need a component which is `off` promise nothing.
    """
    expectations = json.loads((FILES / "expectations.json").read_text())
    found: list[dict[str, Any]] = []
    for path in sorted((FILES / "dashboards").glob("*.json")):
        dashboard = json.loads(path.read_text())
        for panel in panels(dashboard):
            promise = expectations[dashboard["uid"]][str(panel["id"])]
            if promise["expect"] not in MUST_HAVE_DATA or promise.get("needs") in off:
                continue
            optional = promise.get("targets", {})
            asked = [target for target in panel["targets"] if target["refId"] not in optional]
            found += [_query(target["expr"], len(found) + n) for n, target in enumerate(asked)]
    return found


def _query(expr: str, number: int) -> dict[str, Any]:
    return {
        "refId": f"Q{number}",
        "datasource": {"uid": "prometheus", "type": "prometheus"},
        "expr": VARIABLE.sub(".*", expr),
        "range": True,
        "intervalMs": 15000,
        "maxDataPoints": 100,
    }


def await_live(jobs: dict[str, int], off: frozenset[str], *, seconds: float) -> None:
    """Return as soon as each job has its targets up and each query has an answer; TimeoutError after `seconds`."""
    asked, deadline = queries(off), time.monotonic() + seconds
    with httpx.Client(timeout=10) as http:
        while dead := _dead_targets(http, jobs) or _unanswered(http, asked):
            if time.monotonic() > deadline:
                raise TimeoutError(f"not live after {seconds:.0f} s: {dead}")
            time.sleep(POLL_SECONDS)


def _dead_targets(http: httpx.Client, jobs: dict[str, int]) -> list[str]:
    try:
        answer = http.get(f"{PROMETHEUS}/api/v1/targets", params={"state": "active"}).raise_for_status()
        targets = answer.json()["data"]["activeTargets"]
    except (httpx.HTTPError, ValueError) as problem:
        return [f"Prometheus: {problem!r}"]
    up = [target["labels"]["job"] for target in targets if target["health"] == "up"]
    down = [target["labels"]["job"] for target in targets if target["health"] != "up"]
    return down + [job for job, count in jobs.items() if up.count(job) < count]


def _unanswered(http: httpx.Client, asked: list[dict[str, Any]]) -> list[str]:
    body = {"queries": asked, "from": "now-5m", "to": "now"}
    try:
        results = http.post(f"{GRAFANA}/api/ds/query", json=body, auth=LOGIN).json()["results"]
    except (httpx.HTTPError, ValueError, KeyError) as problem:
        return [f"Grafana: {problem!r}"]
    return [query["expr"] for query in asked if not _has_samples(results.get(query["refId"], {}))]


def _has_samples(result: dict[str, Any]) -> bool:
    return any(len(column) > 0 for frame in result.get("frames", []) for column in frame["data"]["values"][1:])
