"""Why is a panel empty: from the variable over metric, target and selector to the back end, the first broken link."""

from __future__ import annotations

from dataclasses import replace

from obsdeploy.checks.asked import Asked
from obsdeploy.checks.context import Context
from obsdeploy.checks.diagnose.facts import LIVE, Facts, gather
from obsdeploy.checks.diagnose.query import first_cause
from obsdeploy.checks.liveness import SETTLED
from obsdeploy.checks.model import Finding, Hint, Outcome, Status


async def explain(context: Context, outcome: Outcome, asked: Asked | None) -> Outcome:
    """Add to each dead panel of a dashboard why it is dead, as far as that can be found out."""
    if asked is None:
        return outcome
    changed = context.memo.get("changed", 0.0)
    # Where a release is young, only samples of its own count as live.
    window = min(LIVE, asked.at - changed) if asked.at - changed < SETTLED else LIVE
    facts = await gather(context, asked.at, max(window, 1.0))
    findings = [await _explained(context, facts, asked, one) for one in outcome.findings]
    return replace(outcome, findings=tuple(findings))


async def _explained(context: Context, facts: Facts, asked: Asked, finding: Finding) -> Finding:
    if finding.status is not Status.FAILED:
        return finding
    for query, answer in asked.answers.items():
        if query.subject != finding.subject:
            continue
        cause = await first_cause(context, facts, asked, query, answer)
        if cause:
            return replace(finding, summary=f"{finding.summary}: {cause.text}", hint=Hint("", cause.command))
    return finding
