"""Queries of log lines, for the data source Loki."""

from dataclasses import dataclass
from typing import Literal

from grafana_foundation_sdk.builders import dashboard as build_variables
from grafana_foundation_sdk.builders import logs as build_logs
from grafana_foundation_sdk.builders import loki as build
from grafana_foundation_sdk.models import common as options
from grafana_foundation_sdk.models import dashboard as model

from obsdeploy.checks.released import Expect

LOKI = model.DataSourceRef(type_val="loki", uid="loki")
MOST_LINES = 500


@dataclass(frozen=True)
class LogQuery:
    """One query of a panel in LogQL; `expect` where it promises less than its panel does."""

    expr: str
    legend: str
    shape: Literal["series", "instant", "lines"] = "series"
    expect: Expect | None = None

    def target(self, ref: str) -> build.Dataquery:
        """Return the query as the panel's target `ref`."""
        target = build.Dataquery().ref_id(ref).expr(self.expr).legend_format(self.legend).datasource(LOKI)
        if self.shape == "lines":
            target.max_lines(MOST_LINES)
        return target.query_type("instant" if self.shape == "instant" else "range")


def tail() -> build_logs.Panel:
    """Lines as they come, newest first."""
    return (
        build_logs.Panel()
        .show_time(True)
        .wrap_log_message(True)
        .prettify_log_message(False)
        .enable_log_details(True)
        .sort_order(options.LogsSortOrder.DESCENDING)
        .dedup_strategy(options.LogsDedupStrategy.NONE)
    )


def text(name: str, title: str, about: str) -> build_variables.TextBoxVariable:
    """What a person types; empty to begin with."""
    return build_variables.TextBoxVariable(name).label(title).description(about).default_value("")
