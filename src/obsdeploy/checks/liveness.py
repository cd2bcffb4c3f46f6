"""Is what a query reads alive? Since when does the present release run, and has each source given a sample since?

A range, and Prometheus' look-back of five minutes, can make a dead panel look alive for a while. So where something has
changed lately it is not enough that a query has an answer: what it reads must have been scraped after the change.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from obsdeploy import promql
from obsdeploy.checks.context import Context
from obsdeploy.checks.revision import newest, read_newest, unchanged_since
from obsdeploy.checks.times import epoch
from obsdeploy.errors import StackUnhealthy
from obsdeploy.promql import Selector

SETTLED = 600.0
"""Seconds after which a change is so old that no look-back over five minutes of range reaches behind it."""

DEMO = "saga-demo"

DEEPEST = 6
"""Recording rules that may read each other, one after the other."""

_OR = re.compile(r"\bor\b")


async def changed(context: Context, at: float) -> float:
    """Return when what runs at `at` began to run, in epoch seconds: what it declares, its configuration, the newest of its pods.

    Helm writes the time of the machine that it ran on; one whose clock is ahead must not make everything look old for ever.
    """
    info = await (await context.prometheus()).get("status/runtimeinfo")
    stack = (context.namespace, context.release)
    times = [
        epoch(info["lastConfigTime"]),
        epoch(info["startTime"]),
        await unchanged_since(context.kube, await newest(context), *stack, at - SETTLED),
        *[started for started, _ in await _started(context, *stack)],
    ]
    if (await context.released()).demo:
        times += await _demo(context, at)
    return max((time for time in times if time <= at), default=at)


async def _demo(context: Context, at: float) -> list[float]:
    try:
        found = await context.once("demo revision", partial(read_newest, context.kube, DEMO, DEMO))
    except StackUnhealthy:
        return []  # release.demo says that it is gone
    if found.number == 1:
        return []  # there was none before, whose samples could be taken for its
    # A service that crashes again and again must not make the whole stack look young for ever.
    running = [started for started, restarts in await _started(context, DEMO, DEMO) if not restarts]
    return [*running, await unchanged_since(context.kube, found, DEMO, DEMO, at - SETTLED)]


async def _started(context: Context, namespace: str, release: str) -> list[tuple[float, int]]:
    """When each running container of a release began to run, and how often it had been restarted."""
    pods = await context.kube.list("pods", namespace, labels=f"app.kubernetes.io/instance={release}")
    return [
        (epoch(running["startedAt"]), int(container.get("restartCount", 0)))
        for pod in pods
        for container in (pod.get("status") or {}).get("containerStatuses") or []
        if (running := (container.get("state") or {}).get("running"))
    ]


async def recorded(context: Context) -> dict[str, list[Any]]:
    """Return the recording rules by the name that they record; several rules may share one."""
    rules: dict[str, list[Any]] = {}
    for group in (await (await context.prometheus()).get("rules", type="record"))["groups"]:
        for rule in group["rules"]:
            rules.setdefault(rule["name"], []).append(rule)
    return rules


def sources(selector: Selector, rules: Mapping[str, Sequence[Any]], depth: int = DEEPEST) -> list[Selector]:
    """Follow a selector of a recorded series to what its rules read in the end; another selector is its own source."""
    if selector.metric is None or selector.metric not in rules or depth == 0:
        return [selector]
    inner = [one for rule in rules[selector.metric] for one in promql.selectors(rule["query"])]
    return list(dict.fromkeys(leaf for one in inner for leaf in sources(one, rules, depth - 1)))


def alternatives(expression: str) -> bool:
    """Whether an expression has an `or`: then one live source is enough."""
    return bool(_OR.search(re.sub(r'"(?:[^"\\]|\\.)*"', "", expression)))


def constant(expression: str) -> bool:
    """Whether an expression falls back on a number, which needs no source at all."""
    return "vector(" in expression


async def fresh(context: Context, wanted: Iterable[Selector], since: float, at: float) -> set[Selector]:
    """Return those of the selectors that have a raw sample between `since` and `at` (epoch seconds), in one query."""
    unique = list(dict.fromkeys(wanted))
    if not unique:
        return set()
    window = max(round((at - since) * 1000), 1)
    parts = [
        f'label_replace(group(last_over_time({selector}[{window}ms])), "n", "{index}", "", "")'
        for index, selector in enumerate(unique)
    ]
    found = await (await context.prometheus()).query(" or ".join(parts), at)
    return {unique[int(one["metric"]["n"])] for one in found}


def lively(expression: str, rules: Mapping[str, Sequence[Any]], alive: set[Selector]) -> bool:
    """Whether what an expression reads is alive, given the sources that are.

    A recorded series lives when any of its sources does, as its rules read one middleware or another.
    """
    if constant(expression):
        return True
    states = [bool(alive & set(sources(selector, rules))) for selector in promql.selectors(expression)]
    return not states or (any(states) if alternatives(expression) else all(states))
