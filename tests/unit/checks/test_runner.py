"""The runner: order by needs, skips with their reason, retries until the deadline, and no check that takes the run down."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, cast

import pytest

from obsdeploy.checks import runner
from obsdeploy.checks.context import Context
from obsdeploy.checks.model import (
    Check,
    Hint,
    Outcome,
    Recorder,
    Report,
    Result,
    Severity,
    Silent,
    Status,
    failed,
    passed,
    skipped,
    warned,
)
from obsdeploy.errors import StackUnhealthy

NOTHING = cast(Context, None)
HINT = Hint("do something")
Run = Callable[[Context], Awaitable[Outcome]]


def says(*outcomes: Outcome) -> Run:
    """A check that finds these outcomes, one an attempt, and the last for ever."""
    left = list(outcomes)

    async def run(context: Context) -> Outcome:
        return left.pop(0) if len(left) > 1 else left[0]

    return run


def check(name: str, *outcomes: Outcome, **more: Any) -> Check:
    return Check(name, f"{name} is well", says(*(outcomes or (passed("fine"),))), **more)


def by_id(report: Report) -> dict[str, Result]:
    return {result.check.id: result for result in report.results}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(runner, "LONGEST_PAUSE", 0.02)


async def test_results_keep_the_catalogues_order_and_one_failure_fails_the_run() -> None:
    report = await runner.run([check("b.one"), check("a.two", failed("no", hint=HINT)), check("a.three")], NOTHING, Silent())
    assert [r.check.id for r in report.results] == ["b.one", "a.two", "a.three"]
    assert not report.passed
    assert [r.check.id for r in report.failures] == ["a.two"]


async def test_a_run_of_warnings_and_skips_passes_and_an_empty_one_does_not() -> None:
    report = await runner.run([check("a.b", warned("hm")), check("a.c", skipped("not here"))], NOTHING, Silent())
    assert report.passed
    assert not (await runner.run([], NOTHING, Silent())).passed


async def test_what_needs_a_failed_check_is_skipped_with_the_root_cause_all_the_way_down() -> None:
    checks = [
        check("a.root", failed("no", hint=HINT)),
        check("a.middle", needs=("a.root",)),
        check("a.leaf", needs=("a.middle",)),
        check("a.other"),
    ]
    found = by_id(await runner.run(checks, NOTHING, Silent()))
    for name in ("a.middle", "a.leaf"):
        assert found[name].outcome == skipped("because a.root failed")
        assert found[name].attempts == 0
    assert found["a.other"].outcome.status is Status.PASSED


async def test_nothing_after_a_failed_fatal_check_is_tried() -> None:
    checks = [
        check("a.before"),
        check("a.fatal", failed("no", hint=HINT), severity=Severity.FATAL),
        check("a.after"),
        check("b.after"),
    ]
    found = by_id(await runner.run(checks, NOTHING, Silent()))
    assert found["a.before"].outcome.status is Status.PASSED
    assert {found[name].outcome.summary for name in ("a.after", "b.after")} == {"because a.fatal failed"}


async def test_a_need_that_was_skipped_for_a_reason_of_its_own_blocks_nothing() -> None:
    checks = [check("a.optional", skipped("switched off")), check("a.next", needs=("a.optional",))]
    assert by_id(await runner.run(checks, NOTHING, Silent()))["a.next"].outcome.status is Status.PASSED


async def test_a_need_that_was_not_chosen_is_taken_for_granted() -> None:
    found = by_id(await runner.run([check("a.next", needs=("a.left_out",))], NOTHING, Silent()))
    assert found["a.next"].outcome.status is Status.PASSED


async def test_a_failure_is_retried_for_as_long_as_was_asked() -> None:
    no = failed("not yet", hint=HINT)
    observer = Recorder()
    report = await runner.run([check("a.slow", no, no, passed("there"))], NOTHING, observer, wait=5)
    assert report.results[0].attempts == 3
    assert report.passed
    assert observer.events == [
        ("started", "a.slow"),
        ("attempt", "a.slow: not yet"),
        ("attempt", "a.slow: not yet"),
        ("finished", "a.slow"),
    ]


async def test_without_a_wait_only_a_temporary_failure_is_retried_and_only_until_its_deadline() -> None:
    no, soon = failed("no", hint=HINT), failed("soon", hint=HINT, temporary=True)
    checks = [
        check("a.broken", no, passed("too late"), deadline=5.0),
        check("a.young", soon, passed("in time"), deadline=5.0),
        check("a.stuck", soon, deadline=0.05),
    ]
    began = time.monotonic()
    found = by_id(await runner.run(checks, NOTHING, Silent()))
    assert found["a.broken"].attempts == 1
    assert found["a.young"].outcome.summary == "in time"
    assert found["a.stuck"].outcome.status is Status.FAILED
    assert found["a.stuck"].attempts > 1
    assert time.monotonic() - began < 2


async def test_the_last_word_of_a_check_that_never_succeeds_is_reported() -> None:
    checks = [check("a.b", failed("first", hint=HINT), failed("last", hint=HINT))]
    report = await runner.run(checks, NOTHING, Silent(), wait=0.1)
    assert report.results[0].outcome.summary == "last"


async def test_checks_that_need_nothing_of_each_other_run_at_the_same_time() -> None:
    met = asyncio.Barrier(3)

    async def meet(context: Context) -> Outcome:
        await asyncio.wait_for(met.wait(), 2)
        return passed("met")

    report = await runner.run([Check(f"a.{name}", "meets", meet) for name in "xyz"], NOTHING, Silent())
    assert report.passed


async def test_a_check_that_breaks_has_failed_and_names_the_error() -> None:
    async def broken(context: Context) -> Outcome:
        raise KeyError("surprise")

    report = await runner.run([Check("a.b", "breaks", broken)], NOTHING, Silent())
    assert report.results[0].outcome.status is Status.FAILED
    assert "KeyError: 'surprise'" in report.results[0].outcome.summary


async def test_a_known_problem_is_a_failure_with_its_own_hint() -> None:
    async def unreachable(context: Context) -> Outcome:
        raise StackUnhealthy("nobody answers", hint="knock louder")

    outcome = (await runner.run([Check("a.b", "asks", unreachable)], NOTHING, Silent())).results[0].outcome
    assert (outcome.summary, outcome.hint) == ("nobody answers", Hint("knock louder"))


async def test_an_attempt_that_hangs_has_failed() -> None:
    async def hangs(context: Context) -> Outcome:
        await asyncio.Event().wait()
        raise AssertionError

    outcome = await runner.attempt(Check("a.b", "hangs", hangs), NOTHING, limit=0.02)
    assert outcome.status is Status.FAILED
    assert "no answer" in outcome.summary


async def test_a_warning_never_fails_the_run() -> None:
    report = await runner.run([check("a.b", failed("much", hint=HINT), severity=Severity.WARNING)], NOTHING, Silent())
    assert report.results[0].outcome.status is Status.WARNED
    assert report.passed


async def test_only_the_final_failure_is_explained() -> None:
    explained: list[str] = []

    async def explain(context: Context, outcome: Outcome) -> Outcome:
        explained.append(outcome.summary)
        return failed("because of the cable", hint=HINT)

    checks = [check("a.b", failed("first", hint=HINT), failed("last", hint=HINT), explain=explain)]
    report = await runner.run(checks, NOTHING, Silent(), wait=0.1)
    assert explained == ["last"]
    assert report.results[0].outcome.summary == "because of the cable"


async def test_a_failure_survives_its_explanation() -> None:
    async def explain(context: Context, outcome: Outcome) -> Outcome:
        raise RuntimeError("lost")

    report = await runner.run([check("a.b", failed("no", hint=HINT), explain=explain)], NOTHING, Silent())
    assert report.results[0].outcome.summary == "no"
    assert report.results[0].outcome.details == ("(no explanation: RuntimeError: lost)",)


async def test_cancelling_stops_every_attempt_and_keeps_what_was_finished() -> None:
    stopped: list[str] = []
    begun = asyncio.Event()

    async def hangs(context: Context) -> Outcome:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.append("hangs")
        raise AssertionError

    observer = Recorder()
    checks = [check("a.quick"), Check("a.hangs", "hangs", hangs, needs=("a.quick",))]
    task = asyncio.create_task(runner.run(checks, NOTHING, observer))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert stopped == ["hangs"]
    assert [result.check.id for result in observer.results] == ["a.quick"]


@pytest.mark.parametrize(
    ("checks", "said"),
    [
        ([check("a.b", needs=("a.c",)), check("a.c", needs=("a.b",))], "a.b → a.c → a.b"),
        ([check("a.b"), check("a.b")], "same id"),
    ],
)
async def test_a_catalogue_that_can_not_be_run_is_refused(checks: list[Check], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        await runner.run(checks, NOTHING, Silent())
