"""Panels with our defaults. Each says beside its queries what it promises: its expectation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.builders import common, heatmap, logs, stat, table, timeseries
from grafana_foundation_sdk.builders.dashboard import ThresholdsConfig
from grafana_foundation_sdk.models import common as options
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models.heatmap import HeatmapColorMode

from dashboards.common import style
from dashboards.common.links import CHOSEN_LOGS_LINK, DETAIL_LINK, LOGS_LINK
from dashboards.common.logql import LOKI, LogQuery
from dashboards.common.query import DATASOURCE, Query
from obsdeploy.checks.released import Expect

_CHOSEN = 'service=~"$service"'
_SMALL_SHARE = 0.05
Builder = timeseries.Panel | stat.Panel | heatmap.Panel | table.Panel | logs.Panel


@dataclass(frozen=True)
class Panel:
    """One panel: `id` is fixed for good, since links, expectations and reports name it."""

    id: int
    title: str
    about: str
    builder: Builder
    queries: Sequence[Query | LogQuery]
    expect: Expect
    needs: str | None = None
    details: bool = False

    def build(self, position: model.GridPos) -> Builder:
        """Return the builder with everything that all kinds of panel share."""
        source = LOKI if isinstance(self.queries[0], LogQuery) else DATASOURCE
        panel = self.builder.id(self.id).title(self.title).description(self.about).datasource(source).grid_pos(position)
        return panel.targets([query.target(chr(ord("A") + index)) for index, query in enumerate(self.queries)])

    def links(self) -> list[dict[str, str]]:
        """Return where a series leads: to its service's details and lines, or to the lines of the chosen services."""
        if self.details:
            return [DETAIL_LINK, LOGS_LINK]
        return [CHOSEN_LOGS_LINK] if any(isinstance(one, Query) and _CHOSEN in one.expr for one in self.queries) else []

    def expectation(self) -> dict[str, object]:
        """Return the panel's entry in expectations.json; `targets` names those that promise less than the panel."""
        less = {chr(ord("A") + index): query.expect.value for index, query in enumerate(self.queries) if query.expect}
        return {
            "expect": self.expect.value,
            **({"needs": self.needs} if self.needs else {}),
            **({"targets": less} if less else {}),
        }


def lines(
    *,
    unit: str,
    stacked: bool = False,
    maximum: float | None = None,
    least: float | None = None,
    limits: ThresholdsConfig | None = None,
    colors: Mapping[str, str] | None = None,
    decimals: int | None = None,
    many: bool = False,
    names_only: bool = False,
    empty: str | None = None,
) -> timeseries.Panel:
    """Values over time from zero up; `limits` are drawn as dashed lines, `colors` go by legend.

    The scale reaches to `least` or beyond, whatever there is to draw.

    `many` series have their legend beside the graph, largest first, and where that leaves no room for the graph, `names_only`
    below it; `empty` is shown in place of "No data".
    """
    legend = common.VizLegendOptions().show_legend(True).calcs([] if names_only else ["lastNotNull"])
    if many:
        legend.display_mode(options.LegendDisplayMode.TABLE).placement(options.LegendPlacement.RIGHT)
        legend.sort_by("Last *").sort_desc(True)
    else:
        legend.display_mode(options.LegendDisplayMode.LIST).placement(options.LegendPlacement.BOTTOM)
    panel = (
        timeseries.Panel()
        .unit(unit)
        .min(0)
        .line_width(2)
        .fill_opacity(40 if stacked else 8)
        .show_points(options.VisibilityMode.NEVER)
        .legend(legend)
        .tooltip(common.VizTooltipOptions().mode(options.TooltipDisplayMode.MULTI).sort(options.SortOrder.DESCENDING))
    )
    if maximum is not None:
        panel.max(maximum)
    if decimals is not None:
        panel.decimals(decimals)
    # Nothing but zeros would be drawn on a scale to 100, which is 10,000 % of shares. Of things that are counted one is much.
    reach = least or (1 if decimals == 0 else _SMALL_SHARE if unit == "percentunit" and maximum is None else None)
    if reach is not None:
        panel.axis_soft_max(reach)
    if empty is not None:
        panel.no_value(empty)
    if stacked:
        panel.stacking(common.StackingConfig().mode(options.StackingMode.NORMAL).group("A"))
    if limits is not None:
        dashed = common.GraphThresholdsStyleConfig().mode(options.GraphThresholdsStyleMode.DASHED)
        panel.thresholds(limits).thresholds_style(dashed)
    for series, name in (colors or {}).items():
        panel.override_by_name(series, [style.color(name)])
    return panel


def total(
    *, unit: str, limits: ThresholdsConfig | None = None, decimals: int | None = None, empty: str | None = None
) -> stat.Panel:
    """One figure with its recent course; coloured by `limits` where it has any, `empty` is shown for an absent series."""
    panel = (
        stat.Panel()
        .unit(unit)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .graph_mode(options.BigValueGraphMode.AREA)
        .color_mode(options.BigValueColorMode.VALUE)
        .thresholds(limits or style.steps(base=style.NEUTRAL))
    )
    if decimals is not None:
        panel.decimals(decimals)
    if empty is not None:
        panel.no_value(empty)
    return panel


def distribution(*, unit: str, cell: str) -> heatmap.Panel:
    """Buckets over time, darkest where most is; `unit` is the buckets' own, `cell` that of what falls into one."""
    return (
        heatmap.Panel()
        .calculate(False)
        .unit(cell)
        .color(heatmap.HeatmapColorOptions().mode(HeatmapColorMode.SCHEME).scheme("Viridis").steps(64).reverse(False))
        .cell_gap(1)
        .cell_values(heatmap.CellValues().unit(cell))
        .rows_frame(heatmap.RowsHeatmapOptions().layout(options.HeatmapCellLayout.AUTO))
        .y_axis(heatmap.YAxisConfig().unit(unit).axis_placement(options.AxisPlacement.LEFT))
        .show_y_histogram()
    )
