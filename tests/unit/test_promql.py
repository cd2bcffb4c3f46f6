"""What obsdeploy says a query reads, and how it fills Grafana's variables in."""

import pytest

from obsdeploy import promql
from obsdeploy.errors import UsageProblem
from obsdeploy.promql import Matcher, Selector


def test_selectors_come_in_the_order_of_the_text_whatever_surrounds_them() -> None:
    query = 'sum by (a) (rate(foo{a="b"}[1m])) / on (x) group_left bar or max_over_time(rate(baz[5m])[1h:15s] offset 5m)'

    assert promql.selectors(query) == (
        Selector("foo", (Matcher("a", "=", "b"),)),
        Selector("bar"),
        Selector("baz"),
    )


@pytest.mark.parametrize("op", ["=", "!=", "=~", "!~"])
def test_each_kind_of_matcher_is_kept(op: str) -> None:
    assert promql.selectors(f'foo{{a{op}"b"}}')[0].matchers == (Matcher("a", op, "b"),)


@pytest.mark.parametrize("query", ['foo{a="b",c!~"d|e"}', "foo", '{job="x"}', r'foo{a="q\"\\d"}'])
def test_a_selector_prints_as_promql_that_reads_the_same(query: str) -> None:
    (selector,) = promql.selectors(query)

    assert promql.selectors(str(selector)) == (selector,)


def test_a_name_may_be_written_as_a_matcher_or_as_an_alternation() -> None:
    assert promql.metric_names('{__name__="foo"} or {__name__=~"a|b:c|d.*"} or {job="x"}') == {"foo", "a", "b:c"}


def test_an_unfilled_grafana_query_is_read() -> None:
    query = 'rate(foo{namespace=~"$namespace",service=~"${service:regex}",x="[[x]]"}[$__rate_interval]) > $__range_s'

    assert promql.metric_names(query) == {"foo"}
    assert promql.variables(query) == {"namespace", "service", "x"}


@pytest.mark.parametrize("query", ["sum(", "rate(foo)", "foo{a=}", "foo[5x]"])
def test_what_is_not_promql_is_refused_with_the_query(query: str) -> None:
    with pytest.raises(UsageProblem) as caught:
        promql.metric_names(query)

    assert query in caught.value.message


def test_interpolation_leaves_what_it_was_not_given() -> None:
    assert promql.interpolate('a{b="$b"}[$__rate_interval]', {"x": "y"}) == 'a{b="$b"}[$__rate_interval]'


@pytest.mark.parametrize(
    ("value", "written"),
    [("a.b", "a.b"), (["a.b"], r"a\\.b"), (["a.b", "c+"], r"(a\\.b|c\\+)"), (["a\\b"], r"a\\\\b")],
)
def test_several_values_become_an_escaped_alternation(value: str | list[str], written: str) -> None:
    filled = promql.interpolate('foo{x=~"$x"}', {"x": value})

    assert filled == f'foo{{x=~"{written}"}}'
    assert promql.metric_names(filled) == {"foo"}


def test_label_values_is_taken_apart() -> None:
    assert promql.label_values('label_values(up{job="x", a=~"$n"}, service)') == ('up{job="x", a=~"$n"}', "service")
    assert promql.label_values("label_values(job)") == (None, "job")


def test_another_variable_query_is_refused() -> None:
    with pytest.raises(UsageProblem):
        promql.label_values("query_result(up)")


def test_a_group_of_label_replace_is_no_variable() -> None:
    query = 'label_replace(foo{a="$x"}, "b", "${1}-$1", "c", "(.*)")'

    assert promql.variables(query) == {"x"}
    assert promql.interpolate(query, {"x": "y", "1": "z"}) == 'label_replace(foo{a="y"}, "b", "${1}-$1", "c", "(.*)")'


def test_operations_come_innermost_first_with_their_two_sides() -> None:
    found = promql.operations('sum(rate(a{b="$c"}[$__rate_interval])) / on (d) (sum(e) > 0)')
    assert [(one.left, one.operator, one.right) for one in found] == [
        ("sum(e)", ">", "0"),
        ('sum(rate(a{b=".+"}[1m]))', "/", "(sum(e) > 0)"),
    ]
