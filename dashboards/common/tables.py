"""Tables of instant queries, one column each, joined on a label."""

from collections.abc import Mapping
from dataclasses import dataclass

from grafana_foundation_sdk.builders import common, table
from grafana_foundation_sdk.models import dashboard as model

from dashboards.common import style


@dataclass(frozen=True)
class Column:
    """One query's column; with `steps` (warning, bad) a bar of up to 100 %."""

    title: str
    unit: str
    steps: tuple[float, float] | None = None


def columns(by_ref: Mapping[str, Column], *, key: tuple[str, str], width: int, sort: str) -> table.Panel:
    """Return a table with a column for each query by its letter.

    `key` is label and title of the first column, `width` wide; `sort` is the title of the column to sort by, largest first.
    """
    label, heading = key
    values = {f"Value #{ref}": column.title for ref, column in by_ref.items()}
    organize = {
        "excludeByName": {"Time": True},
        "indexByName": {name: index for index, name in enumerate([label, *values])},
        "renameByName": {label: heading, **values},
    }
    panel = (
        table.Panel()
        .min_width(90)
        .with_transformation(model.DataTransformerConfig(id_val="merge", options={}))
        .with_transformation(model.DataTransformerConfig(id_val="organize", options=organize))
        .sort_by([common.TableSortByFieldState().display_name(sort).desc(True)])
    )
    panel.override_by_name(heading, [model.DynamicConfigValue(id_val="custom.width", value=width)])
    for column in by_ref.values():
        panel.override_by_name(column.title, _cell(column))
    return panel


def _cell(column: Column) -> list[model.DynamicConfigValue]:
    properties: dict[str, object] = {"unit": column.unit}
    if column.steps:
        warning, bad = column.steps
        steps = [(None, style.GOOD), (warning, style.WARNING), (bad, style.BAD)]
        properties |= {
            "custom.cellOptions": {"type": "gauge", "mode": "basic", "valueDisplayMode": "text"},
            "min": 0,
            "max": 1,
            "thresholds": {"mode": "absolute", "steps": [{"value": value, "color": color} for value, color in steps]},
            "color": {"mode": "thresholds"},
        }
    return [model.DynamicConfigValue(id_val=name, value=value) for name, value in properties.items()]
