"""Data sources: what they are, whether they answer, and ways through to them."""

from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ..provisioning import DataSource
from ..queries.client import SourceClient, Unreachable
from ..responses import message, not_found
from ..server import server_of

_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def _summary(source: DataSource) -> dict[str, Any]:
    return {
        "id": source.id,
        "uid": source.uid,
        "orgId": 1,
        "name": source.name,
        "type": source.type,
        "typeName": source.type.title(),
        "typeLogoUrl": "",
        "access": source.access,
        "url": source.url,
        "user": "",
        "database": "",
        "basicAuth": source.basic_auth,
        "isDefault": source.is_default,
        "jsonData": source.json_data,
        "readOnly": source.read_only,
    }


def _detail(source: DataSource) -> dict[str, Any]:
    return _summary(source) | {
        "basicAuthUser": source.basic_auth_user,
        "withCredentials": False,
        "secureJsonFields": dict.fromkeys(source.secure, True),
        "version": 1,
    }


def _missing() -> JSONResponse:
    return message(404, "Data source not found")


async def listing(request: Request) -> JSONResponse:
    """All data sources, by name."""
    return JSONResponse([_summary(source) for source in sorted(server_of(request).sources, key=lambda source: source.name)])


async def by_uid(request: Request) -> JSONResponse:
    """One data source."""
    source = server_of(request).sources.by_uid(request.path_params["uid"])
    return JSONResponse(_detail(source)) if source else _missing()


async def by_name(request: Request) -> JSONResponse:
    """One data source."""
    source = next((source for source in server_of(request).sources if source.name == request.path_params["name"]), None)
    return JSONResponse(_detail(source)) if source else _missing()


async def health(request: Request) -> JSONResponse:
    """Whether the data source answers a query."""
    server = server_of(request)
    source = server.sources.by_uid(request.path_params["uid"])
    if source is None:
        return _missing()
    backend = server.sources.backend(source)
    if backend is None:
        return message(404, "Plugin not found")
    with server.metrics.plugin_request(source.type, "checkHealth") as outcome:
        healthy, text = await backend.health()
        outcome["status"] = "ok" if healthy else "error"
    return JSONResponse({"message": text, "status": "OK" if healthy else "ERROR"}, status_code=200 if healthy else 400)


async def _pass_on(request: Request, client: SourceClient, path: str) -> Response:
    body = await request.body()
    headers = {"content-type": request.headers["content-type"]} if body and "content-type" in request.headers else {}
    try:
        answer = await client.send(request.method, path, params=request.query_params.multi_items(), content=body, headers=headers)
    except Unreachable as problem:
        return message(502, f"Bad Gateway: {problem}")
    return Response(answer.content, answer.status_code, media_type=answer.headers.get("content-type"))


async def proxy(request: Request) -> Response:
    """Any path of the data source."""
    server = server_of(request)
    source = server.sources.by_uid(request.path_params["uid"])
    return await _pass_on(request, server.sources.client(source), request.path_params["path"]) if source else _missing()


async def resources(request: Request) -> Response:
    """The paths of the data source that variables and editors read."""
    server = server_of(request)
    source = server.sources.by_uid(request.path_params["uid"])
    if source is None:
        return _missing()
    backend = server.sources.backend(source)
    path = request.path_params["path"]
    if backend is None or not path.startswith(backend.resources):
        return not_found()
    with server.metrics.plugin_request(source.type, "callResource") as outcome:
        answer = await _pass_on(request, backend.client, backend.resource_path(path))
        outcome["status"] = "ok" if answer.status_code < HTTPStatus.BAD_REQUEST else "error"
    return answer


ROUTES = [
    Route("/api/datasources", listing),
    Route("/api/datasources/name/{name}", by_name),
    Route("/api/datasources/uid/{uid}", by_uid),
    Route("/api/datasources/uid/{uid}/health", health),
    Route("/api/datasources/uid/{uid}/resources/{path:path}", resources, methods=["GET", "POST"]),
    Route("/api/datasources/proxy/uid/{uid}/{path:path}", proxy, methods=_METHODS),
]
