"""A real HTTP server that answers like a Kubernetes API server, as far as preflight asks."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

DEFAULT_CLASS = {"metadata": {"name": "standard", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}}}
EVERYTHING_ALLOWED: frozenset[tuple[str, str]] = frozenset()


class ApiServer:
    """Serves `objects` (API path → document); `denied` are (verb, resource) pairs; `status` overrides every answer's status."""

    def __init__(self) -> None:
        self.objects: dict[str, Any] = {
            "/version": {"gitVersion": "v1.36.3"},
            "/apis/storage.k8s.io/v1/storageclasses": {"items": [DEFAULT_CLASS]},
            "/api/v1/namespaces/monitoring": {"metadata": {"name": "monitoring"}},
        }
        self.denied = EVERYTHING_ALLOWED
        self.status = 0
        self.writes: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        if self.status:
            return self.status, {"kind": "Status", "message": "Unauthorized" if self.status == 401 else "refused"}
        if path.endswith("/selfsubjectaccessreviews"):
            wanted = body["spec"]["resourceAttributes"]
            return 201, {"status": {"allowed": (wanted["verb"], wanted["resource"]) not in self.denied}}
        if method != "GET":
            self.writes.append(f"{method} {path}")
            return 403, {"kind": "Status", "message": "this server is for looking only"}
        if path in self.objects:
            return 200, self.objects[path]
        if path.rsplit("/", 1)[-1] in COLLECTIONS:
            return 200, {"items": []}
        return 404, {"kind": "Status", "message": f"{path} not found"}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _serve(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length)) if length else None
                status, document = server.answer(self.command, urlsplit(self.path).path, body)
                data = json.dumps(document).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_PATCH = do_DELETE = _serve

            def log_message(self, *_: object) -> None:
                """Stay silent."""

        return Handler


COLLECTIONS = {"services", "deployments", "statefulsets", "daemonsets", "storageclasses", "secrets", "pods", "nodes", "events"}
