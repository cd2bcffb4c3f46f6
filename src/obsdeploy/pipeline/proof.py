"""Proving a stack: the checks, followed as one step of the pipeline."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from obsdeploy.checks.catalogue import catalogue, select
from obsdeploy.checks.model import Check, Outcome, Report, Result, Status
from obsdeploy.checks.runner import run
from obsdeploy.pipeline import progress
from obsdeploy.pipeline.progress import Observer, Running, underway
from obsdeploy.pipeline.reach import checking
from obsdeploy.settings.model import Settings

if TYPE_CHECKING:
    from obsdeploy.cluster.kube import Kube


async def prove(
    kube: "Kube",
    settings: Settings,
    observer: Observer,
    *,
    wait: float,
    only: Sequence[str] = (),
    skip: Sequence[str] = (),
) -> Report:
    """Run the checks, or those chosen by id or category, each retried for `wait` seconds.

    What they find is a report and never an exception. Raises UsageProblem for a name that is no check or category.
    """
    with underway(observer, progress.PROOF) as running:
        async with checking(kube, settings) as context:
            checks = select(await catalogue(context, wait=wait), only, skip)
            report = await run(checks, context, Follower(running, checks), wait=wait)
        running.done(counted(report), unwell=not report.passed)
    return report


def counted(report: Report) -> str:
    """How many checks ended how, in words."""
    numbers = [(report.count(status), status.value) for status in Status]
    return ", ".join(f"{number} {word}" for number, word in numbers if number)


class Follower:
    """An observer of checks that tells a step what is still awaited."""

    def __init__(self, running: Running, checks: Sequence[Check]) -> None:
        self._running, self._total, self._done = running, len(checks), 0
        self._awaited: dict[str, str] = {}

    def started(self, check: Check) -> None:
        """Nothing is awaited before a first attempt has failed."""

    def attempt(self, check: Check, outcome: Outcome) -> None:
        """A check failed and will be tried again: that is what is awaited."""
        self._awaited[check.id] = outcome.summary
        self._tell()

    def finished(self, result: Result) -> None:
        """One fewer to wait for."""
        self._done += 1
        self._awaited.pop(result.check.id, None)
        self._tell()

    def _tell(self) -> None:
        progressed = f"{self._done} of {self._total} checks done"
        self._running.waiting(progressed, *(f"{check}: {why}" for check, why in self._awaited.items()))
