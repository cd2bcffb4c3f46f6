"""The clients of Prometheus and Grafana: what they send, and what a bad answer becomes."""

import base64
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from obsdeploy.errors import StackUnhealthy
from obsdeploy.grafana import Grafana, GrafanaProblem
from obsdeploy.prometheus import Prometheus, PrometheusProblem

Handler = Callable[[httpx.Request], httpx.Response]


def prometheus(handler: Handler) -> Prometheus:
    return Prometheus("http://prom:9090/", httpx.MockTransport(handler))


def grafana(handler: Handler) -> Grafana:
    return Grafana("http://graf:3000", "admin", "pässword", httpx.MockTransport(handler))


def answering(status: int, body: Any = None, text: str | None = None) -> Handler:
    return lambda request: httpx.Response(status, text=text) if text is not None else httpx.Response(status, json=body)


def refusing(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("connection refused")


async def test_a_vector_is_asked_at_a_moment() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        sent = dict(httpx.QueryParams(request.content.decode())) or dict(request.url.params)
        assert sent == {"query": 'up{a="b"}', "time": "12.500"}
        return httpx.Response(
            200, json={"status": "success", "data": {"resultType": "vector", "result": [{"metric": {}, "value": [12.5, "1"]}]}}
        )

    assert await prometheus(handler).query('up{a="b"}', 12.5) == [{"metric": {}, "value": [12.5, "1"]}]


async def test_a_scalar_is_one_sample_without_labels() -> None:
    body = {"status": "success", "data": {"resultType": "scalar", "result": [1.5, "7"]}}
    assert await prometheus(answering(200, body)).query("time()") == [{"metric": {}, "value": [1.5, "7"]}]


@pytest.mark.parametrize(
    ("handler", "said"),
    [
        (answering(400, {"status": "error", "error": "parse error at char 3"}), "parse error at char 3"),
        (answering(502, text="<html>bad gateway</html>"), "HTTP 502: <html>bad gateway</html>"),
        (answering(200, text="not json"), "not json"),
        (refusing, "Prometheus at http://prom:9090 does not answer: connection refused"),
    ],
)
async def test_prometheus_bad_answers(handler: Handler, said: str) -> None:
    with pytest.raises(PrometheusProblem) as problem:
        await prometheus(handler).query("up")
    assert said in problem.value.message
    assert isinstance(problem.value, StackUnhealthy)


async def test_readiness_and_reloads_are_yes_or_no() -> None:
    assert await prometheus(answering(200, text="ok")).ready()
    assert not await prometheus(answering(503, text="starting")).ready()
    assert not await prometheus(answering(403, text="Lifecycle API is not enabled.")).reload()


async def test_grafana_is_asked_in_one_request_with_its_own_times() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        assert base64.b64decode(request.headers["authorization"].split()[1]).decode() == "admin:pässword"
        body = json.loads(request.content)
        assert (request.url.path, body["from"], body["to"]) == ("/api/ds/query", "1000", "2500")
        return httpx.Response(200, json={"results": {one["refId"]: {"frames": []} for one in body["queries"]}})

    found = await grafana(handler).query([{"refId": "1A"}, {"refId": "1B"}], 1.0, 2.5)
    assert found == {"1A": {"frames": []}, "1B": {"frames": []}}


@pytest.mark.parametrize("status", [400, 207])
async def test_a_failing_query_leaves_the_others_their_answers(status: int) -> None:
    results = {"A": {"status": 400, "error": "boom"}, "B": {"frames": []}}
    assert await grafana(answering(status, {"results": results})).query([], 0, 1) == results


@pytest.mark.parametrize(
    ("handler", "status", "said"),
    [
        (answering(404, {"message": "Data source not found"}), 404, "answers 404 to ds/query: Data source not found"),
        (answering(400, {"message": "bad request data"}), 400, "bad request data"),
        (answering(401, {"message": "Invalid username or password"}), 401, "refuses the login of 'admin' (401)"),
        (answering(502, text="<html>"), 502, "answers 502"),
        (refusing, 0, "does not answer: connection refused"),
    ],
)
async def test_grafanas_bad_answers(handler: Handler, status: int, said: str) -> None:
    with pytest.raises(GrafanaProblem) as problem:
        await grafana(handler).query([], 0, 1)
    assert said in problem.value.message
    assert problem.value.status == status
    assert "pässword" not in problem.value.message + problem.value.hint


async def test_logins_of_others_are_tried_with_their_own_password() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        sent = base64.b64decode(request.headers["authorization"].split()[1]).decode()
        return httpx.Response(200 if sent == "guest:guest" else 401, json={})

    client = grafana(handler)
    assert await client.accepts("guest", "guest")
    assert not await client.accepts("guest", "wrong")


async def test_the_password_is_compared_and_never_shown() -> None:
    client = grafana(refusing)
    assert client.has_password("pässword")
    assert not client.has_password("admin")
    assert "pässword" not in repr(client)
