"""The web application: who may ask, what is counted, and which function answers."""

import time
from collections.abc import Awaitable, Callable
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .accounts import SESSION_COOKIE, WrongPassword
from .config import Config
from .logs import logger
from .responses import message, not_found, unauthorized, wrong_password
from .routes import account, dashboards, data_sources, general, pages, query
from .server import Server, server_of

log = logger("context")
_OPEN_PATHS = ("/api/health", "/healthz", "/metrics", "/login", "/public/", "/robots.txt", "/favicon.ico")
_UNCOUNTED_PATHS = ("/public/", "/robots.txt", "/metrics")

Handler = Callable[[Request], Awaitable[Response]]


class _Gate:
    """Signs requests in, counts them, marks every answer as a stand-in's."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        metrics = server_of(request).metrics
        status = 500
        start = time.perf_counter()

        async def marked(event: Message) -> None:
            nonlocal status
            if event["type"] == "http.response.start":
                status = event["status"]
                event["headers"] = [*event["headers"], (b"x-grafana-stand-in", b"true")]
            await send(event)

        with metrics.in_flight.track_inprogress():
            refusal = self._refusal(request)
            await (refusal or self._app)(scope, receive, marked)
        if not request.url.path.startswith(_UNCOUNTED_PATHS):
            route = scope.get("route")
            handler = route.path if isinstance(route, Route) else "unknown"
            metrics.requests.labels(handler, str(status), request.method).observe(time.perf_counter() - start)
            _count_status(request, status)

    def _refusal(self, request: Request) -> Response | None:
        """The answer to somebody who may not go on; None, and request.state.user set, for everyone else."""
        path = request.url.path
        request.state.user = None
        try:
            request.state.user = server_of(request).accounts.identify(
                request.headers.get("authorization"), request.cookies.get(SESSION_COOKIE)
            )
        except WrongPassword:
            return None if path.startswith(_OPEN_PATHS) else wrong_password()
        if request.state.user is not None or path.startswith(_OPEN_PATHS):
            return None
        if path.startswith("/api/"):
            return unauthorized()
        wanted = f"{path}?{request.url.query}" if request.url.query else path
        return RedirectResponse(f"/login?{urlencode({'redirectTo': wanted})}" if wanted != "/" else "/login", status_code=302)


def _count_status(request: Request, status: int) -> None:
    metrics = server_of(request).metrics
    code = str(status) if status in {200, 404, 500} else "unknown"
    path = request.url.path
    family = metrics.page_status
    if path.startswith("/api/datasources/proxy"):
        family = metrics.proxy_status
    elif path.startswith("/api/"):
        family = metrics.api_status
    family.labels(code).inc()


async def _failed(request: Request, problem: Exception) -> JSONResponse:
    log.error("Request error", extra={"path": request.url.path, "error": repr(problem)}, exc_info=problem)
    return message(500, "Internal server error")


async def _unknown_api(_request: Request) -> JSONResponse:
    return not_found()


def create_app(config: Config) -> Starlette:
    """The application, with everything that is provisioned loaded. Raises ProvisioningError."""
    server = Server(config)
    routes = [
        *general.ROUTES,
        *account.ROUTES,
        *data_sources.ROUTES,
        *dashboards.ROUTES,
        *query.ROUTES,
        Route("/api/{rest:path}", _unknown_api, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
        *pages.ROUTES,
    ]
    app = Starlette(routes=routes, lifespan=server.lifespan, exception_handlers={Exception: _failed})
    app.state.server = server
    app.add_middleware(_Gate)
    return app
