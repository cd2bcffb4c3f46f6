"""Health, metrics, frontend settings, and reloading what is provisioned."""

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from .. import VERSION
from ..provisioning import ProvisioningError
from ..responses import message, not_found
from ..server import server_of


async def health(_request: Request) -> JSONResponse:
    """What the chart's probes ask."""
    return JSONResponse({"database": "ok", "version": VERSION, "commit": "stand-in"})


async def healthz(_request: Request) -> PlainTextResponse:
    """The bare sign of life."""
    return PlainTextResponse("Ok")


async def metrics(request: Request) -> Response:
    """Metrics for Prometheus, unless [metrics] enabled is off."""
    server = server_of(request)
    if not server.config.metrics_enabled:
        return not_found()
    server.totals()
    return Response(server.metrics.exposition(), media_type="text/plain; version=0.0.4; charset=utf-8")


async def settings(request: Request) -> JSONResponse:
    """What a page needs to know before anything else."""
    server = server_of(request)
    sources = {
        source.name: {
            "id": source.id,
            "uid": source.uid,
            "type": source.type,
            "name": source.name,
            "isDefault": source.is_default,
            "jsonData": source.json_data,
        }
        for source in server.sources
    }
    default = next((source.name for source in server.sources if source.is_default), "-- Grafana --")
    return JSONResponse(
        {
            "appUrl": str(request.base_url),
            "appSubUrl": "",
            "buildInfo": {"version": VERSION, "commit": "stand-in", "edition": "Stand-in", "env": "lab"},
            "datasources": sources,
            "defaultDatasource": default,
            "defaultTheme": server.config.default_theme,
            "minRefreshInterval": server.config.min_refresh_interval,
            "standIn": True,
        }
    )


async def reload_dashboards(request: Request) -> JSONResponse:
    """Scan the dashboards' folders now."""
    server_of(request).reload_dashboards()
    return message(200, "Dashboards config reloaded")


async def reload_data_sources(request: Request) -> JSONResponse:
    """Read the data sources again."""
    try:
        server_of(request).reload_sources()
    except ProvisioningError as problem:
        return message(500, f"Failed to reload datasources config: {problem}")
    return message(200, "Datasources config reloaded")


ROUTES = [
    Route("/api/health", health),
    Route("/healthz", healthz),
    Route("/metrics", metrics),
    Route("/api/frontend/settings", settings),
    Route("/api/admin/provisioning/dashboards/reload", reload_dashboards, methods=["POST"]),
    Route("/api/admin/provisioning/datasources/reload", reload_data_sources, methods=["POST"]),
]
