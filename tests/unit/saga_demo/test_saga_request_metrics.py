"""The hand-written middleware, on apps of every shape: bounded labels, exceptions, streams, mounts and routers."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from prometheus_client import CollectorRegistry, generate_latest
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from saga.request_metrics import RequestMetrics


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
async def client(registry: CollectorRegistry) -> AsyncIterator[httpx.AsyncClient]:
    app = _an_app()
    app.add_middleware(RequestMetrics, registry=registry)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://app") as connected:
        yield connected


def _an_app() -> FastAPI:
    app, sub = FastAPI(), FastAPI()
    inner, outer = APIRouter(prefix="/inner"), APIRouter(prefix="/outer")

    @app.get("/items/{item_id}")
    @inner.get("/{name}")
    @sub.get("/things/{name}")
    async def found(item_id: int = 0, name: str = "") -> dict[str, object]:
        return {"item": item_id or name}

    @app.get("/broken")
    async def broken() -> None:
        raise RuntimeError("a bug")

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            yield b"first"
            await asyncio.sleep(0.05)
            yield b"last"

        return StreamingResponse(parts())

    outer.include_router(inner)
    app.include_router(outer, prefix="/v1")
    app.mount("/sub", sub)
    app.mount("/files", PlainTextResponse("file"))
    return app


@pytest.mark.parametrize(
    ("method", "path", "endpoint", "status"),
    [
        ("GET", "/items/7", "/items/{item_id}", "200"),
        ("GET", "/items/seven", "/items/{item_id}", "422"),
        ("DELETE", "/items/7", "/items/{item_id}", "405"),
        ("GET", "/v1/outer/inner/a", "/v1/outer/inner/{name}", "200"),
        ("GET", "/sub/things/a", "/sub/things/{name}", "200"),
        ("GET", "/files/any/where", "/files", "200"),
        ("GET", "/broken", "/broken", "500"),
        ("GET", "/wp-login.php", "none", "404"),
    ],
)
async def test_a_request_is_counted_under_its_route(  # noqa: PLR0917
    client: httpx.AsyncClient, registry: CollectorRegistry, method: str, path: str, endpoint: str, status: str
) -> None:
    answer = await client.request(method, path)
    assert str(answer.status_code) == status
    labels = {"method": method, "endpoint": endpoint}
    assert registry.get_sample_value("http_requests_total", labels | {"status": status}) == 1
    assert registry.get_sample_value("http_request_duration_seconds_count", labels) == 1
    assert registry.get_sample_value("http_requests_in_flight") == 0


async def test_callers_cannot_grow_the_number_of_series(client: httpx.AsyncClient, registry: CollectorRegistry) -> None:
    for number in range(20):
        await client.get(f"/items/{number}")
        await client.get(f"/nothing/{number}")
        await client.request(f"METHOD{number}", "/items/1")
    counted = [line for line in generate_latest(registry).decode().splitlines() if line.startswith("http_requests_total{")]
    assert len(counted) == 3
    assert registry.get_sample_value(
        "http_requests_total", {"method": "OTHER", "endpoint": "/items/{item_id}", "status": "405"}
    ) == 20  # fmt: skip


async def test_a_stream_is_timed_to_its_end(client: httpx.AsyncClient, registry: CollectorRegistry) -> None:
    assert (await client.get("/stream")).content == b"firstlast"
    labels = {"method": "GET", "endpoint": "/stream"}
    assert (registry.get_sample_value("http_request_duration_seconds_sum", labels) or 0) >= 0.05


async def test_requests_under_way_are_seen(registry: CollectorRegistry) -> None:
    all_in, go_on = asyncio.Barrier(4), asyncio.Event()

    async def waits(scope: Scope, receive: Receive, send: Send) -> None:
        await all_in.wait()
        await go_on.wait()
        await PlainTextResponse("done")(scope, receive, send)

    app: ASGIApp = RequestMetrics(waits, registry=registry)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://app") as connected:
        pending = [asyncio.create_task(connected.get("/")) for _ in range(3)]
        await all_in.wait()
        assert registry.get_sample_value("http_requests_in_flight") == 3
        go_on.set()
        await asyncio.gather(*pending)
    assert registry.get_sample_value("http_requests_in_flight") == 0


async def test_a_caller_who_leaves_counts_as_an_error_and_leaves_nothing_in_flight(registry: CollectorRegistry) -> None:
    async def never(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.Event().wait()

    app = RequestMetrics(never, registry=registry)

    async def receive() -> dict[str, object]:
        return {"type": "http.request"}

    async def send(message: object) -> None:
        raise AssertionError("nothing is answered")

    scope = {"type": "http", "method": "GET", "path": "/"}
    task = asyncio.create_task(app(scope, receive, send))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert registry.get_sample_value("http_requests_in_flight") == 0
    assert registry.get_sample_value("http_requests_total", {"method": "GET", "endpoint": "none", "status": "500"}) == 1
