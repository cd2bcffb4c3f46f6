"""Category panels: every panel's every query, asked through Grafana as its page would, answered as the panel promises.

One check per dashboard. What has passed once in a run is not asked again while the rest is waited for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from obsdeploy import promql
from obsdeploy.checks import liveness, quiet
from obsdeploy.checks.asked import Asked
from obsdeploy.checks.context import Context
from obsdeploy.checks.frames import Answer, read_answer
from obsdeploy.checks.model import Check, Finding, Hint, Outcome, Status, failed, skipped
from obsdeploy.checks.prometheus import now
from obsdeploy.checks.queries import WINDOW, PanelQuery, panel_queries
from obsdeploy.checks.released import Expect, Expectation, Released
from obsdeploy.checks.traffic import had_traffic
from obsdeploy.checks.variables import resolve

FRESH = 4
"""Scrape intervals within which the newest sample of a live panel must lie."""

LOOKED = 3.0
"""Seconds for which an answer to the question what has changed lately is good."""

YOUNG = 45.0
"""Seconds after a change in which panels fill: two scrapes for a rate, an evaluation of the rules that read it."""

NEEDS = ("prometheus.ready", "grafana.login", "release.config", "release.rules", "release.dashboards")


def check_of(uid: str) -> Check:
    """Make the check of one dashboard."""
    return Check(
        f"panels.{uid}",
        f"every panel of {uid} has data",
        partial(dashboard, uid=uid),
        deadline=YOUNG,
        needs=NEEDS,
        explain=partial(explain, uid=uid),
    )


async def explain(context: Context, outcome: Outcome, uid: str) -> Outcome:
    """Say of each dead panel why it is dead."""
    from obsdeploy.checks.diagnose import explain

    return await explain(context, outcome, context.memo.get(f"asked {uid}"))


async def dashboard(context: Context, uid: str) -> Outcome:
    """Ask every query of a dashboard and hold each panel to its promise."""
    released = await context.released()
    found = (await (await context.grafana()).get(f"dashboards/uid/{uid}"))["dashboard"]
    asked = await ask(context, uid, found, released)
    context.memo[f"asked {uid}"] = asked
    findings = await judge(context, asked, released)
    if not findings:
        return skipped("it has no panel with a query")
    context.memo[f"passed {uid}"] = {f.subject: f for f in findings if f.status is Status.PASSED}
    young = asked.at - context.memo.get("changed", 0.0) < YOUNG
    return replace(conclude(findings), temporary=young)


async def ask(context: Context, uid: str, found: Mapping[str, Any], released: Released) -> Asked:
    """Send the queries of all panels that have not passed yet, in one request."""
    prometheus, grafana = await context.prometheus(), await context.grafana()
    at = await now(context)
    changed = await _changed(context, at)
    variables = await resolve(found, prometheus, at - WINDOW, at)
    done = context.memo.get(f"passed {uid}", {})
    wanted = [q for q in panel_queries(found, variables, released.interval) if q.subject not in done]
    absent = {q.subject: reason for q in wanted if (reason := _absent(released, uid, q))}
    # One question to a data source that is not there, and Grafana answers none of them.
    queries = [q for q in wanted if q.subject not in absent]
    if not queries:
        return Asked(uid, at, variables, {}, absent=absent)
    results = await grafana.query([dict(q.body) for q in queries], at - WINDOW, at)
    since = max(changed, at - FRESH * released.interval)
    answers = {q: read_answer(results.get(q.ref), since, at) for q in queries}
    stale = await _stale(context, answers, changed, at) if at - changed < liveness.SETTLED else frozenset()
    return Asked(uid, at, variables, answers, stale, absent)


async def _changed(context: Context, at: float) -> float:
    """When something last changed; what passed before that has to pass again."""
    changed = await context.once(f"changed {at // LOOKED:.0f}", partial(liveness.changed, context, at))
    if changed > context.memo.get("changed", 0.0):
        context.memo["changed"] = changed
        for name in [name for name in context.memo if name.startswith("passed ")]:
            del context.memo[name]
    return changed


def _absent(released: Released, uid: str, query: PanelQuery) -> str | None:
    promise = released.expectations.get(uid, {}).get(query.panel)
    if promise is None or promise.needs is None or (reason := released.missing(promise.needs)) is None:
        return None
    return f"needs {promise.needs}: {reason}"


async def _stale(context: Context, answers: Mapping[PanelQuery, Answer], changed: float, at: float) -> frozenset[PanelQuery]:
    rules = await context.once("recorded", partial(liveness.recorded, context))
    alive = [q for q, answer in answers.items() if answer.alive and q.is_promql]
    wanted = [leaf for q in alive for one in promql.selectors(q.expr) for leaf in liveness.sources(one, rules)]
    fresh = await liveness.fresh(context, wanted, changed, at)
    return frozenset(q for q in alive if not liveness.lively(q.expr, rules, fresh))


async def judge(context: Context, asked: Asked, released: Released) -> list[Finding]:
    """Give each panel its verdict: the worst of its queries'."""
    promises = released.expectations.get(asked.uid, {})
    by_panel: dict[str, list[PanelQuery]] = {}
    for query in asked.answers:
        by_panel.setdefault(query.subject, []).append(query)
    findings = dict(context.memo.get(f"passed {asked.uid}", {}))
    findings |= {name: Finding(name, Status.SKIPPED, reason) for name, reason in asked.absent.items()}
    for name, queries in by_panel.items():
        # A dashboard of the user's own has no promises: its queries must work, and may be empty.
        promise = promises.get(queries[0].panel, Expectation(Expect.OPTIONAL))
        findings[name] = worst([await _verdict(context, asked, query, promise.of(query.target), released) for query in queries])
    return sorted(findings.values(), key=lambda f: _number(f.subject))


async def _verdict(context: Context, asked: Asked, query: PanelQuery, expect: Expect, released: Released) -> Finding:
    answer, name = asked.answers[query], query.subject
    if answer.error:
        return Finding(name, Status.FAILED, f"query {query.target} fails: {answer.error}")
    if query in asked.stale:
        return Finding(name, Status.FAILED, f"query {query.target} has only samples from before this release")
    if answer.alive:
        return Finding(name, Status.PASSED, f"{answer.series} series")
    return await _empty(context, asked, query, expect, released)


async def _empty(context: Context, asked: Asked, query: PanelQuery, expect: Expect, released: Released) -> Finding:
    name = query.subject
    # That lines arrive at all is proven by logs.delivery.
    if expect is Expect.OPTIONAL or (expect is Expect.ZERO_OK and not query.is_promql):
        return Finding(name, Status.PASSED, "empty, which it may be")
    if expect is Expect.ZERO_OK:
        if await quiet.alive(context, query, asked.at):
            return Finding(name, Status.PASSED, "empty, and what it reads is alive")
        if not released.demo and await quiet.without_applications(context, query):
            return Finding(name, Status.SKIPPED, "no application is scraped")
        return Finding(name, Status.FAILED, f"query {query.target} is empty, and what it reads is not alive")
    # The demo's load generator never rests: with it, a panel without samples is never innocent.
    if expect is Expect.TRAFFIC and not released.demo and not await had_traffic(context, asked.at):
        return Finding(name, Status.SKIPPED, "no requests in the last five minutes")
    return Finding(name, Status.FAILED, _emptiness(query, asked.answers[query], asked.at))


def _emptiness(query: PanelQuery, answer: Answer, at: float) -> str:
    if answer.nan:
        return f"query {query.target} gives nothing but NaN"
    if answer.newest is not None:
        return f"query {query.target}: its newest sample is {at - answer.newest:.0f} s old"
    return f"query {query.target} is empty"


def worst(findings: Sequence[Finding]) -> Finding:
    """Return the failure if there is one, else a skip, else the last that passed."""
    order = (Status.FAILED, Status.SKIPPED, Status.WARNED, Status.PASSED)
    return min(findings, key=lambda f: order.index(f.status))


def conclude(findings: Sequence[Finding]) -> Outcome:
    """Sum the panels' findings up."""
    bad = [f for f in findings if f.status is Status.FAILED]
    left = [f for f in findings if f.status is Status.SKIPPED]
    if bad:
        hint = Hint("Each empty panel names the first broken link from its query to its back end.")
        return failed(f"{len(bad)} of {len(findings)} panels are dead", hint=hint, findings=tuple(findings))
    if len(left) == len(findings):
        return Outcome(Status.SKIPPED, left[0].summary, findings=tuple(findings))
    said = f"{len(findings) - len(left)} of {len(findings)} panels have what they promise"
    return Outcome(Status.PASSED, said + (f", {len(left)} skipped" if left else ""), findings=tuple(findings))


def _number(name: str) -> tuple[int, str]:
    first = name.partition(" ")[0]
    return (int(first) if first.isdigit() else 0, name)
