"""All complaints about dashboards in files."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .queries import unparsed
from .rules import PANEL_RULES, Panel


@dataclass(frozen=True)
class Complaint:
    """What is wrong, and where: a file, and a panel's id and title if it is about a panel."""

    path: Path
    panel: str
    text: str

    def __str__(self) -> str:
        where = f"{self.path}: {self.panel}" if self.panel else str(self.path)
        return f"{where}: {self.text}"


def panels_of(model: dict[str, Any]) -> Iterator[Panel]:
    """Every panel, those in folded rows included, the rows themselves left out."""
    for panel in model.get("panels") or []:
        if panel.get("type") != "row":
            yield panel
        yield from (inner for inner in panel.get("panels") or [])


def _named(panel: Panel) -> str:
    return f"panel {panel.get('id')} “{panel.get('title', '')}”"


def _dashboard(path: Path, model: dict[str, Any]) -> Iterator[Complaint]:
    if not model.get("title"):
        yield Complaint(path, "", "it has no title")
    if "elements" in model or "spec" in model:
        yield Complaint(path, "", "it has schema v2, which file provisioning does not take: export it as classic")
    ids = [panel.get("id") for panel in panels_of(model)]
    for twice in sorted({str(one) for one in ids if ids.count(one) > 1}):
        yield Complaint(path, "", f"panel id {twice} is used more than once")
    for panel in panels_of(model):
        for rule in PANEL_RULES:
            yield from (Complaint(path, _named(panel), text) for text in rule(panel))


def _kind(panel: Panel, target: dict[str, Any]) -> str:
    source = target.get("datasource") or panel.get("datasource") or {}
    return str(source.get("type", "prometheus")) if isinstance(source, dict) else "prometheus"


def _queries(loaded: dict[Path, dict[str, Any]], promtool: str) -> Iterator[Complaint]:
    found = [
        (path, _named(panel), target["expr"])
        for path, model in loaded.items()
        for panel in panels_of(model)
        for target in panel.get("targets") or []
        if target.get("expr") and _kind(panel, target) == "prometheus"
    ]
    for index, why in sorted(unparsed([expr for _, _, expr in found], promtool).items()):
        path, panel, expr = found[index]
        yield Complaint(path, panel, f"query {expr!r} does not parse: {why}")


def lint(paths: list[Path], promtool: str | None) -> list[Complaint]:
    """Every complaint about these files; without promtool queries are not looked at."""
    complaints = []
    loaded = {}
    for path in paths:
        try:
            model = json.loads(path.read_text())
        except (OSError, ValueError) as problem:
            complaints.append(Complaint(path, "", f"can't be read: {problem}"))
            continue
        if not isinstance(model, dict):
            complaints.append(Complaint(path, "", "a dashboard must be a JSON object"))
            continue
        loaded[path] = model
        complaints += _dashboard(path, model)
    return complaints + (list(_queries(loaded, promtool)) if promtool else [])
