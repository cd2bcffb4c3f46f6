"""Loki as a data source: lines as Grafana's frames, numbers, health, refusals; by a recorded back end."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.standin import StandIn

LINES = {
    "resultType": "streams",
    "result": [
        {
            "stream": {"service": "order", "level": "info"},
            "values": [
                ["1787227200000000002", "second", {"structuredMetadata": {"saga_id": "7"}}],
                ["1787227200000000001", "first"],
            ],
        },
        {"stream": {"service": "payment"}, "values": [["1787227199000000000", "same"], ["1787227199000000000", "same"]]},
    ],
}
NUMBERS = {
    "resultType": "matrix",
    "result": [{"metric": {"service": "order"}, "values": [[1787227200, "4.5"], [1787227215, "NaN"]]}],
}


class Loki(BaseHTTPRequestHandler):
    """Answers lines or numbers by what the query looks like, and remembers what was asked."""

    asked: ClassVar[list[tuple[str, dict[str, list[str]], str | None]]] = []

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        params = parse_qs(parts.query)
        self.asked.append((parts.path, params, self.headers.get("X-Scope-OrgID")))
        query = params.get("query", [""])[0]
        if "broken" in query:
            self._send(400, "parse error at line 1, col 1: syntax error")
        elif parts.path.endswith("/values"):
            self._send(200, json.dumps({"status": "success", "data": ["order", "payment"]}))
        else:
            data = LINES if query.startswith("{") else NUMBERS
            self._send(200, json.dumps({"status": "success", "data": data}))

    def _send(self, status: int, body: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    backend = ThreadingHTTPServer(("127.0.0.1", 0), Loki)
    threading.Thread(target=backend.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    server = StandIn(tmp_path_factory.mktemp("loki"))
    tenant = {"jsonData": {"httpHeaderName1": "X-Scope-OrgID"}, "secureJsonData": {"httpHeaderValue1": "shop"}}
    url = f"http://127.0.0.1:{backend.server_port}"
    server.provision(
        [
            {"name": "Loki", "type": "loki", "uid": "loki", "url": url, **tenant},
            {"name": "Away", "type": "loki", "uid": "away", "url": "http://127.0.0.1:9"},
        ]
    )
    server.start()
    server.wait()
    yield server
    server.stop()
    backend.shutdown()


def ask(server: StandIn, **query: Any) -> tuple[int, dict[str, Any]]:
    whole = {"refId": "A", "datasource": {"uid": "loki"}, "intervalMs": 15_000, "maxDataPoints": 100} | query
    with server.client() as client:
        answer = client.post("/api/ds/query", json={"queries": [whole], "from": "1787226900000", "to": "1787227200000"})
    return answer.status_code, answer.json()["results"]["A"]


def test_lines_are_one_frame_with_labels_time_line_and_an_id_each(logs: StandIn) -> None:
    status, result = ask(logs, expr='{service=~".+"}', maxLines=50)
    assert status == 200
    (frame,) = result["frames"]
    assert [field["name"] for field in frame["schema"]["fields"]] == ["labels", "Time", "Line", "tsNs", "id"]
    assert frame["schema"]["meta"]["custom"]["frameType"] == "LabeledTimeValues"
    labels, times, lines, nanoseconds, ids = frame["data"]["values"]
    assert labels[0] == {"service": "order", "level": "info", "saga_id": "7"}
    assert times == [1787227200000, 1787227200000, 1787227199000, 1787227199000]
    assert lines == ["second", "first", "same", "same"]
    assert nanoseconds[0] == "1787227200000000002"
    assert len(set(ids)) == 4
    path, params, tenant = Loki.asked[-1]
    assert (path, tenant) == ("/loki/api/v1/query_range", "shop")
    assert (params["limit"], params["direction"], params["start"]) == (["50"], ["backward"], ["1787226900000000000"])


def test_numbers_are_a_frame_a_series(logs: StandIn) -> None:
    _, result = ask(logs, expr='sum by (service) (rate({a="b"}[$__auto]))', legendFormat="{{service}}")
    (frame,) = result["frames"]
    assert frame["schema"]["fields"][1]["config"]["displayNameFromDS"] == "order"
    assert frame["data"]["values"][1] == [4.5, None]
    assert Loki.asked[-1][1]["query"] == ['sum by (service) (rate({a="b"}[15s]))']


def test_an_instant_asks_at_the_end(logs: StandIn) -> None:
    ask(logs, expr='sum(count_over_time({a="b"}[5m]))', queryType="instant")
    path, params, _ = Loki.asked[-1]
    assert (path, params["time"]) == ("/loki/api/v1/query", ["1787227200000000000"])


def test_refusals_are_in_the_backends_words(logs: StandIn) -> None:
    status, result = ask(logs, expr="broken")
    assert (status, result["status"], result["error"]) == (400, 400, "parse error at line 1, col 1: syntax error")
    status, result = ask(logs, expr="{}", datasource={"uid": "away"})
    assert (status, result["status"]) == (400, 500)
    assert "connection refused" in result["error"]


def test_health_and_labels(logs: StandIn) -> None:
    with logs.client() as client:
        assert client.get("/api/datasources/uid/loki/health").json() == {
            "message": "Data source successfully connected.",
            "status": "OK",
        }
        away = client.get("/api/datasources/uid/away/health")
        assert (away.status_code, away.json()["status"]) == (400, "ERROR")
        values = client.get("/api/datasources/uid/loki/resources/label/service/values").json()
        assert values["data"] == ["order", "payment"]
        assert Loki.asked[-1][0] == "/loki/api/v1/label/service/values"
