"""A bucket for Loki: as much of S3 as Loki asks for, in a pod, kept in memory. It can be told to refuse."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.e2e.lines import NAMESPACE, pod
from tests.e2e.machine import Machine

Json = Any
NAME, PORT = "bucket", 9000
STORAGE = {
    "type": "s3",
    "s3": {
        "bucket": "my-logs",
        "endpoint": f"http://{NAME}.{NAMESPACE}.svc:{PORT}",
        "pathStyle": True,
        "accessKeySecret": {"name": NAME, "key": "id"},
        "secretKeySecret": {"name": NAME, "key": "secret"},
    },
}
# POST /refuse makes it refuse everything, POST /take no more.
_PROGRAM = r"""
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote

kept, refusing = {}, [True]

def problem(code):
    return f"<Error><Code>{code}</Code><Message>{code}.</Message></Error>".encode()

class Bucket(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def say(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in {"ETag": '"x"', "Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_GET(self):
        path, _, query = self.path.partition("?")
        data, key, asked = self.rfile.read(int(self.headers.get("Content-Length") or 0)), unquote(path), parse_qs(query)
        if self.command == "POST":
            refusing[0] = path == "/refuse"
            self.say(200)
        elif refusing[0]:
            self.say(403, problem("AccessDenied"))
        elif self.command == "PUT":
            kept[key] = data
            self.say(200)
        elif self.command == "DELETE":
            kept.pop(key, None)
            self.say(204)
        elif "list-type" in asked:
            self.say(200, listing(key.strip("/") + "/", asked.get("prefix", [""])[0], asked.get("delimiter", [""])[0]))
        elif key not in kept:
            self.say(404, problem("NoSuchKey"))
        elif span := self.headers.get("Range"):
            first, _, last = span.removeprefix("bytes=").partition("-")
            body = kept[key][int(first):int(last or len(kept[key])) + 1]
            self.say(206, body, **{"Content-Range": f"bytes {first}-{int(first) + len(body) - 1}/{len(kept[key])}"})
        else:
            self.say(200, kept[key])

    do_PUT = do_HEAD = do_DELETE = do_POST = do_GET

def listing(bucket, prefix, cut):
    names = [key.removeprefix("/" + bucket) for key in sorted(kept)]
    names = [name for name in names if name.startswith(prefix)]
    inside = {name: name[len(prefix):] for name in names}
    files = [name for name in names if not (cut and cut in inside[name])]
    folders = sorted({prefix + inside[name].split(cut)[0] + cut for name in names if cut and cut in inside[name]})
    at = "<LastModified>2026-01-01T00:00:00.000Z</LastModified>"
    said = "".join(f"<Contents><Key>{n}</Key>{at}<Size>{len(kept['/' + bucket + n])}</Size></Contents>" for n in files)
    said += "".join(f"<CommonPrefixes><Prefix>{name}</Prefix></CommonPrefixes>" for name in folders)
    return f"<ListBucketResult><IsTruncated>false</IsTruncated>{said}</ListBucketResult>".encode()

ThreadingHTTPServer(("", int(sys.argv[1])), Bucket).serve_forever()
"""


@contextmanager
def refusing_bucket(stack: Machine) -> Iterator[None]:
    """A bucket that refuses everything, and the Secret that `STORAGE` names."""
    made = pod(stack, NAME, _PROGRAM, str(PORT))
    made["spec"]["containers"][0]["readinessProbe"] = {"tcpSocket": {"port": PORT}, "periodSeconds": 1}
    meta = {"name": NAME, "namespace": NAMESPACE}
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": meta,
        "spec": {"selector": {"app": NAME}, "ports": [{"port": PORT}]},
    }
    stack.kubectl("apply", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": [made, service]}))
    keys = ("--from-literal=id=somebody", "--from-literal=secret=something")
    stack.kubectl("-n", "monitoring", "create", "secret", "generic", NAME, *keys)
    stack.kubectl("-n", NAMESPACE, "wait", "--for=condition=Ready", f"pod/{made['metadata']['name']}", "--timeout=60s")
    try:
        yield
    finally:
        stack.kubectl("-n", NAMESPACE, "delete", "pod", "-l", f"app={NAME}", "--wait=false")
        stack.kubectl("-n", NAMESPACE, "delete", "service", NAME)
        stack.kubectl("-n", "monitoring", "delete", "secret", NAME)


def told_to(stack: Machine, what: str) -> None:
    """Tell the bucket to `refuse`, or to `take` what comes."""
    stack.kubectl("create", "--raw", f"/api/v1/namespaces/{NAMESPACE}/services/{NAME}:{PORT}/proxy/{what}", "-f", "-", stdin="{}")


def gone(stack: Machine) -> None:
    """Take its pod away, and with it every connection: nothing listens there any more."""
    stack.kubectl("-n", NAMESPACE, "delete", "pod", "-l", f"app={NAME}")


def flush(stack: Machine) -> None:
    """Have Loki bring to its bucket what it holds; it does not wait for that."""
    stack.kubectl("create", "--raw", "/api/v1/namespaces/monitoring/services/loki:3100/proxy/flush", "-f", "-", stdin="{}")
