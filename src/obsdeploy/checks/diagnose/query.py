"""The chain behind one query: its variables, then each of its selectors, then what it does with them."""

from __future__ import annotations

from obsdeploy import promql
from obsdeploy.checks import liveness
from obsdeploy.checks.asked import Asked
from obsdeploy.checks.context import Context
from obsdeploy.checks.diagnose.chain import LINKS, broken_link
from obsdeploy.checks.diagnose.facts import Cause, Facts
from obsdeploy.checks.frames import Answer
from obsdeploy.checks.queries import PanelQuery
from obsdeploy.checks.released import Expect, Expectation
from obsdeploy.checks.traffic import had_traffic
from obsdeploy.errors import UsageProblem


async def first_cause(context: Context, facts: Facts, asked: Asked, query: PanelQuery, answer: Answer) -> Cause | None:
    """Return the first broken link of a query that has not what its panel promises, or None where none can be named."""
    if answer.error or not query.is_promql:
        return None
    try:
        return (
            await _variable(facts, asked, query)
            or await _selector(facts, query)
            or await _traffic(context, facts, asked, query)
            or _operation(answer)
        )
    except UsageProblem as problem:
        return Cause("query", problem.message)


async def _variable(facts: Facts, asked: Asked, query: PanelQuery) -> Cause | None:
    for name in sorted(promql.variables(query.raw) & asked.variables.empty.keys()):
        source = asked.variables.empty[name]
        said = f"the variable ${name} has no values ({source} finds none)"
        selector, label = promql.label_values(source)
        for one in promql.selectors(selector) if selector else ():
            if cause := await broken_link(facts, one):
                return Cause(cause.link, f"{said}: {cause.text}", cause.command)
        return Cause("variable", f"{said}: no series has the label {label}")
    return None


async def _selector(facts: Facts, query: PanelQuery) -> Cause | None:
    selectors = list(dict.fromkeys(promql.selectors(query.expr)))
    causes = [cause for one in selectors if (cause := await broken_link(facts, one))]
    if not causes or (liveness.alternatives(query.expr) and len(causes) < len(selectors)):
        return None
    return min(causes, key=lambda cause: LINKS.index(cause.link))


async def _traffic(context: Context, facts: Facts, asked: Asked, query: PanelQuery) -> Cause | None:
    promise = facts.released.expectations.get(asked.uid, {}).get(query.panel, Expectation(Expect.OPTIONAL))
    if promise.of(query.target) is not Expect.TRAFFIC or await had_traffic(context, asked.at):
        return None
    said = "no service has answered a request in the last five minutes"
    if facts.released.demo:
        return Cause(
            "traffic",
            f"{said}: is the demo's load generator at work?",
            "kubectl -n saga-demo logs deploy/load-generator --tail=20",
        )
    return Cause("traffic", said)


def _operation(answer: Answer) -> Cause:
    if answer.nan:
        return Cause("operation", "each part has samples, and the result is not a number: something is divided by zero")
    return Cause("operation", "each part has samples, but together they give nothing: a comparison or the labels of an operation")
