"""A panel that may be empty: is it empty because nothing happened, or because what it reads is dead?"""

from __future__ import annotations

from functools import partial

from obsdeploy import promql
from obsdeploy.checks import liveness
from obsdeploy.checks.context import Context
from obsdeploy.checks.diagnose.dropping import announced, dropped
from obsdeploy.checks.diagnose.facts import provider, scrape_jobs
from obsdeploy.checks.prometheus import active_targets
from obsdeploy.checks.queries import PanelQuery
from obsdeploy.promql import Selector

LIVE_SCRAPES = 4
"""Scrape intervals within which a live series has had a sample."""


async def alive(context: Context, query: PanelQuery, at: float) -> bool:
    """Whether what a query reads would be there if it happened: each metric lives, under whatever labels, or could."""
    if liveness.constant(query.expr):
        return True
    rules = await context.once("recorded", partial(liveness.recorded, context))
    leaves = dict.fromkeys(leaf for one in promql.selectors(query.expr) for leaf in liveness.sources(one, rules))
    bare = {leaf: Selector(leaf.metric) for leaf in leaves if leaf.metric}
    since = at - LIVE_SCRAPES * (await context.released()).interval
    fresh = await liveness.fresh(context, bare.values(), since, at)
    living = {leaf for leaf, name in bare.items() if name in fresh or await _possible(context, str(name.metric))}
    return liveness.lively(query.expr, rules, living)


async def _possible(context: Context, metric: str) -> bool:
    """Whether a metric without series would have them once it counted something: it is served, or would be, and is kept."""
    prometheus = await context.prometheus()
    jobs = await context.once("scrape jobs", partial(scrape_jobs, prometheus))
    known = await announced(prometheus, jobs, metric)
    if known:
        return any(not drops for _, drops in known)
    job = provider(metric)
    up = any(target.job == job and target.health == "up" for target in await active_targets(context))
    return up and not dropped(jobs.get(job or "", {}), metric)


async def without_applications(context: Context, query: PanelQuery) -> bool:
    """Whether nothing is read but applications, and none is scraped: neither dead nor alive."""
    if any(target.job == "applications" for target in await active_targets(context)):
        return False
    rules = await context.once("recorded", partial(liveness.recorded, context))
    leaves = [leaf for one in promql.selectors(query.expr) for leaf in liveness.sources(one, rules)]
    return all(provider(leaf.metric or "") is None for leaf in leaves)
