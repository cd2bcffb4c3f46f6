"""POST /api/ds/query against a real Prometheus: frames, macros, errors."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.standin import StandIn


def ask(server: StandIn, *queries: dict[str, Any], start: object = "now-5m", end: object = "now") -> tuple[int, dict[str, Any]]:
    named = [
        {"refId": "A", "datasource": {"uid": "prometheus"}, "intervalMs": 5000, "maxDataPoints": 500} | query for query in queries
    ]
    with server.client() as client:
        answer = client.post("/api/ds/query", json={"queries": named, "from": start, "to": end})
    return answer.status_code, answer.json()


def samples(exposition: str) -> dict[str, float]:
    lines = [line.rsplit(" ", 1) for line in exposition.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in lines}


def test_a_range_gives_a_frame_a_series(live: StandIn) -> None:
    status, body = ask(
        live, {"expr": "prometheus_http_requests_total", "range": True, "legendFormat": "{{handler}} {{ code }}{{none}}"}
    )
    assert status == 200
    frames = body["results"]["A"]["frames"]
    assert len(frames) > 1
    schema, columns = frames[0]["schema"], frames[0]["data"]["values"]
    assert schema["refId"] == "A"
    assert schema["meta"]["type"] == "timeseries-multi"
    assert schema["meta"]["custom"]["resultType"] == "matrix"
    assert schema["meta"]["executedQueryString"] == "Expr: prometheus_http_requests_total\nStep: 5s"
    assert [field["type"] for field in schema["fields"]] == ["time", "number"]
    assert schema["fields"][0]["config"]["interval"] == 5000
    value = schema["fields"][1]
    assert value["name"] == "prometheus_http_requests_total"
    assert value["labels"]["job"] == "prometheus"
    assert value["config"]["displayNameFromDS"] == f"{value['labels']['handler']} {value['labels']['code']}"
    assert len(columns[0]) == len(columns[1]) > 0
    assert all(at % 5000 == 0 for at in columns[0])
    assert "meta" not in frames[1] or "executedQueryString" not in frames[1]["schema"]["meta"]


def test_an_instant_and_both(live: StandIn) -> None:
    _, body = ask(live, {"expr": "up", "instant": True}, {"refId": "B", "expr": "up", "instant": True, "range": True})
    instant = body["results"]["A"]["frames"]
    assert [frame["schema"]["meta"]["type"] for frame in instant] == ["numeric-multi"]
    assert instant[0]["data"]["values"][1] == [1.0]
    both = body["results"]["B"]["frames"]
    assert [frame["schema"]["meta"]["custom"]["resultType"] for frame in both] == ["matrix", "vector"]


def test_names_without_a_legend_and_automatic_ones(live: StandIn) -> None:
    sum_all = {"expr": "sum(up)", "instant": True}
    _, body = ask(
        live, {"expr": "up", "instant": True}, sum_all | {"refId": "B"}, {"refId": "C", "expr": "up", "legendFormat": "__auto"}
    )
    names = {ref: body["results"][ref]["frames"][0]["schema"]["fields"][1]["config"].get("displayNameFromDS") for ref in "ABC"}
    assert names["A"].startswith('up{instance="127.0.0.1:')
    assert names["B"] == "sum(up)"
    assert names["C"] is None


def test_macros_and_steps(live: StandIn) -> None:
    expr = "sum(rate(prometheus_http_requests_total[$__rate_interval])) + 0 * vector(${__interval_ms}) + 0 * vector($__range_s)"
    _, body = ask(live, {"expr": expr, "intervalMs": 15000})
    executed = body["results"]["A"]["frames"][0]["schema"]["meta"]["executedQueryString"]
    assert executed == "Expr: sum(rate(prometheus_http_requests_total[20s])) + 0 * vector(15000) + 0 * vector(300)\nStep: 15s"
    _, body = ask(live, {"expr": "vector(1)", "interval": "30s"}, {"refId": "B", "expr": "vector(1)", "maxDataPoints": 10})
    steps = [body["results"][ref]["frames"][0]["schema"]["fields"][0]["config"]["interval"] for ref in "AB"]
    assert steps == [30_000, 30_000]


def test_not_numbers_and_infinities_are_told_apart(live: StandIn) -> None:
    expr = 'label_replace(vector(0)/0, "k", "nan", "", "") or label_replace(-vector(1)/0, "k", "neg", "", "") or vector(1)/0'
    _, body = ask(live, {"expr": expr, "instant": True})
    entities = [frame["data"]["entities"][1] for frame in body["results"]["A"]["frames"]]
    assert sorted(next(iter(entity)) for entity in entities) == ["Inf", "NaN", "NegInf"]
    assert all(frame["data"]["values"][1] == [None] for frame in body["results"]["A"]["frames"])


def test_no_data_is_one_empty_frame(live: StandIn) -> None:
    status, body = ask(live, {"expr": "no_such_metric"})
    frames = body["results"]["A"]["frames"]
    assert (status, len(frames), frames[0]["data"]["values"]) == (200, 1, [])


def test_a_scalar(live: StandIn) -> None:
    _, body = ask(live, {"expr": "42", "instant": True})
    assert body["results"]["A"]["frames"][0]["data"]["values"][1] == [42.0]


def test_one_bad_query_leaves_the_others_results(live: StandIn) -> None:
    status, body = ask(
        live, {"expr": "up"}, {"refId": "B", "expr": "sum(rate("}, {"refId": "C", "datasource": {"uid": "away"}, "expr": "up"}
    )
    assert status == 400
    assert body["results"]["A"]["frames"]
    assert "error" not in body["results"]["A"]
    assert body["results"]["B"]["status"] == 400
    assert body["results"]["B"]["error"].startswith("bad_data: ")
    assert "parse error" in body["results"]["B"]["error"]
    assert body["results"]["C"]["status"] == 500
    assert 'Post "http://127.0.0.1:9/api/v1/query_range"' in body["results"]["C"]["error"]


def test_data_sources_by_default_name_and_get(live: StandIn) -> None:
    for reference in (None, "By GET", {"uid": "by-get"}, {"type": "prometheus"}):
        status, body = ask(live, {"expr": "up", "datasource": reference})
        assert (status, len(body["results"]["A"]["frames"])) == (200, 1), reference


def test_unknown_data_source_kind_and_requests_that_are_none(live: StandIn) -> None:
    assert ask(live, {"expr": "up", "datasource": {"uid": "nowhere"}})[0] == 404
    status, body = ask(live, {"expr": "up", "datasource": {"uid": "tempo"}})
    assert (status, "stand-in" in body["results"]["A"]["error"]) == (400, True)
    assert ask(live, {"expr": "up"}, start="yesterday")[0] == 400
    assert ask(live)[1]["message"] == "No queries found in query"
    assert "intervalMs" in ask(live, {"expr": "up", "intervalMs": "soon"})[1]["results"]["A"]["error"]
    with live.client() as client:
        assert client.post("/api/ds/query", content="{").status_code == 400


def test_times_in_epoch_milliseconds(live: StandIn) -> None:
    _, body = ask(live, {"expr": "time()", "intervalMs": 60_000}, start="1790000040000", end=1790000220000)
    assert body["results"]["A"]["frames"][0]["data"]["values"][0] == [1790000040000 + 60_000 * n for n in range(4)]


def test_variables_values_through_resources_and_the_proxy(live: StandIn) -> None:
    with live.client() as client:
        jobs = client.get("/api/datasources/uid/prometheus/resources/api/v1/label/job/values", params={"match[]": "up"}).json()
        assert jobs == {"status": "success", "data": ["prometheus"]}
        proxied = client.post("/api/datasources/proxy/uid/prometheus/api/v1/query", data={"query": "up"}).json()
        assert proxied["data"]["result"][0]["value"][1] == "1"
        assert client.get("/api/datasources/uid/prometheus/resources/api/v1/admin/tsdb/delete_series").status_code == 404
        assert client.get("/api/datasources/proxy/uid/away/api/v1/query").status_code == 502


def test_own_metrics_count_what_was_done(live: StandIn) -> None:
    counted = (
        'grafana_http_request_duration_seconds_count{handler="/api/ds/query",method="POST",status_code="200"}',
        'grafana_datasource_request_total{code="200",datasource="prometheus",datasource_type="prometheus",method="POST"}',
        'grafana_plugin_request_total{endpoint="queryData",plugin_id="prometheus",status="ok"}',
    )
    with live.client() as client:
        ask(live, {"expr": "up"})
        before = samples(client.get("/metrics").text)
        ask(live, {"expr": "up"})
        after = samples(client.get("/metrics").text)
    assert [after[name] - before[name] for name in counted] == [1, 1, 1]
    assert after["grafana_stat_totals_dashboard"] == 1
    assert after['grafana_build_info{branch="",edition="stand-in",goversion="",revision="",version="13.2.0"}'] == 1


class _Silent(BaseHTTPRequestHandler):
    """Takes a request and does not answer until told that the test is over."""

    over = threading.Event()

    def do_POST(self) -> None:
        self.over.wait(20)

    def log_message(self, *_: object) -> None:
        pass


def test_a_backend_that_never_answers_is_given_up(stand_in: StandIn) -> None:
    backend = ThreadingHTTPServer(("127.0.0.1", 0), _Silent)
    threading.Thread(target=backend.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    url = f"http://127.0.0.1:{backend.server_port}"
    stand_in.provision(
        [{"name": "P", "type": "prometheus", "uid": "prometheus", "url": url, "jsonData": {"queryTimeout": "300ms"}}]
    )
    stand_in.start()
    stand_in.wait()
    status, body = ask(stand_in, {"expr": "up"})
    _Silent.over.set()
    backend.shutdown()
    assert status == 400
    assert "context deadline exceeded" in body["results"]["A"]["error"]
