"""Panels with our defaults. Each says beside its queries what it promises: its expectation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.builders import common, heatmap, stat, table, timeseries
from grafana_foundation_sdk.builders.dashboard import ThresholdsConfig
from grafana_foundation_sdk.models import common as options
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models.heatmap import HeatmapColorMode

from dashboards.common import style
from dashboards.common.query import DATASOURCE, Query
from obsdeploy.checks.released import Expect

Builder = timeseries.Panel | stat.Panel | heatmap.Panel | table.Panel


@dataclass(frozen=True)
class Panel:
    """One panel: `id` is fixed for good, since links, expectations and reports name it."""

    id: int
    title: str
    about: str
    builder: Builder
    queries: Sequence[Query]
    expect: Expect
    needs: str | None = None
    details: bool = False

    def build(self, position: model.GridPos) -> Builder:
        """Return the builder with everything that all kinds of panel share."""
        panel = self.builder.id(self.id).title(self.title).description(self.about).datasource(DATASOURCE).grid_pos(position)
        return panel.targets([query.target(chr(ord("A") + index)) for index, query in enumerate(self.queries)])

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
    limits: ThresholdsConfig | None = None,
    colors: Mapping[str, str] | None = None,
    decimals: int | None = None,
) -> timeseries.Panel:
    """Values over time from zero up; `limits` are drawn as dashed lines, `colors` go by legend."""
    panel = (
        timeseries.Panel()
        .unit(unit)
        .min(0)
        .line_width(2)
        .fill_opacity(40 if stacked else 8)
        .show_points(options.VisibilityMode.NEVER)
        .legend(
            common.VizLegendOptions()
            .display_mode(options.LegendDisplayMode.LIST)
            .placement(options.LegendPlacement.BOTTOM)
            .show_legend(True)
            .calcs(["lastNotNull"])
        )
        .tooltip(common.VizTooltipOptions().mode(options.TooltipDisplayMode.MULTI).sort(options.SortOrder.DESCENDING))
    )
    if maximum is not None:
        panel.max(maximum)
    if decimals is not None:
        panel.decimals(decimals)
    if stacked:
        panel.stacking(common.StackingConfig().mode(options.StackingMode.NORMAL).group("A"))
    if limits is not None:
        dashed = common.GraphThresholdsStyleConfig().mode(options.GraphThresholdsStyleMode.DASHED)
        panel.thresholds(limits).thresholds_style(dashed)
    for legend, name in (colors or {}).items():
        panel.override_by_name(legend, [style.color(name)])
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


def columns(names: Mapping[str, tuple[str, str]], *, key: tuple[str, str], sort: str) -> table.Panel:
    """Return a table of instant queries joined on their labels.

    `names` gives title and unit of each query's column by its letter, `key` label and title of the first column,
    `sort` the title of the column to sort by, largest first. A unit of percentunit draws a bar up to 100 %.
    """
    label, heading = key
    values = {f"Value #{ref}": title for ref, (title, _) in names.items()}
    organize = {
        "excludeByName": {"Time": True},
        "indexByName": {name: index for index, name in enumerate([label, *values])},
        "renameByName": {label: heading, **values},
    }
    panel = (
        table.Panel()
        .with_transformation(model.DataTransformerConfig(id_val="merge", options={}))
        .with_transformation(model.DataTransformerConfig(id_val="organize", options=organize))
        .sort_by([common.TableSortByFieldState().display_name(sort).desc(True)])
    )
    for title, unit in names.values():
        panel.override_by_name(title, _cell(unit))
    return panel


def _cell(unit: str) -> list[model.DynamicConfigValue]:
    properties = [model.DynamicConfigValue(id_val="unit", value=unit)]
    if unit == "percentunit":
        bar = {"type": "gauge", "mode": "basic", "valueDisplayMode": "text"}
        properties += [
            model.DynamicConfigValue(id_val="custom.cellOptions", value=bar),
            model.DynamicConfigValue(id_val="min", value=0),
            model.DynamicConfigValue(id_val="max", value=1),
            model.DynamicConfigValue(id_val="thresholds", value=_thresholds(0.8, 0.95)),
            model.DynamicConfigValue(id_val="color", value={"mode": "thresholds"}),
        ]
    return properties


def _thresholds(warning: float, bad: float) -> dict[str, object]:
    steps = [(None, style.GOOD), (warning, style.WARNING), (bad, style.BAD)]
    return {"mode": "absolute", "steps": [{"value": value, "color": color} for value, color in steps]}
