"""Signing in and out, and what the signed-in person is told about themselves."""

import json

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from ..accounts import SESSION_COOKIE, SESSION_SECONDS, WrongPassword
from ..responses import message, wrong_password
from ..server import server_of

_SHORTEST_PASSWORD = 4
_ADDRESS = {"address1": "", "address2": "", "city": "", "zipCode": "", "state": "", "country": ""}


async def _body(request: Request) -> dict[str, object] | None:
    try:
        body = json.loads(await request.body())
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


async def sign_in(request: Request) -> Response:
    """POST /login: a session's cookie for a name and a password."""
    body = await _body(request)
    if body is None:
        return message(400, "bad login data")
    server = server_of(request)
    server.metrics.logins.inc()
    try:
        user = server.accounts.sign_in(str(body.get("user", "")), str(body.get("password", "")))
    except WrongPassword:
        return wrong_password()
    response = message(200, "Logged in", redirectUrl="/")
    token = server.accounts.start_session(user)
    response.set_cookie(SESSION_COOKIE, token, max_age=SESSION_SECONDS, httponly=True, samesite="lax")
    return response


async def sign_out(request: Request) -> Response:
    """GET /logout: ends the session."""
    if token := request.cookies.get(SESSION_COOKIE):
        server_of(request).accounts.end_session(token)
    response = RedirectResponse("/login", status_code=302)
    response.delete_cookie(SESSION_COOKIE)
    return response


async def ping(_request: Request) -> Response:
    """GET /api/login/ping: whether the session holds."""
    return message(200, "Logged in")


async def org(_request: Request) -> JSONResponse:
    """The one organization."""
    return JSONResponse({"id": 1, "name": "Main Org.", "address": _ADDRESS})


async def orgs(_request: Request) -> JSONResponse:
    """The user's organizations: the one."""
    return JSONResponse([{"orgId": 1, "name": "Main Org.", "role": "Admin"}])


async def user(request: Request) -> JSONResponse:
    """The signed-in user."""
    who = request.state.user
    return JSONResponse(
        {
            "id": who.id,
            "uid": str(who.id),
            "email": f"{who.login}@localhost",
            "name": "",
            "login": who.login,
            "theme": "",
            "orgId": 1,
            "isGrafanaAdmin": True,
            "isDisabled": False,
            "isExternal": False,
            "authLabels": [],
            "createdAt": who.created,
        }
    )


async def change_password(request: Request) -> Response:
    """PUT /api/user/password."""
    body = await _body(request)
    new = str((body or {}).get("newPassword") or "")
    if body is None or len(new) < _SHORTEST_PASSWORD:
        return message(400, "New password is too short")
    try:
        server_of(request).accounts.change_password(request.state.user, str(body.get("oldPassword") or ""), new)
    except WrongPassword:
        return message(401, "Invalid old password")
    return message(200, "User password changed")


ROUTES = [
    Route("/login", sign_in, methods=["POST"]),
    Route("/logout", sign_out),
    Route("/api/login/ping", ping),
    Route("/api/org", org),
    Route("/api/orgs/1", org),
    Route("/api/user", user),
    Route("/api/user/orgs", orgs),
    Route("/api/user/password", change_password, methods=["PUT"]),
]
