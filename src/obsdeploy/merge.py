"""Helm's own way of merging values: maps merge, lists and scalars replace, null removes."""

from collections.abc import Mapping
from typing import Any


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return `base` with `over` on top, as `helm -f base -f over` sees it; neither argument is changed.

    A null stays in the result: only the chart's defaults, which Helm merges last, know what it removes.
    """
    result = dict(base)
    for key, value in over.items():
        below = result.get(key)
        result[key] = merged(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return result


def applied(defaults: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a chart's templates see: its `defaults` under `values`, with every key removed that `values` sets to null."""
    result = merged(defaults, values)
    return _without_nulls(result, values)


def _without_nulls(result: dict[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for key, value in result.items():
        if key in values and values[key] is None:
            continue
        inner = values.get(key)
        kept[key] = _without_nulls(value, inner) if isinstance(value, dict) and isinstance(inner, Mapping) else value
    return kept
