"""A dashboard's variables, resolved as Grafana does when somebody opens it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from obsdeploy import promql
from obsdeploy.checks.context import PrometheusApi
from obsdeploy.errors import ObsdeployError

Value = str | Sequence[str]
ALL = "$__all"


@dataclass(frozen=True)
class Variables:
    """Values by name, as `promql.interpolate` takes them. `empty` holds the query of each variable that has no values."""

    values: Mapping[str, Value] = field(default_factory=dict)
    empty: Mapping[str, str] = field(default_factory=dict)

    def fill(self, text: str) -> str:
        """Put the values into a query, a legend or a data source's uid."""
        return promql.interpolate(text, self.values)


async def resolve(dashboard: Mapping[str, Any], prometheus: PrometheusApi, start: float, end: float) -> Variables:
    """Resolve the variables of a dashboard in their order, as later ones may use earlier ones.

    A query variable of Prometheus is asked for over epoch seconds; of another data source the saved choice is taken. Raises
    ObsdeployError for a kind that is not known.
    """
    values: dict[str, Value] = {}
    empty: dict[str, str] = {}
    for variable in (dashboard.get("templating") or {}).get("list") or []:
        name, kind = variable["name"], variable.get("type")
        if kind != "query":
            values[name] = _fixed(variable)
            continue
        if not _of_prometheus(variable):
            values[name] = _saved(variable)
            continue
        query = promql.interpolate(_text(variable.get("query")), values)
        options = _matching(await _options(query, prometheus, start, end), variable.get("regex") or "")
        if not options:
            empty[name] = query
        values[name] = _chosen(variable, options)
    return Variables(values, empty)


def _fixed(variable: Mapping[str, Any]) -> Value:
    current = (variable.get("current") or {}).get("value")
    if variable.get("type") == "datasource":
        return str(current or variable.get("query"))
    if variable.get("type") in {"constant", "textbox"}:
        return str(current if current not in (None, "") else variable.get("query") or "")
    options = [str(o["value"]) for o in variable.get("options") or [] if o.get("value") != ALL]
    options = options or [one.strip() for one in str(variable.get("query") or "").split(",") if one.strip()]
    return _chosen(variable, options)


def _of_prometheus(variable: Mapping[str, Any]) -> bool:
    source = variable.get("datasource")
    return not isinstance(source, dict) or source.get("type") in {None, "prometheus"}


def _saved(variable: Mapping[str, Any]) -> Value:
    """What is chosen by whoever saved it, in place of all whatever there is."""
    current = (variable.get("current") or {}).get("value") or ""
    if ALL in (current if isinstance(current, list) else [current]):
        return str(variable.get("allValue") or ".+")
    return [str(one) for one in current] if isinstance(current, list) else str(current)


def _chosen(variable: Mapping[str, Any], options: Sequence[str]) -> Value:
    """Take the saved choice where it still exists, else all, else the first: what a person sees on opening the dashboard."""
    current = (variable.get("current") or {}).get("value")
    wanted = [str(one) for one in current] if isinstance(current, list) else [str(current)] if current else []
    if variable.get("includeAll") and (ALL in wanted or not set(wanted) & set(options)):
        return str(variable["allValue"]) if variable.get("allValue") else list(options)
    kept = [one for one in wanted if one in options] or list(options[:1])
    return kept if variable.get("multi") else (kept or [""])[0]


async def _options(query: str, prometheus: PrometheusApi, start: float, end: float) -> list[str]:
    span = {"start": f"{start:.3f}", "end": f"{end:.3f}"}
    if inner := re.fullmatch(r"query_result\((.*)\)", query.strip(), re.DOTALL):
        return [_as_text(one) for one in await prometheus.query(inner[1], end)]
    selector, label = promql.label_values(query)
    match = {"match[]": selector} if selector else {}
    return sorted(await prometheus.get(f"label/{label}/values", **match, **span))


def _as_text(sample: Mapping[str, Any]) -> str:
    labels = ",".join(f'{k}="{v}"' for k, v in sorted(sample["metric"].items()) if k != "__name__")
    return f"{sample['metric'].get('__name__', '')}{{{labels}}} {sample['value'][1]}"


def _matching(options: Sequence[str], pattern: str) -> list[str]:
    """Apply a variable's regex: it filters, and its first group (if any) is the value."""
    if not pattern:
        return list(options)
    try:
        compiled = re.compile(pattern.strip("/"))
    except re.error as error:
        raise ObsdeployError(f"a variable's regex can't be read: {pattern}: {error}", hint="Mend it in the dashboard.") from error
    found = (compiled.search(one) for one in options)
    return list(dict.fromkeys(m[1] if m.groups() else m.string for m in found if m))


def _text(query: Any) -> str:
    return str(query.get("query") or "") if isinstance(query, dict) else str(query or "")
