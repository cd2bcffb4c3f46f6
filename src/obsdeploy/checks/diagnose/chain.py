"""The chain behind one selector, link by link: metric → rule or target → back end → labels → enough samples."""

from __future__ import annotations

import difflib
from datetime import UTC, datetime

from obsdeploy import promql
from obsdeploy.checks.diagnose.dropping import announced, dropped
from obsdeploy.checks.diagnose.facts import Cause, Facts, provider
from obsdeploy.checks.targets import Target
from obsdeploy.checks.times import ago
from obsdeploy.promql import Selector

MOST_VALUES = 6
LOOK_BACK = "6h"
NEEDED_BY_RATE = 2
LINKS = ("backend", "target", "dropped", "selector", "window", "rule", "metric")
"""Of several causes, the one that says most comes first."""


async def broken_link(facts: Facts, selector: Selector) -> Cause | None:
    """Return the first broken link behind a selector, or None when it has live samples and enough of them."""
    if selector not in facts.found:
        facts.found[selector] = await _find(facts, selector)
    return facts.found[selector]


async def _find(facts: Facts, selector: Selector) -> Cause | None:
    if selector.metric is None:
        return None if await facts.live(selector) else Cause("selector", f"no series matches {selector}")
    if not await facts.live(selector.metric):
        return await (_rule(facts, selector) if selector.metric in facts.rules else _metric(facts, selector.metric))
    if selector.matchers and not await facts.live(selector):
        return await _matchers(facts, selector)
    return await _young(facts, selector)


async def _rule(facts: Facts, selector: Selector) -> Cause:
    name = str(selector.metric)
    for rule in facts.rules[name]:
        if rule.get("lastError"):
            return Cause("rule", f"the rule that records {name} fails: {rule['lastError']}", _only("rules"))
        if rule.get("health") == "unknown":
            return Cause("rule", f"the rule that records {name} has not been evaluated yet", _only("rules"))
    inner = [one for rule in facts.rules[name] for one in promql.selectors(rule["query"]) if one.metric != name]
    causes = [cause for one in inner if (cause := await broken_link(facts, one))]
    if len(causes) < len(inner) or not causes:
        return Cause("rule", f"the rule that records {name} yields nothing, though what it reads has samples", _only("rules"))
    first = min(causes, key=lambda cause: LINKS.index(cause.link))
    return Cause(first.link, f"{name} is recorded by a rule: {first.text}", first.command)


async def _metric(facts: Facts, metric: str) -> Cause:
    """Say why a metric that nobody records has no live series."""
    if provider(metric) == "redis" and (dead := await _dead_redis(facts)):
        return dead
    return await (_stale(facts, metric) if metric in facts.names else _never(facts, metric))


async def _never(facts: Facts, metric: str) -> Cause:
    """Say why a metric has never had a sample at all."""
    job = provider(metric)
    if cause := _no_target(facts, job or "applications", metric, certain=job is not None):
        return cause
    known = await announced(facts.prometheus, facts.jobs, metric)
    if droppers := sorted({labels.get("job", "") for labels, drops in known if drops}):
        return _dropped(facts, ", ".join(droppers), metric)
    if known:
        return Cause("metric", f"{metric} is described by its target, which has not counted anything under that name yet")
    near = difflib.get_close_matches(metric, sorted(facts.names | facts.rules.keys()), n=3, cutoff=0.75)
    said = f"no target has ever served a metric called {metric}"
    return Cause("metric", f"{said}; there is {', '.join(near)}" if near else said)


def _dropped(facts: Facts, job: str, metric: str) -> Cause:
    said = f"job {job} serves {metric}, and Prometheus drops it (metrics: {facts.released.metrics})"
    return Cause("dropped", f"{said}; `metrics: full` in obsdeploy.yaml keeps everything")


def _no_target(facts: Facts, job: str, metric: str, *, certain: bool) -> Cause | None:
    """Blame the job's targets if it has none or all are down; a job that is only guessed must have none."""
    targets = facts.of_job(job)
    down = [target for target in targets if target.health != "up"]
    comes = "comes" if certain else "should come"
    if not targets:
        why = facts.released.switched_off(job)
        said = f"{metric} {comes} from job {job}, which has no target" + (f": {why}" if why else "")
        return Cause("target", said, _only("prometheus.targets"))
    if certain and len(down) == len(targets):
        return Cause("target", f"{metric} {comes} from {_told(down[0])}", _show(facts, down[0]))
    return None


def _told(target: Target) -> str:
    return f"{target.name}, which is {'down: ' if target.health == 'down' else ''}{target.explained}"


async def _dead_redis(facts: Facts) -> Cause | None:
    dead = [one["metric"].get("instance", "?") for one in await facts.prometheus.query("redis_up == 0", facts.at)]
    if not dead:
        return None
    said = ", ".join(f"{name} at {facts.released.redis.get(name, 'an unknown address')}" for name in sorted(dead))
    return Cause("backend", f"Redis {said} does not answer its exporter, which is up", _only("exporters.redis"))


async def _stale(facts: Facts, metric: str) -> Cause:
    found = await facts.prometheus.query(f"max(max_over_time(timestamp({metric})[{LOOK_BACK}:1m]))", facts.at)
    if not found:
        return Cause("metric", f"{metric} has had no sample in the last {LOOK_BACK}: nothing serves it any more")
    last = float(found[0]["value"][1])
    span = {"start": f"{last - 60:.0f}", "end": f"{last + 1:.0f}"}
    series = await facts.prometheus.get("series", **{"match[]": metric}, limit="50", **span)
    clock = datetime.fromtimestamp(last, UTC).strftime("%H:%M:%S UTC")
    said = f"{metric} has had no sample since {clock} ({ago(last, facts.at)})"
    owners = sorted({(one.get("job", ""), one.get("pod") or one.get("instance", "")) for one in series})
    for job, who in owners:
        if cause := _owner(facts, metric, said, job, who):
            return cause
    if facts.at - last < 2 * facts.released.interval:
        return Cause("window", f"{said}, which is before the last change; the next scrape is due")
    by = " ".join(owners[0]) if owners else "its target"
    return Cause("target", f"{said}: {by} is up, and does not serve it any more")


def _owner(facts: Facts, metric: str, said: str, job: str, who: str) -> Cause | None:
    """Blame the target from which the last samples came, if it is gone or down, or its job if that drops the metric now."""
    theirs = [target for target in facts.of_job(job) if who in target.name]
    if not theirs:
        return Cause("target", f"{said}: it came from {job} {who}, which is no target any more", _only("prometheus.targets"))
    if down := next((target for target in theirs if target.health != "up"), None):
        return Cause("target", f"{said}: {_told(down)}", _show(facts, down))
    return _dropped(facts, job, metric) if dropped(facts.jobs.get(job, {}), metric) else None


async def _matchers(facts: Facts, selector: Selector) -> Cause:
    name = str(selector.metric)
    for matcher in selector.matchers:
        if await facts.live(Selector(name, (matcher,))):
            continue
        values = [value for value in await facts.values(name, matcher.label) if value]
        if not values:
            return Cause("selector", f"{name} has no label {matcher.label}, which {matcher} asks for")
        more = f" and {len(values) - MOST_VALUES} more" if len(values) > MOST_VALUES else ""
        there = ", ".join(values[:MOST_VALUES]) + more
        return Cause("selector", f"{name} has samples, but none with {matcher}; {matcher.label} is one of: {there}")
    asked = " and ".join(str(matcher) for matcher in selector.matchers)
    return Cause("selector", f"{name} has samples with each of {asked}, but none with all of them")


async def _young(facts: Facts, selector: Selector) -> Cause | None:
    found = await facts.prometheus.query(f"max(count_over_time({selector}[{facts.window:.0f}s]))", facts.at)
    if found and float(found[0]["value"][1]) < NEEDED_BY_RATE:
        return Cause(
            "window", f"{selector} has been scraped once so far; a rate needs two samples: wait {facts.released.interval:g} s"
        )
    return None


def _show(facts: Facts, target: Target) -> str:
    if pod := target.labels.get("pod"):
        return f"kubectl -n {target.labels.get('namespace', facts.namespace)} describe pod {pod}"
    return _only("prometheus.targets")


def _only(checks: str) -> str:
    return f"obsdeploy verify --only {checks}"
