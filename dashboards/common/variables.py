"""The variables at the top of a dashboard."""

from collections.abc import Sequence

from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.models import dashboard as model

from dashboards.common.logql import LOKI
from dashboards.common.query import DATASOURCE

Variable = build.DatasourceVariable | build.QueryVariable | build.CustomVariable | build.TextBoxVariable


def datasource() -> build.DatasourceVariable:
    """Choose the Prometheus to ask; ours to begin with."""
    ours = model.VariableOption(selected=True, text="Prometheus", value="prometheus")
    return build.DatasourceVariable("datasource").label("Data source").type("prometheus").current(ours)


def label(name: str, title: str, selector: str, label_name: str | None = None) -> build.QueryVariable:
    """Choose any values of a label that the selector's series have; all to begin with."""
    query = f"label_values({selector}, {label_name or name})"
    asked = {"qryType": 1, "query": query, "refId": "PrometheusVariableQueryEditor-VariableQuery"}
    return _many(name, title).datasource(DATASOURCE).query(asked)


def anything(name: str, title: str, selector: str) -> build.QueryVariable:
    """Choose as by `label`, but all means any value at all: log lines come from more than what Prometheus scrapes."""
    return label(name, title, selector).all_value(".+")


def of_lines(name: str, title: str, stream: str) -> build.QueryVariable:
    """Choose any values of a label of log lines, whether Prometheus knows who wrote them or not; all means any value at all."""
    asked = {"type": 1, "label": name, "stream": stream, "refId": "LokiVariableQueryEditor-VariableQuery"}
    # Grafana goes by the parts; the text says the same as Prometheus' variables do, for those that read no other form.
    asked["query"] = f"label_values({stream}, {name})"
    return _many(name, title).datasource(LOKI).query(asked).all_value(".+")


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


def _many(name: str, title: str) -> build.QueryVariable:
    return (
        build.QueryVariable(name)
        .label(title)
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
