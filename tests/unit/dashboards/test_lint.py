"""The checks by what Grafana's libraries know: each finds its fault, and our dashboards have none."""

import copy
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from scripts.dashboard_lint.known import known
from scripts.dashboard_lint.lint import lint
from scripts.dashboard_lint.queries import substituted

ROOT = Path(__file__).parents[3]
OURS = sorted((ROOT / "charts/obs-stack/files/dashboards").glob("*.json"))

GOOD: dict[str, Any] = {
    "title": "A dashboard",
    "panels": [
        {
            "id": 1,
            "type": "timeseries",
            "title": "Requests",
            "options": {"legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": ["lastNotNull"]}},
            "fieldConfig": {
                "defaults": {
                    "unit": "reqps",
                    "color": {"mode": "palette-classic"},
                    "custom": {"lineWidth": 2, "drawStyle": "line"},
                    "thresholds": {
                        "mode": "absolute",
                        "steps": [{"color": "green", "value": None}, {"color": "#D55E00", "value": 3}],
                    },
                },
                "overrides": [
                    {"matcher": {"id": "byName", "options": "x"}, "properties": [{"id": "unit", "value": "suffix:cores"}]}
                ],
            },
            "transformations": [{"id": "organize", "options": {}}],
            "targets": [{"refId": "A", "expr": 'sum(rate(http_requests_total{job="$job"}[$__rate_interval]))'}],
        }
    ],
}


def promtool() -> str | None:
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "obsdeploy" / "lab"
    unpacked = sorted(cache.glob("sid-*/promtool/usr/bin/promtool"), key=lambda path: path.stat().st_mtime)
    return os.environ.get("OBSDEPLOY_PROMTOOL") or shutil.which("promtool") or (str(unpacked[-1]) if unpacked else None)


def needed_promtool() -> str:
    tool = promtool()
    if tool is None:
        why = "no promtool: name one in OBSDEPLOY_PROMTOOL, put one on PATH, or build the lab's bundle"
        if os.environ.get("CI") == "true":
            pytest.fail(why)
        pytest.skip(why)
    return tool


def said(tmp_path: Path, model: object, tool: str | None = None) -> list[str]:
    path = tmp_path / "board.json"
    path.write_text(model if isinstance(model, str) else json.dumps(model))
    return [f"{complaint.panel}: {complaint.text}" for complaint in lint([path], tool)]


def changed(*steps: str | int, to: object) -> dict[str, Any]:
    model = copy.deepcopy(GOOD)
    at: Any = model["panels"][0]
    for step in steps[:-1]:
        at = at[step]
    at[steps[-1]] = to
    return model


def test_a_good_dashboard_has_no_fault(tmp_path: Path) -> None:
    assert said(tmp_path, GOOD, promtool()) == []


@pytest.mark.parametrize(
    ("model", "fault"),
    [
        (
            changed("fieldConfig", "defaults", "unit", to="reqsp"),
            "unit “reqsp” is not one that Grafana knows (did you mean “reqps”?)",
        ),
        (changed("fieldConfig", "defaults", "color", "mode", to="palette-clasic"), "colour mode “palette-clasic”"),
        (changed("fieldConfig", "defaults", "color", to={"mode": "fixed", "fixedColor": "greeen"}), "colour “greeen”"),
        (changed("options", "legend", "calcs", to=["lastNotNil"]), "reducer “lastNotNil”"),
        (changed("transformations", 0, "id", to="organise"), "transformation “organise”"),
        (changed("fieldConfig", "overrides", 0, "matcher", "id", to="byNmae"), "matcher “byNmae”"),
        (changed("fieldConfig", "overrides", 0, "properties", 0, "id", to="unti"), "field option “unti”"),
        (changed("fieldConfig", "overrides", 0, "properties", 0, "value", to="sekonds"), "unit “sekonds”"),
        (changed("fieldConfig", "defaults", "decimal", to=1), "field option “decimal”"),
        (
            changed("fieldConfig", "defaults", "custom", "lineWidth", to="thick"),
            "custom.lineWidth: 'thick' is not of type 'number'",
        ),
        (
            changed("fieldConfig", "defaults", "custom", "lineWith", to=2),
            "custom: Additional properties are not allowed ('lineWith'",
        ),
        (changed("options", "legend", "placement", to="top"), "options.legend.placement: 'top' is not one of"),
        (changed("fieldConfig", "defaults", "thresholds", "steps", 0, "value", to=0), "the first threshold must be the base"),
        (changed("fieldConfig", "defaults", "thresholds", "mode", to="relative"), "threshold mode “relative”"),
        (
            changed("targets", to=[{"refId": "A", "expr": "up"}, {"refId": "A", "expr": "up"}]),
            "queries must have refIds of their own",
        ),
        (changed("type", to=""), "it has no type"),
        ({"title": "x", "elements": {}}, "it has schema v2"),
        ({"panels": []}, "it has no title"),
        ([1], "a dashboard must be a JSON object"),
        ("{", "can't be read"),
    ],
)
def test_each_fault_is_named(tmp_path: Path, model: object, fault: str) -> None:
    found = said(tmp_path, model)
    assert len(found) == 1, found
    assert fault in found[0]


def test_thresholds_must_ascend(tmp_path: Path) -> None:
    steps = [{"color": "green", "value": None}, {"color": "red", "value": 5}, {"color": "orange", "value": 3}]
    found = said(tmp_path, changed("fieldConfig", "defaults", "thresholds", "steps", to=steps))
    assert found == ["panel 1 “Requests”: thresholds must ascend: [None, 5, 3]"]


def test_panels_in_folded_rows_are_looked_at_too(tmp_path: Path) -> None:
    inner = changed("fieldConfig", "defaults", "unit", to="reqsp")["panels"][0]
    assert len(said(tmp_path, {"title": "x", "panels": [{"id": 9, "type": "row", "collapsed": True, "panels": [inner]}]})) == 1


def test_queries_are_parsed_with_their_variables(tmp_path: Path) -> None:
    model = changed("targets", to=[{"refId": "A", "expr": "sum(rate(x[$__rate_interval])"}, {"refId": "B", "expr": "up"}])
    model["panels"][0]["targets"].append(
        {"refId": "C", "expr": "{job=`x`} |= `y`", "datasource": {"type": "loki", "uid": "loki"}}
    )
    found = said(tmp_path, model, needed_promtool())
    assert len(found) == 1
    assert "does not parse" in found[0]
    assert "unclosed left parenthesis" in found[0]


def test_what_stands_for_variables() -> None:
    assert substituted("rate(x[$__rate_interval]) / $__interval_ms + ${__range_s}") == "rate(x[5m]) / 60 + 60"
    assert substituted('x{a=~"$a",b=~"${b:regex}"}[${__range}]') == 'x{a=~"x",b=~"x"}[5m]'


def test_the_catalogue_is_of_the_libraries_that_draw_the_pages() -> None:
    used = json.loads((ROOT / "lab/grafana/web/package.json").read_text())["dependencies"]
    versions = {used["@grafana/data"], used["@grafana/schema"], used["@grafana/ui"]}
    assert known()["source"].startswith(f"@grafana/data and @grafana/schema {versions.pop()},")
    assert not versions


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.stem)
def test_our_dashboards_have_no_fault(path: Path) -> None:
    found = lint([path], needed_promtool())
    assert not found, "\n".join(map(str, found))
