"""The release's own word of what it is: the ConfigMap `obs-release`, decoded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from obsdeploy.errors import StackUnhealthy

if TYPE_CHECKING:
    from obsdeploy.checks.context import KubeApi

CONFIG_MAP = "obs-release"
COMPONENT_OF = {
    "node-exporter": "nodeExporter",
    "kube-state-metrics": "kubeStateMetrics",
    "redis": "redisExporter",
    "kafka": "kafkaExporter",
    "log-collector": "opentelemetryCollector",
}
"""Scrape job → the component that it goes with, where they are not called the same."""


class Expect(StrEnum):
    """What a panel promises: samples; maybe none; samples whenever there are requests; nothing."""

    DATA = "data"
    ZERO_OK = "zero-ok"
    TRAFFIC = "traffic"
    OPTIONAL = "optional"


@dataclass(frozen=True)
class Job:
    """A scrape job that must exist with at least `min` targets, and why."""

    min: int
    reason: str = ""


@dataclass(frozen=True)
class Expectation:
    """What a panel promises, the component (if any) without which it promises nothing, and queries that promise less."""

    expect: Expect
    needs: str | None = None
    targets: Mapping[str, Expect] = field(default_factory=dict)

    def of(self, ref: str) -> Expect:
        """What the query with that refId promises."""
        return self.targets.get(ref, self.expect)


@dataclass(frozen=True)
class Released:
    """The content of `obs-release`. `interval` is in seconds; `expectations` go by dashboard uid, then panel id."""

    profile: str
    version: str
    jobs: Mapping[str, Job]
    redis: Mapping[str, str]
    components: Mapping[str, bool]
    disabled: Mapping[str, str]
    demo: bool
    interval: float
    refresh: str
    metrics: str
    rules: str
    expectations: Mapping[str, Mapping[str, Expectation]] = field(default_factory=dict)
    kafka: Mapping[str, Any] | None = None
    """The block `kafka` of the settings that the exporter runs with; None where none does."""
    logs: Mapping[str, Any] = field(default_factory=dict)
    """Seconds that lines are kept for, and bytes that they may come to; empty where none are collected."""

    def switched_off(self, component: str) -> str | None:
        """Why a component (by its own name or its scrape job's) was left out on purpose, or None where it was not."""
        return self.disabled.get(COMPONENT_OF.get(component, component))

    def missing(self, component: str) -> str | None:
        """Why a component (by its own name or its scrape job's) is not part of this release, or None where it is."""
        there = self.components.get(COMPONENT_OF.get(component, component))
        return self.switched_off(component) or (None if there else "not part of this release")


async def read_released(kube: KubeApi, namespace: str) -> Released:
    """Read and decode the ConfigMap. Raises StackUnhealthy where it is missing or not what this version understands."""
    found = await kube.read("configmaps", CONFIG_MAP, namespace)
    if found is None:
        raise StackUnhealthy(
            f"namespace {namespace} has no ConfigMap {CONFIG_MAP}: nothing that obsdeploy installed is there",
            hint="Install the stack with `obsdeploy up`, or name its place with --namespace and --context.",
        )
    try:
        return decode(found.get("data") or {})
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise StackUnhealthy(
            f"the ConfigMap {CONFIG_MAP} is not what this version of obsdeploy understands: {type(error).__name__}: {error}",
            hint="Install this version's release with `obsdeploy up`, or use the obsdeploy that installed it.",
        ) from error


def decode(data: Mapping[str, str]) -> Released:
    """Turn the ConfigMap's data into a Released. Raises KeyError, TypeError or ValueError for what is missing or malformed."""
    expected: dict[str, Any] = json.loads(data["expected.json"])
    panels: dict[str, dict[str, Any]] = json.loads(data["expectations.json"])
    return Released(
        profile=expected["profile"],
        version=expected["version"],
        jobs={name: Job(int(job["min"]), job.get("reason", "")) for name, job in expected["jobs"].items()},
        redis={one["name"]: one["address"] for one in expected["redis"]},
        components=dict(expected["components"]),
        disabled=dict(expected["disabled"]),
        demo=bool(expected["demo"]),
        interval=float(expected["scrapeIntervalSeconds"]),
        refresh=expected["dashboardRefresh"],
        metrics=expected["metrics"],
        rules=data["rules.sha256"].strip(),
        kafka=expected.get("kafka"),
        logs=dict(expected.get("logs") or {}),
        expectations={uid: {panel: _expectation(one) for panel, one in by.items()} for uid, by in panels.items()},
    )


def _expectation(one: Mapping[str, Any]) -> Expectation:
    targets = {ref: Expect(promise) for ref, promise in (one.get("targets") or {}).items()}
    return Expectation(Expect(one["expect"]), one.get("needs"), targets)
