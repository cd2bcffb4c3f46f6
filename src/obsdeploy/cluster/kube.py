"""The Kubernetes API, asynchronous, as decoded JSON."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import httpx

from obsdeploy.cluster.answers import CONFLICT, FORBIDDEN, NOT_FOUND, UNAUTHORIZED, KubeProblem, decoded, refusal, silence
from obsdeploy.cluster.kubeconfig import Login, read_login
from obsdeploy.cluster.official import Official
from obsdeploy.cluster.resources import GROUP_OF, path_of

if TYPE_CHECKING:
    from obsdeploy.cluster.execute import Access, Attached

__all__ = ["CONFLICT", "FORBIDDEN", "NOT_FOUND", "UNAUTHORIZED", "Kube", "KubeProblem"]

Json = Any
METADATA_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
MERGE_PATCH = "application/merge-patch+json"


class Kube:
    """A connection to one cluster. Objects are decoded JSON, as `kubectl -o json` prints them; see `resources.py` for names.

    Every method raises KubeProblem when there is no good answer: unreachable, credentials refused, a permission missing.
    """

    def __init__(self, login: Login, http: httpx.AsyncClient, kubeconfig: Path | None = None) -> None:
        self.login = login
        self._http = http
        self._kubeconfig = kubeconfig
        self._official: Official | None = None

    @classmethod
    async def connect(cls, kubeconfig: Path | None = None, context: str | None = None) -> Self:
        """Read the kubeconfig and log in. Nothing is sent yet, but for what an exec plugin sends.

        Raises EnvironmentProblem where the kubeconfig can't be used.
        """
        login = read_login(kubeconfig, context)
        official = await asyncio.to_thread(Official, kubeconfig, login.context) if login.dynamic else None
        kube = cls(login, _client(login, official), kubeconfig)
        kube._official = official
        return kube

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def get(self, path: str, **params: str) -> Json:
        """GET an API path: decoded JSON, or text where it is none."""
        return decoded(await self._send("GET", path, params=params))

    async def list(
        self, resource: str, namespace: str | None = None, *, labels: str = "", fields: str = "", bare: bool = False
    ) -> list[Json]:
        """List objects of a resource by its plural name, in one namespace or (None) all of them; `bare`: only their metadata."""
        params = {k: v for k, v in (("labelSelector", labels), ("fieldSelector", fields)) if v}
        headers = {"Accept": METADATA_ONLY} if bare else {}
        answer = await self._send("GET", path_of(resource, namespace), params=params, headers=headers)
        return list(decoded(answer).get("items") or [])

    async def read(self, resource: str, name: str, namespace: str | None = None) -> Json | None:
        """Return one object, or None where there is none."""
        try:
            return await self.get(path_of(resource, namespace, name))
        except KubeProblem as problem:
            if problem.status == NOT_FOUND:
                return None
            raise

    async def create(self, resource: str, body: Json, namespace: str | None = None) -> Json:
        """Create an object and return it as stored; KubeProblem with status 409 where it exists."""
        return decoded(await self._send("POST", path_of(resource, namespace), json=body))

    async def patch(self, resource: str, name: str, change: Json, namespace: str | None = None) -> Json:
        """Apply a JSON merge patch and return the object."""
        headers = {"Content-Type": MERGE_PATCH}
        path = path_of(resource, namespace, name)
        return decoded(await self._send("PATCH", path, content=json.dumps(change).encode(), headers=headers))

    async def delete(self, resource: str, name: str, namespace: str | None = None) -> bool:
        """Delete an object in the background; False where there was none."""
        try:
            body = {"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Background"}
            await self._send("DELETE", path_of(resource, namespace, name), json=body)
        except KubeProblem as problem:
            if problem.status == NOT_FOUND:
                return False
            raise
        return True

    async def logs(self, namespace: str, pod: str, container: str = "", *, previous: bool = False, lines: int = 20) -> str:
        """Return the last `lines` lines of a container's log; empty where there is none (yet)."""
        options = {"tailLines": str(lines), "container": container, "previous": "true" if previous else ""}
        params = {name: value for name, value in options.items() if value}
        try:
            return (await self._send("GET", path_of("pods", namespace, pod) + "/log", params=params)).text
        except KubeProblem as problem:
            if problem.status in {400, NOT_FOUND, 500}:  # the container has not started, or its log is gone
                return ""
            raise

    async def service(self, namespace: str, name: str, path: str) -> Json:
        """GET a path of a Service (`name` or `name:port`) through the API server's proxy."""
        return decoded(await self._send("GET", f"{path_of('services', namespace, name)}/proxy/{path.lstrip('/')}"))

    async def execute(self, namespace: str, pod: str, container: str, command: Sequence[str]) -> str:
        """Run a command in a container and return what it printed. Raises EnvironmentProblem where that can't be done."""
        from obsdeploy.cluster.execute import Container, execute

        return await asyncio.to_thread(execute, self._access(), Container(namespace, pod, container), command)

    async def attach(self, namespace: str, pod: str, container: str, command: Sequence[str]) -> Attached:
        """Start a command in a container as a pipe of bytes. Raises EnvironmentProblem where that can't be done."""
        from obsdeploy.cluster.execute import Container, attach

        return await asyncio.to_thread(attach, self._access(), Container(namespace, pod, container), command)

    def _access(self) -> Access:
        from obsdeploy.cluster.execute import Access

        headers = {name: value for name, value in self._http.headers.items() if name == "authorization"}
        tls = _tls(self.login, self._official) if self.login.server.startswith("https:") else None
        return Access(self.login.server, headers, tls)

    async def allowed(self, verb: str, resource: str, namespace: str | None = None) -> bool:
        """Whether these credentials may `verb` the resource (`pods`, `pods/portforward`, …) in the namespace or cluster."""
        plural, _, sub = resource.partition("/")
        wanted = {"verb": verb, "resource": plural, "subresource": sub, "group": GROUP_OF[plural], "namespace": namespace or ""}
        spec = {"resourceAttributes": wanted}
        review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": spec}
        return bool((await self.create("selfsubjectaccessreviews", review))["status"].get("allowed"))

    async def open_port(self, namespace: str, pod: str, port: int) -> socket.socket:
        """Connect to a port inside a pod: one TCP stream through the API server, as a socket to read, write and close.

        Each call is one connection. Raises KubeProblem where the pod or the API server refuses.
        """
        if self._official is None:
            self._official = await asyncio.to_thread(Official, self._kubeconfig, self.login.context)
        return await asyncio.to_thread(self._official.open_port, namespace, pod, port)

    async def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        name = self.login.cluster.get("tls-server-name")
        extensions = {"sni_hostname": name} if name else None
        try:
            answer = await self._http.request(method, path, extensions=extensions, **options)
            if answer.status_code == UNAUTHORIZED and self.login.dynamic:  # a plugin's token lasts for minutes
                self._official = await asyncio.to_thread(Official, self._kubeconfig, self.login.context)
                self._http.headers.update(self._official.headers())
                answer = await self._http.request(method, path, extensions=extensions, **options)
        except httpx.HTTPError as error:
            raise silence(self.login.server, self.login.context, error) from error
        if answer.is_success:
            return answer
        raise refusal(answer, self.login.context)


def _client(login: Login, official: Official | None) -> httpx.AsyncClient:
    headers = official.headers() if official else login.headers()
    tls = _tls(login, official) if login.server.startswith("https:") else False
    try:
        return httpx.AsyncClient(
            base_url=login.server,
            headers=headers,
            verify=tls,
            timeout=httpx.Timeout(15, connect=5),
            limits=httpx.Limits(max_connections=8),
            trust_env="proxy-url" not in login.cluster,
            proxy=login.cluster.get("proxy-url"),
        )
    except ImportError as error:
        raise login.problem("obsdeploy knows no SOCKS proxies, and proxy-url or the environment names one") from error
    except (httpx.InvalidURL, ValueError, TypeError, AttributeError) as error:  # httpx lets out what its parsers trip over
        named = "server or proxy-url" if "proxy-url" in login.cluster else "server, or the environment's proxy,"
        raise login.problem(f"its {named} is no URL") from error


def _tls(login: Login, official: Official | None) -> ssl.SSLContext:
    context = login.tls()
    if official and (files := official.certificate()):
        context.load_cert_chain(*files)
    return context
