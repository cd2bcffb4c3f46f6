"""A recorded back end: what a live demo's three servers really answered to `verify`, told again to the same questions.

Record anew after a change of what is asked: `python -m tests.unit.checks.record KUBECONFIG` on a demo that is well.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from obsdeploy.checks.context import Context
from obsdeploy.cluster.kube import Kube
from obsdeploy.cluster.kubeconfig import Login
from obsdeploy.grafana import Grafana
from obsdeploy.prometheus import Prometheus

Json = Any
RECORDING = Path(__file__).parents[2] / "fixtures" / "verify" / "demo.json.gz"
KUBE, PROMETHEUS, GRAFANA = "https://kube", "http://prometheus", "http://grafana"


def question(request: httpx.Request) -> str:
    """What tells one request from another."""
    bare = "bare " if "PartialObjectMetadata" in request.headers.get("accept", "") else ""
    return f"{bare}{request.method} {request.url} {request.content.decode()}".strip()


class Replay(httpx.AsyncBaseTransport):
    """Answers as recorded; a question that was never asked is an error, so that no test passes by accident."""

    def __init__(self) -> None:
        self.answers: dict[str, Json] = json.loads(gzip.decompress(RECORDING.read_bytes()))
        self.statuses: dict[str, int] = {}
        self.others: list[tuple[str, Json]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        asked = question(request)
        for part, answer in self.others:
            if part in asked:
                return httpx.Response(200, json=answer)
        status = next((code for part, code in self.statuses.items() if part in asked), 200)
        if status != 200:
            return httpx.Response(status, json={"message": f"refused with {status}"})
        assert asked in self.answers, f"never asked when this was recorded: {asked[:300]}"
        return httpx.Response(200, json=self.answers[asked])

    def change(self, part: str, edit: Callable[[Json], Json]) -> None:
        """Replace the answers to every question that holds `part` by what `edit` makes of them."""
        hit = [asked for asked in self.answers if part in asked]
        assert hit, f"nothing recorded holds {part}"
        for asked in hit:
            self.answers[asked] = edit(self.answers[asked])

    def answer(self, part: str, answer: Json) -> None:
        """Answer every question that holds `part` with this, recorded or not."""
        self.others.insert(0, (part, answer))

    def context(self) -> Context:
        """See the recorded servers as checks see live ones."""
        return context_of(self, "admin")


def context_of(transport: httpx.AsyncBaseTransport, password: str) -> Context:
    """Make a context whose three clients speak through `transport`."""
    kube = Kube(Login("lab", KUBE, {}, {}, Path()), httpx.AsyncClient(base_url=KUBE, transport=transport))

    async def prometheus() -> Prometheus:
        return Prometheus(PROMETHEUS, transport)

    async def grafana() -> Grafana:
        return Grafana(GRAFANA, "admin", password, transport)

    return Context(kube, prometheus, grafana)
