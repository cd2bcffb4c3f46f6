"""The variables at the top of a dashboard."""

from collections.abc import Sequence

from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.models import dashboard as model

from dashboards.common.query import DATASOURCE

Variable = build.DatasourceVariable | build.QueryVariable | build.CustomVariable | build.TextBoxVariable


def datasource() -> build.DatasourceVariable:
    """Choose the Prometheus to ask; ours to begin with."""
    ours = model.VariableOption(selected=True, text="Prometheus", value="prometheus")
    return build.DatasourceVariable("datasource").label("Data source").type("prometheus").current(ours)


def label(name: str, title: str, selector: str, label_name: str | None = None) -> build.QueryVariable:
    """Choose any values of a label that the selector's series have; all to begin with."""
    query = f"label_values({selector}, {label_name or name})"
    return (
        build.QueryVariable(name)
        .label(title)
        .datasource(DATASOURCE)
        .query({"qryType": 1, "query": query, "refId": "PrometheusVariableQueryEditor-VariableQuery"})
        .multi(True)
        .include_all(True)
        .current(model.VariableOption(selected=True, text=["All"], value=["$__all"]))
        .refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(model.VariableSort.ALPHABETICAL_ASC)
    )


def anything(name: str, title: str, selector: str) -> build.QueryVariable:
    """Choose as by `label`, but all means any value at all: log lines come from more than what Prometheus scrapes."""
    return label(name, title, selector).all_value(".+")


def choice(name: str, title: str, values: Sequence[str]) -> build.CustomVariable:
    """Choose any of some fixed values; all to begin with."""
    return (
        build.CustomVariable(name)
        .label(title)
        .values(",".join(values))
        .multi(True)
        .include_all(True)
        .all_value(".+")
        .current(model.VariableOption(selected=True, text=["All"], value=["$__all"]))
    )


def applications() -> list[build.DatasourceVariable | build.QueryVariable]:
    """Data source, and the namespaces and services that Prometheus scrapes as applications."""
    return [
        datasource(),
        label("namespace", "Namespace", 'up{job="applications"}'),
        label("service", "Service", 'up{job="applications",namespace=~"$namespace"}'),
    ]
