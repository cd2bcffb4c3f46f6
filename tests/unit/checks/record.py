"""Records what a live demo answers to `verify`: `python -m tests.unit.checks.record KUBECONFIG PROMETHEUS_URL GRAFANA_URL`."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import re
import sys
from pathlib import Path
from typing import Any

import httpx

from obsdeploy.checks.catalogue import catalogue
from obsdeploy.checks.model import Silent
from obsdeploy.checks.runner import run
from obsdeploy.cluster.kube import Kube
from obsdeploy.report.text import render
from tests.unit.checks.replay import GRAFANA, KUBE, PROMETHEUS, RECORDING, context_of, question

TIME = "query=time%28%29"
NEEDED = re.compile(r"^kind: (Deployment|StatefulSet|DaemonSet|PersistentVolumeClaim)$", re.MULTILINE)


class Recording(httpx.AsyncBaseTransport):
    """Passes requests on to the live servers and keeps their answers."""

    def __init__(self, live: dict[str, httpx.AsyncClient]) -> None:
        self.live = live
        self.answers: dict[str, Any] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if (asked := question(request)).endswith(TIME) and asked in self.answers:
            # One moment for the whole recording: what is asked later depends on it.
            return httpx.Response(200, json=self.answers[asked])
        client = self.live[f"{request.url.scheme}://{request.url.host}"]
        passed_on = {k: v for k, v in request.headers.items() if k in ("authorization", "content-type", "accept")}
        answer = await client.request(request.method, request.url.raw_path.decode(), content=request.content, headers=passed_on)
        try:
            body = answer.json()
        except ValueError:
            body = answer.text
        if answer.is_success:
            self.answers[asked] = slim(body)
        return httpx.Response(answer.status_code, json=body)


def slim(body: Any) -> Any:
    """Leave out of a Helm record all that no check reads: it is most of the recording."""
    if not (isinstance(body, dict) and str(body.get("type", "")).startswith("helm.sh/")):
        return body
    record = json.loads(gzip.decompress(base64.b64decode(base64.b64decode(body["data"]["release"]))))
    documents = [text for text in record["manifest"].split("\n---") if NEEDED.search(text)]
    kept = {"version": record["version"], "info": record["info"], "chart": {"metadata": record["chart"]["metadata"]}}
    kept |= {"manifest": "\n---".join(["", *documents])}
    kept["info"].pop("notes", None)
    packed = gzip.compress(json.dumps(kept).encode(), mtime=0)
    return body | {"data": {"release": base64.b64encode(base64.b64encode(packed)).decode()}}


async def main(kubeconfig: str, prometheus: str, grafana: str) -> str:
    """Run all checks once and write what was asked and answered. Returns the report."""
    async with await Kube.connect(Path(kubeconfig)) as kube:
        live = {
            KUBE: kube._http,
            PROMETHEUS: httpx.AsyncClient(base_url=prometheus),
            GRAFANA: httpx.AsyncClient(base_url=grafana),
        }
        recording = Recording(live)
        context = context_of(recording, "admin")
        report = await run(await catalogue(context), context, Silent())
    if report.passed:
        text = json.dumps(recording.answers, sort_keys=True).encode()
        RECORDING.write_bytes(gzip.compress(text, mtime=0))
    return render(report)


if __name__ == "__main__":
    sys.stdout.write(asyncio.run(main(*sys.argv[1:])))
