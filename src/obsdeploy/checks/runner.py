"""Runs checks by their needs, concurrently, each retried with backoff until its deadline."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from obsdeploy.checks.context import Context
from obsdeploy.checks.model import Check, Hint, Observer, Outcome, Report, Result, Severity, Status, failed, skipped
from obsdeploy.errors import ObsdeployError

FIRST_PAUSE = 0.25
LONGEST_PAUSE = 3.0
ATTEMPT_LIMIT = 30.0
"""Seconds an attempt may take before it counts as failed: no check may hang the run."""


async def run(checks: Sequence[Check], context: Context, observer: Observer, *, wait: float = 0.0) -> Report:
    """Run `checks` and return their results in the given order.

    A failed check is tried again until `wait` seconds after the start of the run; one that calls its failure
    temporary also until its own deadline. A check whose need failed is skipped with the reason. Needs that are not
    among `checks` are taken for granted.
    Cancelling the call cancels every attempt; what had finished by then has been told to `observer`.
    """
    began = time.monotonic()
    session = _Session(context, observer, until=began + wait, tasks={})
    ordered = in_order(checks)
    async with asyncio.TaskGroup() as group:
        for check in ordered:
            session.tasks[check.id] = group.create_task(session.settle(check, needed_by(check, checks)), name=check.id)
    results = tuple(session.tasks[check.id].result() for check in checks)
    return Report(results, time.monotonic() - began)


def needed_by(check: Check, checks: Sequence[Check]) -> tuple[str, ...]:
    """Return what must have succeeded before `check`: its needs, and every fatal check that comes before it."""
    chosen = [c.id for c in checks]
    fatal = [c.id for c in checks[: chosen.index(check.id)] if c.severity is Severity.FATAL]
    return tuple(dict.fromkeys([*fatal, *(need for need in check.needs if need in chosen)]))


def in_order(checks: Sequence[Check]) -> list[Check]:
    """Sort `checks` so that each comes after all it needs. Raises ValueError for a circle or an id used twice."""
    by_id = {check.id: check for check in checks}
    if len(by_id) != len(checks):
        raise ValueError("two checks have the same id")
    ordered: dict[str, Check] = {}

    def place(check: Check, trail: tuple[str, ...]) -> None:
        if check.id in trail:
            raise ValueError(f"checks need each other: {' → '.join((*trail, check.id))}")
        for need in needed_by(check, checks):
            place(by_id[need], (*trail, check.id))
        ordered.setdefault(check.id, check)

    for check in checks:
        place(check, ())
    return list(ordered.values())


@dataclass
class _Session:
    context: Context
    observer: Observer
    until: float
    tasks: dict[str, asyncio.Task[Result]]
    blocked: dict[str, str] = field(default_factory=dict)
    """Id of a check that could not be judged → the id of the failed check at the root of it."""

    async def settle(self, check: Check, needs: Sequence[str]) -> Result:
        for need in needs:
            result = await self.tasks[need]
            cause = self.blocked.get(need) or (need if result.outcome.status is Status.FAILED else None)
            if cause:
                self.blocked[check.id] = cause
                return self._finish(Result(check, skipped(f"because {cause} failed"), 0.0, 0))
        return await self._try(check)

    async def _try(self, check: Check) -> Result:
        began = time.monotonic()
        pause, attempts = FIRST_PAUSE, 0
        self.observer.started(check)
        while True:
            attempts += 1
            outcome = softened(check, await attempt(check, self.context))
            now = time.monotonic()
            until = max(self.until, began + check.deadline) if outcome.temporary else self.until
            if outcome.status is not Status.FAILED:
                return self._finish(Result(check, outcome, now - began, attempts))
            if now + pause > until:
                final = await explained(check, self.context, outcome)
                return self._finish(Result(check, final, time.monotonic() - began, attempts))
            self.observer.attempt(check, outcome)
            await asyncio.sleep(pause)
            pause = min(pause * 1.6, LONGEST_PAUSE)

    def _finish(self, result: Result) -> Result:
        self.observer.finished(result)
        return result


async def attempt(check: Check, context: Context, limit: float = ATTEMPT_LIMIT) -> Outcome:
    """Run a check once. Whatever keeps it from an answer, `limit` seconds included, is a failure that says so."""
    try:
        async with asyncio.timeout(limit):
            return await check.run(context)
    except ObsdeployError as problem:
        return failed(problem.message, hint=Hint(problem.hint))
    except TimeoutError:
        return failed(f"no answer within {limit:.0f} s", hint=Hint("Something that this check asks does not answer."))
    except Exception as error:  # a check must never take the run down with it: unknown is a failure
        hint = Hint("This is a bug in obsdeploy, or an answer that it did not expect: please report it.")
        return failed(f"the check itself broke: {type(error).__name__}: {error}", hint=hint)


async def explained(check: Check, context: Context, outcome: Outcome, limit: float = ATTEMPT_LIMIT) -> Outcome:
    """Let a check say more about its final failure. An explanation that fails leaves the failure as it is, and says so."""
    if check.explain is None:
        return outcome
    try:
        async with asyncio.timeout(limit):
            return await check.explain(context, outcome)
    except Exception as error:  # the failure itself must be reported whatever happens to its explanation
        return replace(outcome, details=(*outcome.details, f"(no explanation: {type(error).__name__}: {error})"))


def softened(check: Check, outcome: Outcome) -> Outcome:
    """Turn a failure of a check of severity `warning` into a warning."""
    if check.severity is Severity.WARNING and outcome.status is Status.FAILED:
        return replace(outcome, status=Status.WARNED)
    return outcome


def summary(report: Report) -> Mapping[str, int]:
    """Count the results by status."""
    return {status.value: report.count(status) for status in Status}
