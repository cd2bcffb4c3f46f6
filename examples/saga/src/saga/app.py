"""What all six services have in common: probes, ids, faults, and an answer for when Redis is away."""

import logging
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

import prometheus_client
from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse
from prometheus_fastapi_instrumentator import Instrumentator
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import RedisError

from saga.config import Config
from saga.context import RequestContext
from saga.faults import FaultInjection
from saga.request_metrics import DEFAULT_BUCKETS, RequestMetrics

log = logging.getLogger(__name__)


def connect(config: Config) -> Redis:
    """A client with short time-outs: a request waits a moment for Redis, never for long. It connects when first used."""
    client: Redis = Redis.from_url(
        config.redis_url,
        decode_responses=True,
        socket_timeout=1,
        socket_connect_timeout=1,
        health_check_interval=15,
        # Whatever is sent twice takes effect once: see ledger.py, stock.py and orchestration/store.py.
        retry=Retry(ExponentialBackoff(cap=0.2, base=0.05), retries=1),
    )
    return client


def create_app(service: str, config: Config, redis: Redis, *running: AbstractAsyncContextManager[object]) -> FastAPI:
    """An app with probes, yet without request metrics. Each of `running` is entered while it serves; then Redis is closed."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            stack.push_async_callback(redis.aclose)
            for companion in running:
                await stack.enter_async_context(companion)
            yield

    faults = [Depends(FaultInjection(service))] if config.faults else []
    app = FastAPI(title=service, lifespan=lifespan, openapi_url=None, dependencies=faults)
    app.add_middleware(RequestContext)
    app.add_exception_handler(RedisError, _storage_unavailable)
    _add_probes(app, redis)
    return app


def instrument(app: FastAPI) -> None:
    """Request metrics as prometheus-fastapi-instrumentator makes them, at /metrics of the app's own port.

    Its own buckets by endpoint are three, too few for a percentile.
    """
    Instrumentator().instrument(app, latency_lowr_buckets=DEFAULT_BUCKETS).expose(app, include_in_schema=False)


def count_requests(app: FastAPI) -> None:
    """Request metrics by the hand-written middleware; `metrics_served` shows them."""
    app.add_middleware(RequestMetrics)


@asynccontextmanager
async def metrics_served(config: Config) -> AsyncIterator[None]:
    """The process's metrics on a port of their own."""
    server, thread = prometheus_client.start_http_server(config.metrics_port, config.host)
    try:
        yield
    finally:
        server.shutdown()
        thread.join()


def _add_probes(app: FastAPI, redis: Redis) -> None:
    ready = False

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/readyz")
    async def readyz() -> JSONResponse:
        # Once ready, always ready: were all services to leave their Service whenever Redis stumbles, callers would see
        # refused connections in place of an honest 503.
        nonlocal ready
        if not ready:
            try:
                ready = bool(await redis.ping())
            except RedisError as error:
                return JSONResponse({"status": f"waiting for Redis: {error}"}, status_code=503)
        return JSONResponse({"status": "ready"})


async def _storage_unavailable(_: Request, error: Exception) -> JSONResponse:
    log.error("Redis is unavailable: %s", error)
    return JSONResponse({"detail": "storage is unavailable"}, status_code=503)
