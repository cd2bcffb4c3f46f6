"""The chain behind one query: its variables, then each of its selectors, then what it does with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

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
from obsdeploy.promql import Operation

SETS = {"or", "unless"}
COMPARISONS = {"==", "!=", ">", "<", ">=", "<="}


async def first_cause(context: Context, facts: Facts, asked: Asked, query: PanelQuery, answer: Answer) -> Cause | None:
    """Return the first broken link of a query that has not what its panel promises, or None where none can be named."""
    if answer.error or not query.is_promql:
        return None
    try:
        return (
            await _variable(facts, asked, query)
            or await _selector(facts, query)
            or await _traffic(context, facts, asked, query)
            or await _operation(facts, query, answer)
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


async def _operation(facts: Facts, query: PanelQuery, answer: Answer) -> Cause:
    """Find the innermost operation that makes nothing out of two sides with samples."""
    if answer.nan:
        return Cause("operation", "each part has samples, and the result is not a number: something is divided by zero")
    for one in promql.operations(query.expr):
        if one.operator in SETS or await facts.prometheus.query(one.whole, facts.at):
            continue
        left, right = await facts.prometheus.query(one.left, facts.at), await facts.prometheus.query(one.right, facts.at)
        if left and right:
            return Cause("operation", _why_nothing(one, _labels(left), _labels(right)))
    return Cause("operation", "each part has samples, but together they give nothing")


def _why_nothing(one: Operation, left: str, right: str) -> str:
    if one.operator in COMPARISONS and not right:
        return f"nothing of {one.left} is {one.operator} {one.right}"
    sides = f"the left has {left or 'no labels'}, the right has {right or 'no labels'}"
    return f"both sides of {one.operator} have samples, but none with the same labels: {sides}"


def _labels(samples: Sequence[Any]) -> str:
    """Name the labels of a vector's first series; the others have the same ones as a rule."""
    return ", ".join(sorted(name for name in samples[0]["metric"] if name != "__name__"))
