"""What a query reads in the end, and whether that lives."""

import pytest

from obsdeploy import promql
from obsdeploy.checks.liveness import alternatives, changed, constant, fresh, lively, sources
from tests.unit.checks.fakes import NOW, FakePrometheus, Stack, record, sample
from tests.unit.checks.healthy import MANIFEST

RULES = {
    "shop:orders": [{"query": "sum(shop:orders:rate1m)"}],
    "shop:orders:rate1m": [{"query": "rate(orders_total[1m])"}, {"query": 'rate(sales_total{kind="web"}[1m])'}],
    "loop": [{"query": "loop + 1"}],
}


def names(expression: str) -> list[str]:
    (selector,) = promql.selectors(expression)
    return [str(one) for one in sources(selector, RULES)]


@pytest.mark.parametrize(
    ("expression", "leaves"),
    [
        ("up", ["up"]),
        ("shop:orders", ["orders_total", 'sales_total{kind="web"}']),
        ('shop:orders:rate1m{a="b"}', ["orders_total", 'sales_total{kind="web"}']),
        ("loop", ["loop"]),
    ],
)
def test_recorded_series_are_followed_to_what_is_scraped(expression: str, leaves: list[str]) -> None:
    assert names(expression) == leaves


@pytest.mark.parametrize(
    ("expression", "alive", "lives"),
    [
        ("a / b", {"a", "b"}, True),
        ("a / b", {"a"}, False),
        ("a or b", {"b"}, True),
        ("a or b", set(), False),
        ('a{x="this or that"} / b', {'a{x="this or that"}'}, False),
        ("shop:orders / b", {"orders_total", "b"}, True),
        ("count(a) or vector(0)", set(), True),
        ("1 + 1", set(), True),
    ],
)
def test_a_query_lives_by_all_it_reads_or_by_one_alternative(expression: str, alive: set[str], lives: bool) -> None:
    selectors = {one for text in alive for one in promql.selectors(text)}
    assert lively(expression, RULES, selectors) is lives


def test_an_or_inside_a_label_is_no_alternative() -> None:
    assert not alternatives('a{b="x or \\" y or z"}')
    assert alternatives("a or b")
    assert constant("x or vector(0)")


async def test_fresh_selectors_are_found_in_one_query(stack: Stack) -> None:
    asked: list[str] = []

    def answer(query: str) -> list[object]:
        asked.append(query)
        return [sample(1, n="1")]

    stack.prometheus = FakePrometheus(guess=answer)
    old, new = promql.selectors('old + new{a=~"b"}')
    assert await fresh(stack.context, [old, new, old], NOW - 20, NOW) == {new}
    assert asked == [
        'label_replace(group(last_over_time(old[20000ms])), "n", "0", "", "") or '
        'label_replace(group(last_over_time(new{a=~"b"}[20000ms])), "n", "1", "", "")'
    ]


async def test_nothing_asked_is_nothing_fresh(stack: Stack) -> None:
    assert await fresh(stack.context, [], NOW - 20, NOW) == set()


@pytest.mark.parametrize(
    ("history", "since"),
    [
        ([("deployed", "new", 20)], 20),
        ([("deployed", "new", 20), ("superseded", "old", 200)], 20),
        ([("deployed", "new", 20), ("superseded", "new", 200), ("superseded", "old", 300)], 200),
        ([("deployed", "new", 20), ("superseded", "new", 200), ("superseded", "new", 9000)], 3000),
        ([("deployed", "new", 20), ("failed", "new", 200), ("superseded", "new", 300)], 20),
    ],
    ids=["the first", "a change", "a repetition", "repetitions for ever", "a failure"],
)
async def test_a_revision_that_changes_nothing_makes_nothing_young(
    stack: Stack, history: list[tuple[str, str, float]], since: float
) -> None:
    """Everything else runs since 3000 s; a revision that failed may have been applied in part."""
    stack.kube.objects["secrets"] = [
        record(status, version=len(history) - back, manifest=MANIFEST if what == "new" else "", ago=ago)
        for back, (status, what, ago) in enumerate(history)
    ]
    assert round(NOW - await changed(stack.context, NOW)) == since
