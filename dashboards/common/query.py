"""Queries as panels take them, and the few expressions that several dashboards share."""

from dataclasses import dataclass
from typing import Literal

from grafana_foundation_sdk.builders import prometheus as build
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from obsdeploy.checks.released import Expect

DATASOURCE = model.DataSourceRef(type_val="prometheus", uid="${datasource}")


@dataclass(frozen=True)
class Query:
    """One query of a panel; `expect` where it promises less than its panel does."""

    expr: str
    legend: str
    shape: Literal["series", "instant", "table", "heatmap"] = "series"
    expect: Expect | None = None

    def target(self, ref: str) -> build.Dataquery:
        """Return the query as the panel's target `ref`."""
        target = build.Dataquery().ref_id(ref).expr(self.expr).legend_format(self.legend).datasource(DATASOURCE)
        match self.shape:
            case "series":
                return target.range().format(PromQueryFormat.TIME_SERIES)
            case "instant":
                return target.instant().format(PromQueryFormat.TIME_SERIES)
            case "table":
                return target.instant().format(PromQueryFormat.TABLE)
            case "heatmap":
                return target.range().format(PromQueryFormat.HEATMAP)


def quantiles(buckets: str, legend: str = "") -> list[Query]:
    """p50, p90, p95 and p99 of bucket rates summed by `le`."""
    return [Query(f"histogram_quantile({q / 100:g}, {buckets})", f"{legend}p{q}") for q in (50, 90, 95, 99)]


def common_buckets(selector: str) -> str:
    """Bucket rates of several services as one histogram, exact although their middlewares have different bucket bounds.

    Only bounds that every selected service has are kept: a sum at a bound that some lack would fall below that of the bound
    before it.
    """
    services = f"scalar(count(count by (namespace, service) ({selector})))"
    return f"sum by (le) ({selector}) and on (le) count by (le) ({selector}) == {services}"


def rate(counter: str) -> str:
    """Per-second rate of a counter over the interval that fits the panel's resolution."""
    return f"rate({counter}[$__rate_interval])"
