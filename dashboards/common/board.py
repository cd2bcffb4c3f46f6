"""A dashboard laid out in lines of panels, and its classic JSON as Grafana 13 wants it."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as model

from dashboards.common.links import links
from dashboards.common.panel import Panel
from dashboards.common.variables import Variable

GRID = 24
# The last one of the classic format; Grafana 13 still provisions that format from files.
SCHEMA_VERSION = 42

# What the SDK writes although it says nothing: only noise in a diff.
_SAYS_NOTHING: tuple[tuple[str, Any], ...] = (
    ("annotations", {}),
    ("auto", False),
    ("auto_count", 30),
    ("auto_min", "10s"),
    ("footer", {"countRows": False, "reducer": [], "show": False}),
    ("repeatDirection", "h"),
    ("skipUrlSync", False),
    ("transparent", False),
)


@dataclass(frozen=True)
class Line:
    """Panels side by side, of one height in grid units and (unless `widths` says otherwise) one width."""

    height: int
    panels: Sequence[Panel]
    widths: Sequence[int] = ()

    def columns(self) -> Iterator[tuple[int, int, Panel]]:
        """Yield x and width of each panel. Raises ValueError when they don't fill the grid exactly."""
        widths = self.widths or [GRID // len(self.panels)] * len(self.panels)
        if sum(widths) != GRID or len(widths) != len(self.panels):
            raise ValueError(f"{len(self.panels)} panels don't fill {GRID} columns with widths {list(widths)}")
        x = 0
        for width, panel in zip(widths, self.panels, strict=True):
            yield x, width, panel
            x += width


@dataclass(frozen=True)
class Row:
    """Lines under one heading; without a title no heading is drawn. `id` is fixed for good, as a panel's is."""

    id: int
    title: str
    lines: Sequence[Line]


@dataclass(frozen=True)
class Board:
    """One dashboard."""

    uid: str
    title: str
    about: str
    variables: Sequence[Variable]
    rows: Sequence[Row]

    def panels(self) -> list[Panel]:
        """Return all panels in reading order, without the rows' headings."""
        return [panel for row in self.rows for line in row.lines for panel in line.panels]

    def expectations(self) -> dict[str, dict[str, object]]:
        """Return what each panel promises, by its id."""
        return {str(panel.id): panel.expectation() for panel in self.panels()}

    def model(self) -> dict[str, Any]:
        """Return the dashboard's JSON as plain data."""
        board = (
            build.Dashboard(self.title)
            .uid(self.uid)
            .description(self.about)
            .tags(["obsdeploy"])
            .refresh("10s")
            .time("now-15m", "now")
            .timezone("browser")
            .tooltip(model.DashboardCursorSync.CROSSHAIR)
            .links(links(self.uid))
        )
        for variable in self.variables:
            board.with_variable(variable)
        self._place(board)
        data = json.loads(JSONEncoder(sort_keys=True).encode(board.build()))
        for panel in self.panels():
            if ways := panel.links():
                shown = next(one for one in data["panels"] if one["id"] == panel.id)
                shown["fieldConfig"]["defaults"]["links"] = ways
        data["schemaVersion"] = SCHEMA_VERSION
        normalised: dict[str, Any] = _normalised(data)
        return normalised

    def _place(self, board: build.Dashboard) -> None:
        y = 0
        for row in self.rows:
            if row.title:
                board.with_row(build.Row(row.title).id(row.id).grid_pos(model.GridPos(x=0, y=y, w=GRID, h=1)))
                y += 1
            for line in row.lines:
                for x, width, panel in line.columns():
                    board.with_panel(panel.build(model.GridPos(x=x, y=y, w=width, h=line.height)))
                y += line.height


def _normalised(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _normalised(item) for key, item in value.items() if not _says_nothing(key, item)}
    return [_normalised(item) for item in value] if isinstance(value, list) else value


def _says_nothing(key: str, value: Any) -> bool:
    # A threshold's null is its lowest step; left out, Grafana compares with undefined.
    return (value is None and key != "value") or (key, value) in _SAYS_NOTHING
