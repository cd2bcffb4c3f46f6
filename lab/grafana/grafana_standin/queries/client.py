"""HTTP to data sources: their credentials, headers, time-outs, and what is counted about it."""

import time
from typing import Any

import httpx

from ..metrics import Metrics
from ..provisioning import DataSource
from .timing import BadTime, parse_duration


class Unreachable(Exception):
    """No answer: refused, unresolved or timed out. The message is as Go's HTTP client words it."""


def _headers(source: DataSource) -> dict[str, str]:
    """Headers named by jsonData.httpHeaderNameN with the value secureJsonData.httpHeaderValueN."""
    prefix = "httpHeaderName"
    named = {key.removeprefix(prefix): str(name) for key, name in source.json_data.items() if key.startswith(prefix)}
    return {name: source.secure.get(f"httpHeaderValue{number}", "") for number, name in named.items()}


def _root(problem: BaseException) -> str:
    """The system's own word for why there was no connection, which wrappers replace by "all attempts failed"."""
    if isinstance(problem, BaseExceptionGroup):
        return _root(problem.exceptions[-1])
    if isinstance(problem, ConnectionRefusedError):
        return "connect: connection refused"
    cause = problem.__cause__ or problem.__context__
    return _root(cause) if cause is not None else str(problem)


def _timeout(source: DataSource, default: float) -> float:
    for key in ("queryTimeout", "timeout"):
        value = source.json_data.get(key)
        if isinstance(value, int | float):
            return float(value)
        if value:
            try:
                return parse_duration(str(value) if not str(value).isdigit() else f"{value}s") / 1000
            except BadTime:
                return default
    return default


class SourceClient:
    """Talks to one data source."""

    def __init__(self, source: DataSource, metrics: Metrics, timeout: float) -> None:
        self.source = source
        self._metrics = metrics
        self._client = httpx.AsyncClient(
            auth=(source.basic_auth_user, source.secure.get("basicAuthPassword", "")) if source.basic_auth else None,
            headers=_headers(source),
            timeout=_timeout(source, timeout),
            verify=not source.json_data.get("tlsSkipVerify", False),
            limits=httpx.Limits(max_connections=50, max_keepalive_connections=10),
            trust_env=False,
        )

    async def close(self) -> None:
        """Close its connections."""
        await self._client.aclose()

    async def send(self, method: str, path: str, **request: Any) -> httpx.Response:
        """Send a request to `path` below the data source's address. Raises Unreachable."""
        url = f"{self.source.url}/{path.lstrip('/')}"
        start = time.perf_counter()
        code, size = "error", 0
        try:
            response = await self._client.request(method, url, **request)
            code, size = str(response.status_code), len(response.content)
        except httpx.TimeoutException as problem:
            waited = "(Client.Timeout exceeded while awaiting headers)"
            raise Unreachable(f'{method.title()} "{url}": context deadline exceeded {waited}') from problem
        except (httpx.HTTPError, httpx.InvalidURL) as problem:
            raise Unreachable(f'{method.title()} "{url}": {_root(problem)}') from problem
        else:
            return response
        finally:
            spent = time.perf_counter() - start
            self._metrics.source_request(self.source.name, self.source.type, method, code=code, seconds=spent, size=size)
