"""What is known of Prometheus while panels are diagnosed: asked once, shared by all panels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from obsdeploy import fastyaml
from obsdeploy.checks import liveness
from obsdeploy.checks.context import Context, PrometheusApi
from obsdeploy.checks.released import Released
from obsdeploy.checks.targets import Target, read_targets
from obsdeploy.promql import Selector

LIVE = 60.0
"""Seconds within which a series must have had a sample to count as live: four scrapes."""

PROVIDERS = {
    "alertmanager_": "alertmanager",
    "container_": "cadvisor",
    "grafana_": "grafana",
    "kube_": "kube-state-metrics",
    "kubelet_": "kubelet",
    "node_": "node-exporter",
    "prometheus_": "prometheus",
    "redis_": "redis",
}
"""How a metric's name begins → the scrape job that provides it."""


@dataclass(frozen=True)
class Cause:
    """The first broken link between a panel and its data, in a sentence, and the command that shows or mends it."""

    link: str
    text: str
    command: str | None = None


@dataclass
class Facts:
    """One moment of Prometheus (`at`, epoch seconds) and what a diagnosis found so far, by selector."""

    prometheus: PrometheusApi
    released: Released
    namespace: str
    at: float
    window: float
    names: frozenset[str]
    rules: Mapping[str, Sequence[Any]]
    targets: Sequence[Target]
    jobs: Mapping[str, Any]
    found: dict[Selector, Cause | None] = field(default_factory=dict)

    async def live(self, selector: Selector | str) -> bool:
        """Whether a selector has had a sample lately."""
        return bool(await self.prometheus.query(f"group(last_over_time({selector}[{self.window:.0f}s]))", self.at))

    async def values(self, metric: str, label: str) -> list[str]:
        """Return the values that a label has on the metric's live series."""
        found = await self.prometheus.query(f"group by ({label}) (last_over_time({metric}[{self.window:.0f}s]))", self.at)
        return sorted(one["metric"].get(label, "") for one in found)

    def of_job(self, job: str) -> list[Target]:
        """Return the job's targets."""
        return [target for target in self.targets if target.job == job]


def provider(metric: str) -> str | None:
    """Name the part of the stack whose scrape job serves a metric, or None for what anybody may serve."""
    return next((job for prefix, job in PROVIDERS.items() if metric.startswith(prefix)), None)


async def gather(context: Context, at: float, window: float = LIVE) -> Facts:
    """Ask Prometheus for all that diagnoses need; `at` in epoch seconds, `window` in seconds."""
    prometheus = await context.prometheus()
    return Facts(
        prometheus,
        await context.released(),
        context.namespace,
        at,
        window,
        frozenset(await prometheus.get("label/__name__/values")),
        await liveness.recorded(context),
        read_targets(await prometheus.get("targets", state="active")),
        await scrape_jobs(prometheus),
    )


async def scrape_jobs(prometheus: PrometheusApi) -> dict[str, Any]:
    """Return the scrape jobs by name, as loaded."""
    config = fastyaml.load((await prometheus.get("status/config"))["yaml"])
    return {job["job_name"]: job for job in config.get("scrape_configs") or []}
