"""The Kubernetes API, and the only importer of `kubernetes` (for log-ins by plugin and for port-forwards)."""

from __future__ import annotations

import asyncio
import json
import socket
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from obsdeploy.cluster.kubeconfig import Login, read_login
from obsdeploy.cluster.resources import GROUP_OF, path_of
from obsdeploy.errors import EnvironmentProblem

Json = Any
NOT_FOUND, CONFLICT, UNAUTHORIZED, FORBIDDEN = 404, 409, 401, 403
METADATA_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
MERGE_PATCH = "application/merge-patch+json"


class KubeProblem(EnvironmentProblem):
    """The API server gave no good answer. `status` is its HTTP status, 0 where it did not answer at all."""

    def __init__(self, message: str, *, hint: str, status: int = 0) -> None:
        super().__init__(message, hint=hint)
        self.status = status


class Kube:
    """A connection to one cluster. Objects are decoded JSON, as `kubectl -o json` prints them; see `resources.py` for names.

    Every method raises KubeProblem when there is no good answer: unreachable, credentials refused, a permission missing.
    """

    def __init__(self, login: Login, http: httpx.AsyncClient, kubeconfig: Path | None = None) -> None:
        self.login = login
        self._http = http
        self._kubeconfig = kubeconfig
        self._official: Any = None

    @classmethod
    async def connect(cls, kubeconfig: Path | None = None, context: str | None = None) -> Self:
        """Read the kubeconfig and log in. Nothing is sent yet, but for what an exec plugin sends."""
        login = read_login(kubeconfig, context)
        headers = await asyncio.to_thread(_plugin_headers, kubeconfig, login.context) if login.dynamic else login.headers()
        http = httpx.AsyncClient(
            base_url=login.server,
            headers=headers,
            verify=login.tls() if login.server.startswith("https:") else False,
            timeout=httpx.Timeout(15, connect=5),
            limits=httpx.Limits(max_connections=8),
            trust_env="proxy-url" not in login.cluster,
            proxy=login.cluster.get("proxy-url"),
        )
        return cls(login, http, kubeconfig)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def get(self, path: str, **params: str) -> Json:
        """GET an API path: decoded JSON, or text where it is none."""
        return _decoded(await self._send("GET", path, params=params))

    async def list(
        self, resource: str, namespace: str | None = None, *, labels: str = "", fields: str = "", bare: bool = False
    ) -> list[Json]:
        """List objects of a resource by its plural name, in one namespace or (None) all of them; `bare`: only their metadata."""
        params = {k: v for k, v in (("labelSelector", labels), ("fieldSelector", fields)) if v}
        headers = {"Accept": METADATA_ONLY} if bare else {}
        answer = await self._send("GET", path_of(resource, namespace), params=params, headers=headers)
        return list(_decoded(answer).get("items") or [])

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
        return _decoded(await self._send("POST", path_of(resource, namespace), json=body))

    async def patch(self, resource: str, name: str, change: Json, namespace: str | None = None) -> Json:
        """Apply a JSON merge patch and return the object."""
        headers = {"Content-Type": MERGE_PATCH}
        path = path_of(resource, namespace, name)
        return _decoded(await self._send("PATCH", path, content=json.dumps(change).encode(), headers=headers))

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
        return _decoded(await self._send("GET", f"{path_of('services', namespace, name)}/proxy/{path.lstrip('/')}"))

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
            self._official = await asyncio.to_thread(_official_client, self._kubeconfig, self.login.context)
        return await asyncio.to_thread(_open_port, self._official, namespace, pod, port)

    async def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            answer = await self._http.request(method, path, **options)
        except httpx.HTTPError as error:
            why = str(error) or type(error).__name__
            raise KubeProblem(
                f"the API server {self.login.server} of context {self.login.context} does not answer: {why}",
                hint=f"See whether the cluster runs: kubectl --context {self.login.context} get nodes",
            ) from error
        if answer.is_success:
            return answer
        raise self._problem(answer, method, path)

    def _problem(self, answer: httpx.Response, method: str, path: str) -> KubeProblem:
        said = _message(answer)
        context = self.login.context
        if answer.status_code == UNAUTHORIZED:
            return KubeProblem(
                f"the API server refuses the credentials of context {context} (401): have they expired?",
                hint=f"Log in again, then see: kubectl --context {context} auth whoami",
                status=UNAUTHORIZED,
            )
        if answer.status_code == FORBIDDEN:
            hint = f"Ask the cluster's administrator for it. What there is: kubectl --context {context} auth can-i --list"
            return KubeProblem(f"a permission is missing: {said}", hint=hint, status=FORBIDDEN)
        return KubeProblem(
            f"{method} {path}: the API server answers {answer.status_code}: {said}",
            hint=f"See whether the cluster is healthy: kubectl --context {context} get --raw=/readyz?verbose",
            status=answer.status_code,
        )


def _decoded(answer: httpx.Response) -> Json:
    # A Service behind the proxy may call its JSON anything, so the content decides.
    try:
        return answer.json()
    except ValueError:
        return answer.text


def _message(answer: httpx.Response) -> str:
    found = _decoded(answer)
    return str(found.get("message", found)) if isinstance(found, dict) else str(found).strip()[:300]


def _plugin_headers(kubeconfig: Path | None, context: str) -> dict[str, str]:
    token = _official_client(kubeconfig, context).configuration.get_api_key_with_prefix("authorization")
    return {"Authorization": token} if token else {}


def _official_client(kubeconfig: Path | None, context: str) -> Any:
    from kubernetes import config

    try:
        return config.new_client_from_config(str(kubeconfig) if kubeconfig else None, context=context)  # type: ignore[no-untyped-call]
    except Exception as error:  # plugins fail in ways of their own
        hint = "Log in with the plugin's own tool first."
        raise KubeProblem(f"logging in to context {context} failed: {error}", hint=hint) from error


def _open_port(client: Any, namespace: str, pod: str, port: int) -> socket.socket:
    from kubernetes.client import CoreV1Api
    from kubernetes.stream import portforward

    try:
        forward = portforward(CoreV1Api(client).connect_get_namespaced_pod_portforward, pod, namespace, ports=str(port))
        opened: socket.socket = forward.socket(port)
    except Exception as error:  # the websocket library raises whatever the network does
        hint = f"See whether the pod runs: kubectl -n {namespace} get pod {pod}"
        raise KubeProblem(f"no connection to port {port} of pod {namespace}/{pod}: {error}", hint=hint) from error
    return opened
