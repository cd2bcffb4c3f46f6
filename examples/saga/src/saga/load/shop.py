"""The shop as a customer reaches it: one HTTP client, each request with an id of its own, counted and timed."""

import time
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import httpx

from saga.headers import FAULT, REQUEST_ID
from saga.load import metrics


class Shop:
    """Calls services by name."""

    def __init__(self, client: httpx.AsyncClient, urls: Mapping[str, str]) -> None:
        self._client = client
        self._urls = urls

    async def call(self, service: str, method: str, path: str, *, body: Any = None, fault: str = "") -> httpx.Response:
        """One request, whatever its answer; raises httpx.HTTPError if there is none."""
        # uvicorn drops a connection on which a request ended in an exception: one that may is not used again.
        headers = {REQUEST_ID: uuid4().hex} | ({FAULT: fault, "connection": "close"} if fault else {})
        started = time.perf_counter()
        status = "none"
        try:
            answer = await self._client.request(method, self._urls[service] + path, json=body, headers=headers)
            status = str(answer.status_code)
        finally:
            metrics.REQUESTS.labels(service, status).inc()
            metrics.SECONDS.labels(service).observe(time.perf_counter() - started)
        return answer
