"""The catalogue: every check once, documented, in an order that can be run, and the choice among them."""

import re
from pathlib import Path

import pytest

from obsdeploy.checks.catalogue import FIXED, ORDER, catalogue, select
from obsdeploy.checks.model import Check, Recorder, Status
from obsdeploy.checks.panels import check_of
from obsdeploy.checks.runner import in_order, run
from obsdeploy.errors import EnvironmentProblem, UsageProblem
from tests.unit.checks.fakes import Stack

DOCS = Path(__file__).parents[3] / "docs" / "checks.md"
ALL = (*FIXED, check_of("obs-x"))


def anchors() -> set[str]:
    """The page's anchors, written out: what a heading's own would be differs from one renderer to the next."""
    return set(re.findall(r'<a id="([\w-]+)"></a>\n##', DOCS.read_text(encoding="utf-8")))


@pytest.mark.parametrize("check", ALL, ids=lambda check: check.id)
def test_every_check_has_a_section_of_its_own(check: Check) -> None:
    page, _, anchor = check.docs.partition("#")
    assert page == "docs/checks.md"
    assert anchor in anchors()


def test_the_page_has_no_section_for_a_check_that_is_gone() -> None:
    assert anchors() == {check.docs.partition("#")[2] for check in ALL}


def test_ids_are_unique_and_of_known_categories_and_needs_exist() -> None:
    ids = [check.id for check in ALL]
    assert len(set(ids)) == len(ids)
    assert {check.category for check in ALL} == set(ORDER)
    assert {need for check in ALL for need in check.needs} <= set(ids)


def test_the_catalogue_can_be_put_in_order() -> None:
    placed = [check.id for check in in_order(ALL)]
    for check in ALL:
        assert all(placed.index(need) < placed.index(check.id) for need in check.needs)


async def test_there_is_a_check_for_every_dashboard_of_the_release(stack: Stack) -> None:
    stack.promise("obs-promised", {"1": {"expect": "data"}})
    own = [check.id for check in await catalogue(stack.context) if check.category == "panels"]
    assert own == ["panels.obs-promised", "panels.obs-x"]


async def test_checks_come_by_category(stack: Stack) -> None:
    categories = [check.category for check in await catalogue(stack.context)]
    assert categories == sorted(categories, key=ORDER.index)


async def test_without_a_release_the_checks_that_can_say_so_remain(stack: Stack) -> None:
    stack.kube.objects["configmaps"] = []
    checks = await catalogue(stack.context)
    assert {check.id for check in checks} == {check.id for check in FIXED}
    report = await run(checks, stack.context, Recorder())
    assert [result.check.id for result in report.failures] == ["release.deployed"]


async def test_a_cluster_that_is_not_there_is_no_matter_of_checks(stack: Stack) -> None:
    stack.kube.broken["configmaps"] = EnvironmentProblem("no answer", hint="start it")
    with pytest.raises(EnvironmentProblem):
        await catalogue(stack.context)


async def test_the_whole_catalogue_passes_on_a_stack_that_is_well(stack: Stack) -> None:
    stack.prometheus.data["targets"]["activeTargets"].pop()
    stack.expect(disabled={"nodeExporter": "components.nodeExporter is false"})
    report = await run(await catalogue(stack.context), stack.context, Recorder())
    wrong = {r.check.id: r.outcome for r in report.results if r.outcome.status not in (Status.PASSED, Status.SKIPPED)}
    assert not wrong
    skipped = {r.check.id for r in report.results if r.outcome.status is Status.SKIPPED}
    assert {one for one in skipped if not one.startswith("logs.")} == {
        "release.demo",
        "exporters.node",
        "exporters.kafka",
        "prometheus.remote",
    }


@pytest.mark.parametrize(
    ("only", "skip", "left"),
    [
        ((), (), None),
        (("rules",), (), {"rules.loaded", "rules.healthy", "rules.watchdog"}),
        (("rules", "cluster.api"), ("rules.loaded",), {"rules.healthy", "rules.watchdog", "cluster.api"}),
        (("panels.obs-x",), (), {"panels.obs-x"}),
    ],
)
def test_checks_are_chosen_by_id_or_category(only: tuple[str, ...], skip: tuple[str, ...], left: set[str] | None) -> None:
    chosen = {check.id for check in select(ALL, only, skip)}
    assert chosen == (left if left is not None else {check.id for check in ALL})


@pytest.mark.parametrize(("only", "skip"), [(("rule",), ()), ((), ("rule",))])
def test_a_name_that_is_no_check_is_a_usage_problem_with_the_nearest_one(only: tuple[str, ...], skip: tuple[str, ...]) -> None:
    with pytest.raises(UsageProblem) as problem:
        select(ALL, only, skip)
    assert "'rule'" in problem.value.message
    assert "rules" in problem.value.hint


@pytest.mark.parametrize("name", ["panels", "panels.obs-saga"])
def test_panels_of_a_release_that_is_not_there_are_answered_by_the_check_that_says_so(name: str) -> None:
    assert [check.id for check in select(FIXED, (name,))] == ["release.deployed"]
    with pytest.raises(UsageProblem):
        select(ALL, ("panels.obs-saga",))


def test_a_choice_of_nothing_is_a_usage_problem() -> None:
    with pytest.raises(UsageProblem, match="leave no check"):
        select(ALL, ("rules",), ("rules",))
