"""What the bench prints and saves."""

from dataclasses import asdict, dataclass
from typing import Self

from rich.table import Table

from bench.timing import Pair


@dataclass(frozen=True)
class Row:
    """One figure: ours, beside what (if anything), and the goal that the project has set itself."""

    what: str
    ours: str
    beside: str = ""
    other: str = ""
    ratio_text: str = ""
    goal: str = ""
    met: bool | None = None

    @classmethod
    def ratio(cls, what: str, beside: str, pair: Pair, *, limit: float) -> Self:
        """A figure whose goal is a ratio to the other command's."""
        return cls(
            what,
            f"{pair.ours:.2f} s",
            beside,
            f"{pair.other:.2f} s",
            f"{pair.ratio:.2f} ×",
            f"≤ {limit:.2f} ×",
            pair.ratio <= limit,
        )

    @classmethod
    def at_most(cls, what: str, value: float, unit: str, *, limit: float | None = None) -> Self:
        """A figure by itself, with or without a goal."""
        digits = 2 if unit == "s" else 0
        goal = "" if limit is None else f"≤ {limit:,.{1 if limit % 1 else 0}f} {unit}"
        return cls(what, f"{value:,.{digits}f} {unit}", goal=goal, met=None if limit is None else value <= limit)


def render(rows: list[Row]) -> Table:
    """The table for people."""
    table = Table(title="make bench", title_justify="left")
    for heading in ("figure", "obsdeploy", "beside", "", "ratio", "goal", ""):
        table.add_column(heading, overflow="fold")
    for row in rows:
        mark = {True: "met", False: "missed", None: ""}[row.met]
        table.add_row(row.what, row.ours, row.beside, row.other, row.ratio_text, row.goal, mark)
    return table


def as_json(rows: list[Row]) -> list[dict[str, str | bool | None]]:
    """The same rows as data."""
    return [asdict(row) for row in rows]
