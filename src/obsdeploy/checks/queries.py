"""A panel's queries, as Grafana's page would send them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from obsdeploy.checks.same import panels
from obsdeploy.checks.variables import Variables

WINDOW = 300.0
"""Seconds that a panel is asked over."""

POINTS = 1000
"""Points that Grafana asks for on a screen of usual width."""

WITHOUT_QUERY = {"text", "news", "dashlist", "alertlist", "welcome", "gettingstarted", "annolist"}
SHARED = "-- Dashboard --"
MIXED = "-- Mixed --"


@dataclass(frozen=True)
class PanelQuery:
    """One query of a panel. `target` is its refId there; `raw` still has the variables in it, `expr` has their values."""

    panel: str
    title: str
    target: str
    raw: str
    expr: str
    body: Mapping[str, Any] = field(compare=False)

    @property
    def ref(self) -> str:
        """The refId in the batch, which holds the queries of a whole dashboard."""
        return f"{self.panel}{self.target}"

    @property
    def subject(self) -> str:
        """What the panel is called in findings."""
        return f"{self.panel} {self.title}"

    @property
    def is_promql(self) -> bool:
        """Whether it asks a Prometheus, so that its expression can be taken apart."""
        return bool(self.expr) and self.body["datasource"].get("type", "prometheus") == "prometheus"


def panel_queries(dashboard: Mapping[str, Any], variables: Variables, interval: float) -> Iterator[PanelQuery]:
    """Yield every query of every panel, with the variables filled in and Grafana's own macros left to it.

    `interval` is the scrape interval in seconds. Hidden queries are asked too: transformations and alerts may read them.
    """
    for panel in panels(dashboard):
        if panel.get("type") in WITHOUT_QUERY:
            continue
        for target in panel.get("targets") or []:
            source = _source(target.get("datasource") or panel.get("datasource"), panel.get("datasource"))
            if source.get("uid") == SHARED:
                continue
            raw = str(target.get("expr") or "")
            names = (str(panel["id"]), str(panel.get("title") or ""), str(target.get("refId") or "A"))
            query = PanelQuery(*names, raw, variables.fill(raw), {})
            body = {
                **{key: value for key, value in target.items() if value is not None},
                "refId": query.ref,
                "expr": query.expr,
                "datasource": {**source, "uid": variables.fill(str(source.get("uid") or ""))},
                "intervalMs": round(interval * 1000),
                "maxDataPoints": POINTS,
            }
            yield replace(query, body=body)


def _source(reference: Any, panel: Any) -> dict[str, Any]:
    if isinstance(reference, Mapping) and reference.get("uid") == MIXED:
        reference = panel
    if isinstance(reference, Mapping):
        return {key: value for key, value in reference.items() if value}
    return {"uid": str(reference)} if reference else {}
