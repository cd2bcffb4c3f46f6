"""Were there requests? Asked of the services' own counters, as the recorded series may be what is broken."""

from __future__ import annotations

from obsdeploy import fastyaml, promql
from obsdeploy.checks.context import Context
from obsdeploy.checks.queries import WINDOW
from obsdeploy.errors import StackUnhealthy

REQUESTS = "service_endpoint:http_requests:rate1m"
RULES = "obs-rules"


async def had_traffic(context: Context, at: float) -> bool:
    """Whether any service answered a request in the window before `at` (epoch seconds). Health checks do not count."""
    counters = await context.once("request counters", lambda: request_counters(context))
    parts = [f"sum(increase({one}[{WINDOW:.0f}s])) > 0" for one in counters]
    return bool(await (await context.prometheus()).query(" or ".join(parts), at))


async def request_counters(context: Context) -> list[str]:
    """Return the selectors of all counters of requests that the release's rules read, one for each kind of middleware."""
    found = await context.kube.read("configmaps", RULES, context.namespace)
    rules = [
        rule
        for text in ((found or {}).get("data") or {}).values()
        for group in (fastyaml.load(text) or {}).get("groups") or []
        for rule in group.get("rules") or []
    ]
    expressions = [rule["expr"] for rule in rules if rule.get("record") == REQUESTS]
    if not expressions:
        raise StackUnhealthy(
            f"no rule of the release records {REQUESTS}, so nobody can tell whether there were requests",
            hint="Run `obsdeploy up` again: it puts the rules back.",
        )
    return list(dict.fromkeys(str(one) for expression in expressions for one in promql.selectors(expression)))
