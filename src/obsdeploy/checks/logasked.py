"""What Loki and the collectors say of themselves: asked through the API server or, where it may not reach them, of Prometheus."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any

from obsdeploy.checks.context import Context
from obsdeploy.errors import ObsdeployError, StackUnhealthy

ASKING = 4.0
"""Seconds for what goes through the API server: a network policy that drops packets must not hold everything up."""

Samples = Mapping[str, Sequence[tuple[str, float]]]
"""Labels (as text) and value of each series, by the metric's name."""

_SAMPLE = re.compile(r"^(?P<name>\w+)(?:\{(?P<labels>.*)\})? (?P<value>\S+)$")


async def loki(context: Context, path: str) -> Any:
    """Loki's answer to a path. Raises ObsdeployError where there is none."""
    return await _within(context.kube.service(context.namespace, "loki:3100", path))


async def metrics_of(context: Context, collector: str) -> Samples:
    """What a collector's pod counts. Raises ObsdeployError where it does not answer."""
    path = f"/api/v1/namespaces/{context.namespace}/pods/{collector}:8888/proxy/metrics"
    return samples(str(await _within(context.kube.get(path))))


async def scraped(context: Context, query: str) -> bool:
    """Whether Prometheus, which network policies let in, finds anything by this query."""
    try:
        return bool(await (await context.prometheus()).query(query))
    except ObsdeployError:
        return False


async def known(context: Context, names: Sequence[str], labels: str) -> Samples:
    """What Prometheus has of these metrics. Raises ObsdeployError where it does not answer."""
    prometheus = await context.prometheus()
    return {name: [("", float(one["value"][1])) for one in await prometheus.query(f"{name}{{{labels}}}")] for name in names}


def samples(page: str) -> Samples:
    """Read a page of metrics."""
    found: dict[str, list[tuple[str, float]]] = {}
    for line in page.splitlines():
        if match := _SAMPLE.match(line):
            found.setdefault(match["name"], []).append((match["labels"] or "", float(match["value"])))
    return found


def total(metrics: Samples, name: str) -> float:
    """Sum a metric over its series; 0 where there is none."""
    return sum(value for _, value in metrics.get(name, []))


async def _within(asking: Awaitable[Any]) -> Any:
    try:
        async with asyncio.timeout(ASKING):
            return await asking
    except TimeoutError as error:
        hint = "It hangs, or a network policy drops the packets."
        raise StackUnhealthy(f"no answer within {ASKING:.0f} s", hint=hint) from error
