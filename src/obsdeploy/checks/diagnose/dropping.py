"""Does a target serve a metric that Prometheus throws away? Lean releases keep what dashboards and rules read, and no more."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from obsdeploy.checks.context import PrometheusApi

SUFFIXES = ("_bucket", "_count", "_sum", "_total", "_created")


async def announced(prometheus: PrometheusApi, jobs: Mapping[str, Any], metric: str) -> list[tuple[Mapping[str, str], bool]]:
    """Return the labels of each target on whose page the metric stands, and whether its job (`jobs`: as loaded) drops it."""
    # A histogram's or counter's description stands under its family's name.
    family = next((metric.removesuffix(s) for s in SUFFIXES if metric.endswith(s)), metric)
    for name in dict.fromkeys((metric, family)):
        if found := await prometheus.get("targets/metadata", metric=name):
            return [(one["target"], dropped(jobs.get(one["target"].get("job", ""), {}), metric)) for one in found]
    return []


def dropped(job: Mapping[str, Any], metric: str) -> bool:
    """Whether a scrape job's relabelling drops every series of that name. What also looks at other labels is not counted."""
    for rule in job.get("metric_relabel_configs") or []:
        if list(rule.get("source_labels") or []) != ["__name__"]:
            continue
        matches = re.fullmatch(str(rule.get("regex", "(.*)")), metric) is not None
        if (rule.get("action") == "keep" and not matches) or (rule.get("action") == "drop" and matches):
            return True
    return False
