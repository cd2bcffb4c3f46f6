"""What a dashboard owes to the person who opens it, checked on the JSON that Grafana gets."""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from dashboards import output
from dashboards.boards import BOARDS
from dashboards.common import sources, style
from dashboards.common.board import Board
from obsdeploy import promql

# Units as @grafana/data names them; anything else shows as its own name behind the number, without a complaint.
UNITS = {"Bps", "bytes", "cps", "ops", "percentunit", "reqps", "s", "short"}
OWN_UNIT = re.compile(r"suffix:\S+")
COMPONENTS = {value for name, value in vars(sources).items() if name.isupper() and not name.startswith("SAGA")}
MODELS = {board.uid: board.model() for board in BOARDS}


def panels(uid: str) -> list[dict[str, Any]]:
    return [panel for panel in MODELS[uid]["panels"] if panel["type"] != "row"]


PANELS = [pytest.param(uid, panel, id=f"{uid}-{panel['id']}") for uid in MODELS for panel in panels(uid)]


def of_metrics(panel: dict[str, Any]) -> bool:
    """Whether it asks Prometheus, and not Loki."""
    return bool(panel["datasource"]["type"] == "prometheus")


def walk(value: Any) -> Iterator[tuple[str, Any]]:
    """Every key and value at any depth."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield key, item
            yield from walk(item)
    elif isinstance(value, list):
        for item in value:
            yield from walk(item)


def test_the_generated_files_are_up_to_date() -> None:
    assert [path.name for path in output.drifted(output.render(BOARDS))] == []


def test_drift_is_noticed_and_mended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "FILES", tmp_path)
    files = output.render(BOARDS)
    output.write(files)
    changed, gone, left_over = (tmp_path / "dashboards" / name for name in ("obs-saga.json", "obs-redis.json", "old.json"))
    changed.write_text("{}")
    gone.unlink()
    left_over.write_text("{}")

    assert set(output.drifted(files)) == {changed, gone, left_over}
    output.write(files)
    assert output.drifted(files) == []
    assert not left_over.exists()


def test_the_dashboards_are_those_that_others_name() -> None:
    assert {uid: model["title"] for uid, model in MODELS.items()} == {
        "obs-saga": "E-commerce saga",
        "obs-service": "Service detail",
        "obs-logs": "Logs",
        "obs-redis": "Redis",
        "obs-kafka": "Kafka",
        "obs-node": "Nodes",
        "obs-stack": "The stack itself",
    }


@pytest.mark.parametrize("uid", MODELS)
def test_a_dashboard_refreshes_and_opens_on_something_recent(uid: str) -> None:
    model = MODELS[uid]

    assert model["refresh"] == "10s"
    assert model["time"] == {"from": "now-15m", "to": "now"}
    assert model["timezone"] == "browser"
    assert model["graphTooltip"] == 1
    assert model["schemaVersion"] == 42
    assert model["description"].endswith("?") or model["description"].endswith(".")


@pytest.mark.parametrize("uid", MODELS)
def test_ids_are_unique_and_panels_have_places_of_their_own(uid: str) -> None:
    model = MODELS[uid]
    ids = [panel["id"] for panel in model["panels"]]
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in model["panels"])
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]

    assert len(ids) == len(set(ids))
    assert len(cells) == len(set(cells)), "panels overlap"
    assert {x for x, _ in cells} == set(range(24))
    assert len(cells) == 24 * (1 + max(y for _, y in cells)), "the grid has holes"


@pytest.mark.parametrize("uid", MODELS)
def test_nothing_in_the_json_is_a_leftover(uid: str) -> None:
    nulls = {key for key, value in walk(MODELS[uid]) if value is None}

    assert nulls <= {"value"}  # of the lowest threshold


@pytest.mark.parametrize("uid", MODELS)
def test_every_dashboard_leads_to_every_other_and_keeps_variables_and_time(uid: str) -> None:
    links = {link["url"]: link for link in MODELS[uid]["links"]}

    assert set(links) == {f"/d/{other}" for other in MODELS if other != uid}
    assert all(link["includeVars"] and link["keepTime"] for link in links.values())


@pytest.mark.parametrize("uid", MODELS)
def test_variables_are_asked_of_the_chosen_data_source_in_an_order_that_works(uid: str) -> None:
    variables = MODELS[uid]["templating"]["list"]
    known: set[str] = set()
    assert variables[0]["name"] == "datasource"
    assert variables[0]["current"]["value"] == "prometheus"
    for variable in variables[1:]:
        known.add("datasource")
        if variable["type"] in {"custom", "textbox"}:
            known.add(variable["name"])
            continue
        selector, label = promql.label_values(variable["query"]["query"])
        assert selector is not None
        assert label == variable["name"]
        assert promql.variables(selector) <= known
        of_lines = variable["datasource"]["type"] == "loki"
        assert variable["datasource"]["uid"] == ("loki" if of_lines else "${datasource}")
        # In two forms, of which Grafana reads the first.
        assert not of_lines or (variable["query"]["stream"], variable["query"]["label"]) == (selector, label)
        assert variable["includeAll"]
        assert variable["multi"]
        known.add(variable["name"])
    used = {name for panel in panels(uid) for target in panel["targets"] for name in promql.variables(target["expr"])}
    assert used | {"datasource"} == known


def test_services_of_which_only_lines_are_known_can_be_chosen() -> None:
    variables = {variable["name"]: variable for variable in MODELS["obs-logs"]["templating"]["list"]}

    assert variables["service"]["datasource"] == {"type": "loki", "uid": "loki"}
    assert variables["service"]["query"]["type"] == 1  # values of a label


def test_what_is_typed_is_text_and_breaks_no_query() -> None:
    expressions = [target["expr"] for panel in panels("obs-logs") for target in panel["targets"]]
    typed = [re.findall(r"\$\{?(?:search|id)\b[^`]*", expr) for expr in expressions]
    quoted = [re.findall(r"`[^`]*\$\{(?:search|id):regex\}[^`]*`", expr) for expr in expressions]

    assert sum(map(len, typed)) == 6
    assert list(map(len, typed)) == list(map(len, quoted))


@pytest.mark.parametrize(("uid", "panel"), PANELS)
def test_a_panel_says_what_it_asks_and_what_to_do(uid: str, panel: dict[str, Any]) -> None:
    assert 3 <= len(panel["title"]) <= 40
    assert panel["description"].endswith(".")
    assert len(panel["description"]) >= 30


@pytest.mark.parametrize("uid", MODELS)
def test_titles_are_unique(uid: str) -> None:
    titles = [panel["title"] for panel in panels(uid)]

    assert len(titles) == len(set(titles))


@pytest.mark.parametrize(("uid", "panel"), PANELS)
def test_a_panel_has_units_that_grafana_knows(uid: str, panel: dict[str, Any]) -> None:
    if panel["type"] == "logs":
        return
    config = panel["fieldConfig"]
    units = [config["defaults"].get("unit")]
    if panel["type"] == "table":
        units = [p["value"] for o in config["overrides"] for p in o["properties"] if p["id"] == "unit"]
    if panel["type"] == "heatmap":
        units += [panel["options"]["yAxis"]["unit"], panel["options"]["cellValues"]["unit"]]

    assert units
    assert [unit for unit in units if unit not in UNITS and not OWN_UNIT.fullmatch(str(unit))] == []


@pytest.mark.parametrize(("uid", "panel"), PANELS)
def test_queries_parse_go_to_the_chosen_data_source_and_have_legends(uid: str, panel: dict[str, Any]) -> None:
    source = "${datasource}" if of_metrics(panel) else "loki"
    assert panel["datasource"]["uid"] == source
    assert [target["refId"] for target in panel["targets"]] == list("ABCDE"[: len(panel["targets"])])
    for target in panel["targets"]:
        assert target["datasource"]["uid"] == source
        assert target["legendFormat"]
        assert promql.metric_names(target["expr"]) if of_metrics(panel) else 'service=~"$service"' in target["expr"]


@pytest.mark.parametrize(("uid", "panel"), PANELS)
def test_a_legend_names_only_labels_that_the_query_keeps(uid: str, panel: dict[str, Any]) -> None:
    for target in panel["targets"]:
        named = set(re.findall(r"{{(\w+)}}", target["legendFormat"])) - {"le"}
        kept = set(re.findall(r"\w+", " ".join(re.findall(r"by \(([^)]*)\)", target["expr"]))))
        aggregated = re.match(r"(sum|max|min|avg|count)\b", target["expr"])
        assert not aggregated or named <= kept


@pytest.mark.parametrize(("uid", "panel"), PANELS)
def test_thresholds_ascend_and_colours_can_be_told_apart(uid: str, panel: dict[str, Any]) -> None:
    palette = {value for name, value in vars(style).items() if name.isupper() and isinstance(value, str)}
    colors = {
        value for key, value in walk(panel.get("fieldConfig", {})) if key in {"color", "fixedColor"} and isinstance(value, str)
    }
    steps = [value for key, value in walk(panel.get("fieldConfig", {})) if key == "steps"]

    assert colors <= palette
    for one in steps:
        assert one[0]["value"] is None
        assert all(low["value"] <= high["value"] for low, high in pairwise(one[1:]))


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.uid)
def test_every_panel_has_an_expectation_that_verify_understands(board: Board) -> None:
    found = board.expectations()

    assert set(found) == {str(panel["id"]) for panel in panels(board.uid)}
    for panel in panels(board.uid):
        one: dict[str, Any] = found[str(panel["id"])]
        assert one["expect"] in {"data", "zero-ok", "traffic", "optional"}
        assert one.get("needs") in {None, *COMPONENTS}
        assert set(one.get("targets", {})) <= {target["refId"] for target in panel["targets"]}


@pytest.mark.parametrize(("uid", "panel"), PANELS)
def test_components_that_may_be_off_are_named_by_panels_that_need_them(uid: str, panel: dict[str, Any]) -> None:
    needs = next(board for board in BOARDS if board.uid == uid).expectations()[str(panel["id"])].get("needs")
    prefixes = {
        "redis_": sources.REDIS_EXPORTER,
        "kube_": sources.KUBE_STATE_METRICS,
        "node_": sources.NODE_EXPORTER,
        "alertmanager_": sources.ALERTMANAGER,
        "loki_": sources.LOKI,
        "otelcol_": sources.LOG_COLLECTOR,
        "kafka_": sources.KAFKA_EXPORTER,
        "saga_": sources.DEMO,
    }
    if not of_metrics(panel):
        assert needs == sources.LOKI
        return
    read = {name for target in panel["targets"] for name in promql.metric_names(target["expr"])}
    needed = {component for prefix, component in prefixes.items() if any(name.startswith(prefix) for name in read)}

    assert needed <= {needs}


def test_the_saga_dashboard_has_the_rows_and_panels_that_were_asked_for() -> None:
    rows: dict[str, list[str]] = {}
    row = ""
    for panel in MODELS["obs-saga"]["panels"]:
        if panel["type"] == "row":
            row = panel["title"]
        rows.setdefault(row, [])
        if panel["type"] != "row":
            rows[row].append(panel["title"])

    assert list(rows) == ["", "Service Health Overview", "Service Performance", "Redis", "System Resources"]
    assert rows["Service Health Overview"] == ["Request rate by service", "Error rate by service"]
    assert {"Response-time percentiles", "Request-duration distribution"} <= set(rows["Service Performance"])
    assert rows["Redis"] == ["Connected clients", "Memory usage", "Command execution rate", "Hit ratio"]
    assert rows["System Resources"][:2] == ["CPU by pod", "Memory by pod"]
    percentiles = next(p for p in panels("obs-saga") if p["title"] == "Response-time percentiles")
    assert [target["legendFormat"] for target in percentiles["targets"]] == ["p50", "p90", "p95", "p99"]
    assert next(p["type"] for p in panels("obs-saga") if p["title"] == "Request-duration distribution") == "heatmap"


def test_a_service_in_a_panel_leads_to_its_details() -> None:
    panel = next(p for p in panels("obs-saga") if p["title"] == "Error rate by service")

    link, _ = panel["fieldConfig"]["defaults"]["links"]
    assert link["url"].startswith("/d/obs-service?")
    for part in ("var-service=${__field.labels.service}", "${namespace:queryparam}", "${__url_time_range}"):
        assert part in link["url"]


def test_every_panel_of_services_leads_to_their_lines_at_the_same_time() -> None:
    for uid in ("obs-saga", "obs-service"):
        asking = [p for p in panels(uid) if any('service=~"$service"' in target["expr"] for target in p["targets"])]
        assert asking
        for panel in asking:
            link = panel["fieldConfig"]["defaults"]["links"][-1]
            assert link["url"].startswith("/d/obs-logs?")
            assert "${__url_time_range}" in link["url"]
            chosen = (
                "var-service=${__field.labels.service}"
                if len(panel["fieldConfig"]["defaults"]["links"]) > 1
                else "${service:queryparam}"
            )
            assert chosen in link["url"]
            assert "${namespace:queryparam}" in link["url"]
