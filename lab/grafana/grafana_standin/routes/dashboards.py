"""Dashboards: search, folders, and one by uid."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ..library import Dashboard
from ..responses import message
from ..server import server_of


def _folder_url(dashboard: Dashboard) -> str:
    stored = dashboard.stored
    slug = "-".join(stored.folder.lower().split())
    return f"/dashboards/f/{stored.folder_uid}/{slug}" if stored.folder_uid else ""


def _hit(dashboard: Dashboard) -> dict[str, Any]:
    stored = dashboard.stored
    hit = {
        "id": stored.id,
        "uid": stored.uid,
        "orgId": 1,
        "title": dashboard.title,
        "uri": f"db/{dashboard.slug}",
        "url": dashboard.url,
        "slug": "",
        "type": "dash-db",
        "tags": dashboard.model.get("tags") or [],
        "isStarred": False,
        "sortMeta": 0,
        "isDeleted": False,
    }
    if stored.folder_uid:
        hit |= {"folderUid": stored.folder_uid, "folderTitle": stored.folder, "folderUrl": _folder_url(dashboard)}
    return hit


def _folders(dashboards: list[Dashboard]) -> list[dict[str, Any]]:
    titles = {d.stored.folder_uid: (d.stored.folder, _folder_url(d)) for d in dashboards if d.stored.folder_uid}
    rows = enumerate(titles.items(), 1)
    return [{"id": number, "uid": uid, "title": title, "url": url} for number, (uid, (title, url)) in rows]


def _wanted(dashboard: Dashboard, request: Request) -> bool:
    asked = request.query_params
    uids, folders = asked.getlist("dashboardUIDs"), asked.getlist("folderUIDs")
    return (
        asked.get("query", "").lower() in dashboard.title.lower()
        and set(asked.getlist("tag")) <= set(dashboard.model.get("tags") or [])
        and (not uids or dashboard.stored.uid in uids)
        and (not folders or (dashboard.stored.folder_uid or "general") in folders)
    )


async def search(request: Request) -> Response:
    """Dashboards and folders by title, type, tag, uid or folder."""
    asked = request.query_params
    try:
        limit, page = int(asked.get("limit", 1000)), int(asked.get("page", 1))
    except ValueError:
        return message(422, "limit and page must be numbers")
    everything = server_of(request).library.all()
    hits: list[dict[str, Any]] = []
    if asked.get("type") != "dash-db" and not asked.getlist("dashboardUIDs") and not asked.getlist("tag"):
        text = asked.get("query", "").lower()
        found = [folder for folder in _folders(everything) if text in folder["title"].lower()]
        hits += [folder | {"type": "dash-folder", "tags": []} for folder in found]
    if asked.get("type") != "dash-folder":
        hits += [_hit(dashboard) for dashboard in everything if _wanted(dashboard, request)]
    return JSONResponse(hits[(page - 1) * limit : page * limit])


async def folders(request: Request) -> JSONResponse:
    """All folders."""
    return JSONResponse(_folders(server_of(request).library.all()))


async def by_uid(request: Request) -> JSONResponse:
    """A dashboard with its meta data."""
    dashboard = server_of(request).library.get(request.path_params["uid"])
    if dashboard is None:
        return message(404, "Dashboard not found")
    stored = dashboard.stored
    meta = {
        "type": "db",
        "canSave": False,
        "canEdit": False,
        "canAdmin": False,
        "canStar": False,
        "canDelete": False,
        "slug": dashboard.slug,
        "url": dashboard.url,
        "expires": "0001-01-01T00:00:00Z",
        "created": stored.created,
        "updated": stored.updated,
        "updatedBy": "Anonymous",
        "createdBy": "Anonymous",
        "version": stored.version,
        "hasAcl": False,
        "isFolder": False,
        "apiVersion": "v1beta1",
        "folderId": 0,
        "folderUid": stored.folder_uid,
        "folderTitle": stored.folder or "Dashboards",
        "folderUrl": _folder_url(dashboard),
        "provisioned": True,
        "provisionedExternalId": stored.external_id,
    }
    model = dashboard.model | {"id": stored.id, "uid": stored.uid, "version": stored.version}
    return JSONResponse({"meta": meta, "dashboard": model})


async def save(_request: Request) -> JSONResponse:
    """Saving by the API: dashboards here come from files alone."""
    return message(400, "Cannot save provisioned dashboard")


async def annotations(_request: Request) -> JSONResponse:
    """Annotations: none."""
    return JSONResponse([])


ROUTES = [
    Route("/api/search", search),
    Route("/api/folders", folders),
    Route("/api/dashboards/uid/{uid}", by_uid),
    Route("/api/dashboards/db", save, methods=["POST"]),
    Route("/api/annotations", annotations),
]
