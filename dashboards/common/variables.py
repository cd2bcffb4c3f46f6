"""The variables at the top of a dashboard."""

from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.models import dashboard as model

from dashboards.common.query import DATASOURCE


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


def applications() -> list[build.DatasourceVariable | build.QueryVariable]:
    """Data source, and the namespaces and services that Prometheus scrapes as applications."""
    return [
        datasource(),
        label("namespace", "Namespace", 'up{job="applications"}'),
        label("service", "Service", 'up{job="applications",namespace=~"$namespace"}'),
    ]
