"""Grafana's HTTP API, as one user."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from obsdeploy.errors import StackUnhealthy
from obsdeploy.prometheus import KEEPALIVE_SECONDS

Json = Any
NOT_FOUND, UNAUTHORIZED, BAD_REQUEST, MULTI_STATUS = 404, 401, 400, 207


class GrafanaProblem(StackUnhealthy):
    """Grafana gave no good answer. `status` is its HTTP status, 0 where it did not answer at all."""

    def __init__(self, message: str, *, hint: str, status: int = 0) -> None:
        super().__init__(message, hint=hint)
        self.status = status


class Grafana:
    """A client of one server at `url`. Every method raises GrafanaProblem when it gets no good answer."""

    def __init__(self, url: str, user: str, password: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self.url = url.rstrip("/")
        self.user = user
        self._password = password
        self._http = httpx.AsyncClient(
            base_url=self.url,
            auth=(user, password),
            timeout=httpx.Timeout(20, connect=5),
            limits=httpx.Limits(max_connections=8, keepalive_expiry=KEEPALIVE_SECONDS),
            verify=self.url.startswith("https:"),
            transport=transport,
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    def has_password(self, password: str) -> bool:
        """Whether this is the password that it logs in with; the password itself is never handed out."""
        return self._password == password

    async def get(self, path: str) -> Json:
        """GET a path below `/api`."""
        return self._decoded(await self._send("GET", path), path)

    async def query(self, queries: Sequence[Json], start: float, end: float) -> Mapping[str, Json]:
        """Run queries with distinct `refId`s over epoch seconds in one request; returns Grafana's results by refId.

        A query that fails is a result with an `error`; the others still have their answers.
        """
        body = {"queries": list(queries), "from": str(math.floor(start * 1000)), "to": str(math.floor(end * 1000))}
        answer = await self._send("POST", "ds/query", json=body)
        # Grafana answers 400 or 207 when any of the queries failed, with every query's result in the body all the same.
        decoded = _json(answer)
        if answer.status_code in {BAD_REQUEST, MULTI_STATUS} and isinstance(decoded, dict) and decoded.get("results"):
            return dict(decoded["results"])
        return dict(self._decoded(answer, "ds/query").get("results") or {})

    async def accepts(self, user: str, password: str) -> bool:
        """Whether somebody can log in with these credentials.

        Each refusal counts against Grafana's limit: five in five minutes, and the account is locked for as long.
        """
        answer = await self._send("GET", "user", auth=(user, password))
        if answer.status_code == UNAUTHORIZED:
            return False
        self._decoded(answer, "user")
        return True

    async def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            return await self._http.request(method, f"/api/{path.lstrip('/')}", **options)
        except httpx.HTTPError as error:
            raise GrafanaProblem(
                f"Grafana at {self.url} does not answer: {str(error) or type(error).__name__}",
                hint="See whether it runs: kubectl -n monitoring get pods -l app.kubernetes.io/name=grafana",
            ) from error

    def _decoded(self, answer: httpx.Response, path: str) -> Json:
        if answer.is_success:
            return answer.json()
        body = _json(answer)
        said = body.get("message") if isinstance(body, dict) else answer.text.strip()[:200]
        if answer.status_code == UNAUTHORIZED:
            hint = "Grafana keeps the password of its first start: see the check grafana.login in docs/checks.md."
            raise GrafanaProblem(f"Grafana refuses the login of {self.user!r} (401): {said}", hint=hint, status=UNAUTHORIZED)
        hint = "See its log: kubectl -n monitoring logs deploy/grafana -c grafana --tail=20"
        raise GrafanaProblem(f"Grafana answers {answer.status_code} to {path}: {said}", hint=hint, status=answer.status_code)


def _json(answer: httpx.Response) -> Json:
    try:
        return answer.json()
    except ValueError:
        return None
