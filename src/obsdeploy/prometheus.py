"""Prometheus' HTTP API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx

from obsdeploy.errors import StackUnhealthy

Json = Any
OK = 200
KEEPALIVE_SECONDS = 1.0
"""A connection stays with the pod that it was made to: whoever retries must not meet one that has gone."""


class PrometheusProblem(StackUnhealthy):
    """Prometheus gave no good answer: unreachable, not ready, or the query is wrong."""


class Prometheus:
    """A client of one server at `url`. Every method but `ready` raises PrometheusProblem when it gets no good answer."""

    def __init__(self, url: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self.url = url.rstrip("/")
        # Plain HTTP in practice; for https behind an ingress httpx loads the CAs, which is worth its 20 ms only then.
        verify = self.url.startswith("https:")
        timeout = httpx.Timeout(15, connect=5)
        limits = httpx.Limits(keepalive_expiry=KEEPALIVE_SECONDS)
        self._http = httpx.AsyncClient(base_url=self.url, timeout=timeout, verify=verify, limits=limits, transport=transport)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def get(self, path: str, **params: str | Sequence[str]) -> Json:
        """Return the `data` of an answer of `/api/v1/<path>`."""
        return self._data(path, await self._send("GET", f"/api/v1/{path.lstrip('/')}", params=params))

    def _data(self, path: str, answer: httpx.Response) -> Json:
        try:
            body = answer.json()
        except ValueError:
            body = {"error": f"HTTP {answer.status_code}: {answer.text.strip()[:200]}"}
        if body.get("status") != "success":
            message = f"Prometheus answers {path} with an error: {body.get('error', body)}"
            raise PrometheusProblem(message, hint=f"Ask it the same by hand: {answer.request.url}")
        return body.get("data")

    async def query(self, expression: str, at: float | None = None) -> list[Json]:
        """Evaluate an instant query (at epoch seconds; None: the server's present) to a vector.

        Returns `[{"metric": {...}, "value": [seconds, "1"]}]`; a scalar comes as one sample without labels.
        """
        params = {"query": expression} if at is None else {"query": expression, "time": f"{at:.3f}"}
        # By POST: a query over many selectors is longer than a URL may be.
        data = self._data("query", await self._send("POST", "/api/v1/query", data=params))
        if data["resultType"] == "scalar":
            return [{"metric": {}, "value": data["result"]}]
        return list(data["result"])

    async def ready(self) -> bool:
        """Whether `/-/ready` says yes. Raises PrometheusProblem where nothing answers at all."""
        return (await self._send("GET", "/-/ready")).status_code == OK

    async def reload(self) -> bool:
        """Ask for a reload of configuration and rules; False where the server does not offer that or refuses the files."""
        return (await self._send("POST", "/-/reload")).is_success

    async def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            return await self._http.request(method, path, **options)
        except httpx.HTTPError as error:
            raise PrometheusProblem(
                f"Prometheus at {self.url} does not answer: {str(error) or type(error).__name__}",
                hint="See whether it runs: kubectl -n monitoring get pods -l app.kubernetes.io/name=prometheus",
            ) from error
