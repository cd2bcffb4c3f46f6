"""What a check is, what it found and how a run of checks is reported: plain frozen data, no behaviour of its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from obsdeploy.checks.context import Context


class Status(StrEnum):
    """How a check ended. There is no "unknown": what could not be found out is FAILED."""

    PASSED = "passed"
    WARNED = "warned"
    FAILED = "failed"
    SKIPPED = "skipped"


class Severity(StrEnum):
    """What a failure means: nothing else can be judged, the stack is not healthy, or people should know."""

    FATAL = "fatal"
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Hint:
    """What to do: a sentence, and the command that shows or mends it. `docs` overrides the check's own anchor."""

    text: str
    command: str | None = None
    docs: str = ""


@dataclass(frozen=True)
class Finding:
    """One part of a check's subject (a panel, a target, a workload) with its own verdict."""

    subject: str
    status: Status
    summary: str
    hint: Hint | None = None


@dataclass(frozen=True)
class Outcome:
    """What one attempt of a check found. `summary` is one line; `details` and `findings` say more.

    `temporary`: time alone may well mend it, so it is worth a short wait even when nobody asked for one.
    """

    status: Status
    summary: str
    details: tuple[str, ...] = ()
    hint: Hint | None = None
    findings: tuple[Finding, ...] = ()
    temporary: bool = False


@dataclass(frozen=True)
class Check:
    """A question about the cluster, as data. `deadline` is in seconds: how long a temporary failure is retried unasked.

    `needs` names the checks without whose success this one's answer would mean nothing. `explain` finds out more about a
    failure that is final; it may take its time, which attempts may not.
    """

    id: str
    description: str
    run: Callable[[Context], Awaitable[Outcome]]
    severity: Severity = Severity.ERROR
    deadline: float = 0.0
    needs: tuple[str, ...] = ()
    explain: Callable[[Context, Outcome], Awaitable[Outcome]] | None = None

    @property
    def category(self) -> str:
        """The part of the id before the first dot."""
        return self.id.partition(".")[0]

    @property
    def docs(self) -> str:
        """The page and anchor that explains this check; the panels of every dashboard share one."""
        subject = "panels" if self.category == "panels" else self.id.replace(".", "-")
        return f"docs/checks.md#{subject}"


@dataclass(frozen=True)
class Result:
    """A check's final outcome. `seconds` counts from its first attempt to its last; a check never run has 0 attempts."""

    check: Check
    outcome: Outcome
    seconds: float
    attempts: int


@dataclass(frozen=True)
class Report:
    """All results in the order of the catalogue, and how many seconds they took together."""

    results: tuple[Result, ...]
    seconds: float

    @property
    def passed(self) -> bool:
        """Whether anything was checked and nothing failed. Warnings and skips do not fail a run; an empty run does."""
        return bool(self.results) and not self.failures

    @property
    def failures(self) -> tuple[Result, ...]:
        """The failed results, in order."""
        return tuple(r for r in self.results if r.outcome.status is Status.FAILED)

    def count(self, status: Status) -> int:
        """How many results have this status."""
        return sum(r.outcome.status is status for r in self.results)


class Observer(Protocol):
    """Follows a run while it happens: the live view, plain lines, logs. Methods must return at once and not raise."""

    def started(self, check: Check) -> None:
        """`check` makes its first attempt now."""

    def attempt(self, check: Check, outcome: Outcome) -> None:
        """An attempt failed with `outcome` and `check` will be tried again."""

    def finished(self, result: Result) -> None:
        """`result` is final; also called for checks that were skipped without an attempt."""


@dataclass(frozen=True)
class Silent:
    """The observer that does nothing."""

    def started(self, check: Check) -> None:
        """Ignore."""

    def attempt(self, check: Check, outcome: Outcome) -> None:
        """Ignore."""

    def finished(self, result: Result) -> None:
        """Ignore."""


@dataclass
class Recorder:
    """The observer that keeps every event, in order, for tests and for partial reports after an interruption."""

    events: list[tuple[str, str]] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)

    def started(self, check: Check) -> None:
        """Keep the event."""
        self.events.append(("started", check.id))

    def attempt(self, check: Check, outcome: Outcome) -> None:
        """Keep the event."""
        self.events.append(("attempt", f"{check.id}: {outcome.summary}"))

    def finished(self, result: Result) -> None:
        """Keep the event and the result."""
        self.events.append(("finished", result.check.id))
        self.results.append(result)


def passed(summary: str, *details: str, findings: tuple[Finding, ...] = ()) -> Outcome:
    """Make an outcome that says all is well."""
    return Outcome(Status.PASSED, summary, details, findings=findings)


def warned(summary: str, *details: str, hint: Hint | None = None, findings: tuple[Finding, ...] = ()) -> Outcome:
    """Make an outcome that people should know of but that fails nothing."""
    return Outcome(Status.WARNED, summary, details, hint, findings)


def failed(summary: str, *details: str, hint: Hint, findings: tuple[Finding, ...] = (), temporary: bool = False) -> Outcome:
    """Make a failure. The hint is not optional: a failure without a next step is half a message."""
    return Outcome(Status.FAILED, summary, details, hint, findings, temporary)


def skipped(reason: str) -> Outcome:
    """Make a skip, which always carries its reason."""
    return Outcome(Status.SKIPPED, reason)
