"""Helm's own merge: what people know from `helm -f`."""

from obsdeploy.merge import applied, merged


def test_maps_merge_and_lists_replace() -> None:
    base = {"a": {"b": 1, "c": [1, 2]}, "d": 1}
    assert merged(base, {"a": {"c": [3]}, "e": 2}) == {"a": {"b": 1, "c": [3]}, "d": 1, "e": 2}


def test_a_null_stays_until_the_charts_defaults_are_there() -> None:
    assert merged({"a": {"b": 1}}, {"a": {"b": None}}) == {"a": {"b": None}}
    assert applied({"a": {"b": 1, "c": 2}}, {"a": {"b": None}}) == {"a": {"c": 2}}


def test_a_scalar_replaces_a_map_and_back() -> None:
    assert merged({"a": {"b": 1}}, {"a": 2}) == {"a": 2}
    assert merged({"a": 2}, {"a": {"b": 1}}) == {"a": {"b": 1}}


def test_arguments_stay_as_they_were() -> None:
    base = {"a": {"b": 1}}
    merged(base, {"a": {"c": 2}})
    assert base == {"a": {"b": 1}}
