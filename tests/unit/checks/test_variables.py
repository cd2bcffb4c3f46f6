"""A dashboard's variables take the values that a person would see on opening it."""

from typing import Any

import pytest

from obsdeploy.checks.variables import resolve
from obsdeploy.errors import ObsdeployError
from tests.unit.checks.fakes import FakePrometheus, sample


def board(*variables: dict[str, Any]) -> dict[str, Any]:
    return {"templating": {"list": list(variables)}}


def query(text: str, **more: Any) -> dict[str, Any]:
    return {"name": "v", "type": "query", "query": {"query": text, "qryType": 1}, **more}


async def value_of(variable: dict[str, Any], prometheus: FakePrometheus | None = None) -> Any:
    found = await resolve(board(variable), prometheus or FakePrometheus(), 0, 300)
    return found.values[variable["name"]]


def knowing(*values: str) -> FakePrometheus:
    return FakePrometheus(data={"label/job/values?up": list(values)})


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ({"type": "datasource", "query": "prometheus", "current": {"value": "prom-2"}}, "prom-2"),
        ({"type": "datasource", "query": "prometheus"}, "prometheus"),
        ({"type": "constant", "query": "eu"}, "eu"),
        ({"type": "textbox", "query": "", "current": {"value": "typed"}}, "typed"),
        ({"type": "custom", "query": "a, b ,c"}, "a"),
        ({"type": "custom", "query": "a,b", "current": {"value": "b"}}, "b"),
        ({"type": "custom", "query": "a,b", "includeAll": True, "multi": True, "current": {"value": ["$__all"]}}, ["a", "b"]),
        ({"type": "interval", "query": "1m,5m", "options": [{"value": "1m"}, {"value": "5m"}], "current": {"value": "5m"}}, "5m"),
    ],
)
async def test_variables_with_fixed_options(variable: dict[str, Any], value: Any) -> None:
    assert await value_of({"name": "v", **variable}) == value


async def test_all_becomes_every_value_that_there_is() -> None:
    all_of = query("label_values(up, job)", includeAll=True, multi=True, current={"value": ["$__all"]})
    assert await value_of(all_of, knowing("b", "a")) == ["a", "b"]


async def test_all_may_have_a_value_of_its_own() -> None:
    all_of = query("label_values(up, job)", includeAll=True, allValue=".*", current={"value": "$__all"})
    assert await value_of(all_of, knowing("a")) == ".*"


async def test_the_saved_choice_counts_as_long_as_it_exists() -> None:
    saved = query("label_values(up, job)", current={"value": "b"})
    assert await value_of(saved, knowing("a", "b")) == "b"
    assert await value_of(saved, knowing("a", "c")) == "a"


async def test_a_regex_filters_and_picks() -> None:
    assert await value_of(
        query("label_values(up, job)", regex="/kube-(.*)/", multi=True, includeAll=True), knowing("kube-a", "x")
    ) == ["a"]


async def test_a_regex_that_can_not_be_read_is_told() -> None:
    with pytest.raises(ObsdeployError, match="regex can't be read"):
        await value_of(query("label_values(up, job)", regex="(("), knowing("a"))


async def test_a_later_variable_uses_an_earlier_ones_value() -> None:
    prometheus = FakePrometheus(data={"label/ns/values?up": ["x", "y"], 'label/pod/values?up{ns=~"(x|y)"}': ["p"]})
    many = {"includeAll": True, "multi": True, "current": {"value": ["$__all"]}}
    variables = board(
        {"name": "ns", "type": "query", "query": "label_values(up, ns)", **many},
        {"name": "pod", "type": "query", "query": 'label_values(up{ns=~"$ns"}, pod)', **many},
    )
    found = await resolve(variables, prometheus, 0, 300)
    assert found.fill('m{pod=~"$pod",ns=~"${ns}"}[$__rate_interval]') == 'm{pod=~"p",ns=~"(x|y)"}[$__rate_interval]'


async def test_a_variable_without_values_is_remembered_with_its_query() -> None:
    found = await resolve(board(query("label_values(up, job)", includeAll=True, multi=True)), knowing(), 0, 300)
    assert dict(found.empty) == {"v": "label_values(up, job)"}


@pytest.mark.parametrize(
    ("saved", "value"),
    [
        ({"allValue": ".*", "current": {"value": ["$__all"]}}, ".*"),
        ({"current": {"value": "$__all"}}, ".+"),
        ({"current": {"value": ["a", "b"]}}, ["a", "b"]),
        ({"current": {"value": "a"}}, "a"),
        ({}, ""),
    ],
)
async def test_a_variable_of_another_data_source_has_what_was_chosen_and_prometheus_is_not_asked(saved: Any, value: Any) -> None:
    of_lines = query('label_values({namespace=~".+"}, service)', datasource={"type": "loki", "uid": "loki"}, **saved)
    found = await resolve(board(of_lines), FakePrometheus(), 0, 300)
    assert (found.values["v"], dict(found.empty)) == (value, {})


async def test_results_of_a_query_can_be_options() -> None:
    prometheus = FakePrometheus(vectors={"up > 0": [sample(1, __name__="up", job="a")]})
    assert await value_of(query("query_result(up > 0)", regex='/job="(.*?)"/'), prometheus) == "a"


async def test_an_unknown_kind_of_query_is_told() -> None:
    with pytest.raises(ObsdeployError, match=r"not a label_values\(\) query"):
        await value_of(query("metrics(.*)"))
