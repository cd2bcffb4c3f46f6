"""The pages: one built application for every address, and its files, compressed beforehand and cacheable for ever."""

import mimetypes
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from ..responses import message
from ..server import web_of

_NO_PAGES = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Stand-in for Grafana</title></head>
<body><h1>Stand-in for Grafana</h1><p>This server was packed without pages; its HTTP API is at work under <code>/api</code>.</p>
</body></html>
"""
_ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
_FOR_EVER = "public, max-age=31536000, immutable"


def _file(request: Request, root: Path, name: str, cache: str) -> Response | None:
    """A file below `root`, in the smallest encoding that the browser takes; None if there is no such file."""
    path = (root / name).resolve()
    if not path.is_relative_to(root.resolve()) or not path.is_file():
        return None
    headers = {"Cache-Control": cache, "Vary": "Accept-Encoding"}
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    accepted = request.headers.get("accept-encoding", "")
    for encoding, suffix in _ENCODINGS:
        packed = path.with_name(path.name + suffix)
        if encoding in accepted and packed.is_file():
            return FileResponse(packed, media_type=kind, headers=headers | {"Content-Encoding": encoding})
    return FileResponse(path, media_type=kind, headers=headers)


async def asset(request: Request) -> Response:
    """A file of the application. Names under assets/ carry a hash of their content, others may change."""
    root = web_of(request)
    name = request.path_params["path"]
    cache = _FOR_EVER if name.startswith("assets/") else "public, max-age=3600"
    found = _file(request, root, name, cache) if root else None
    return found or message(404, "Not found")


async def page(request: Request) -> Response:
    """The application itself, which draws what its address says."""
    root = web_of(request)
    found = _file(request, root, "index.html", "no-cache") if root else None
    return found or HTMLResponse(_NO_PAGES)


async def robots(_request: Request) -> PlainTextResponse:
    """Nothing here is for search engines."""
    return PlainTextResponse("User-agent: *\nDisallow: /\n")


ROUTES = [
    Route("/public/{path:path}", asset),
    Route("/robots.txt", robots),
    Route("/{path:path}", page),
]
