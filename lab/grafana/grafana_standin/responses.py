"""JSON answers in Grafana's shapes."""

from http import HTTPStatus
from typing import Any

from starlette.responses import JSONResponse


def message(status: int, text: str, *, message_id: str | None = None, **more: Any) -> JSONResponse:
    """Grafana's one-sentence answer. Those from its newer error type also name an id."""
    body: dict[str, Any] = {"message": text, **more}
    if message_id is not None:
        body |= {"messageId": message_id, "statusCode": status}
    if status >= HTTPStatus.BAD_REQUEST:
        body["traceID"] = ""
    return JSONResponse(body, status_code=status)


def unauthorized() -> JSONResponse:
    """The answer to a request without any credentials."""
    return message(401, "Unauthorized", message_id="auth.unauthorized")


def wrong_password() -> JSONResponse:
    """The answer to credentials that don't fit."""
    return message(401, "Invalid username or password", message_id="password-auth.failed")


def not_found() -> JSONResponse:
    """The answer for an API path that does not exist."""
    return message(404, "Not found")
