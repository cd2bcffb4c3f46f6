"""A cluster that is a dictionary, behind the pipeline's own Protocol."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from obsdeploy.pipeline.progress import Step


class FakeCluster:
    """Objects by (resource, namespace or "", name); lists filter by namespace alone."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str, str], Any] = {}
        self.calls: list[tuple[str, str, str, str]] = []

    def put(self, resource: str, name: str, namespace: str = "", **fields: Any) -> None:
        metadata = {"name": name, **({"namespace": namespace} if namespace else {}), **fields.pop("metadata", {})}
        self.objects[resource, namespace, name] = {"metadata": metadata, **fields}

    def names(self, resource: str) -> set[str]:
        return {name for kind, _, name in self.objects if kind == resource}

    async def get(self, path: str, **params: str) -> Any:
        return {"gitVersion": "v1.36.3"} if path == "/version" else "ok"

    async def list(self, resource: str, namespace: str | None = None, *, labels: str = "", fields: str = "") -> list[Any]:
        return [
            copy.deepcopy(one)
            for (kind, where, _), one in self.objects.items()
            if kind == resource and namespace in {None, where}
        ]

    async def read(self, resource: str, name: str, namespace: str | None = None) -> Any | None:
        return copy.deepcopy(self.objects.get((resource, namespace or "", name)))

    async def create(self, resource: str, body: Any, namespace: str | None = None) -> Any:
        self.calls.append(("create", resource, namespace or "", body["metadata"]["name"]))
        self.objects[resource, namespace or "", body["metadata"]["name"]] = body
        return body

    async def patch(self, resource: str, name: str, change: Any, namespace: str | None = None) -> Any:
        self.calls.append(("patch", resource, namespace or "", name))
        self.objects[resource, namespace or "", name].update(change)
        return self.objects[resource, namespace or "", name]

    async def delete(self, resource: str, name: str, namespace: str | None = None) -> bool:
        self.calls.append(("delete", resource, namespace or "", name))
        return self.objects.pop((resource, namespace or "", name), None) is not None

    async def allowed(self, verb: str, resource: str, namespace: str | None = None) -> bool:
        return True


class Recorder:
    """An observer that keeps what it is told."""

    def __init__(self) -> None:
        self.events: list[tuple[str, ...]] = []

    def started(self, step: Step) -> None:
        self.events.append(("started", step.id))

    def waiting(self, step: Step, reasons: tuple[str, ...]) -> None:
        self.events.append(("waiting", step.id, *reasons))

    def finished(self, step: Step, summary: str, seconds: float) -> None:
        self.events.append(("finished", step.id, summary))

    def failed(self, step: Step, summary: str, seconds: float) -> None:
        self.events.append(("failed", step.id, summary))

    def note(self, text: str) -> None:
        self.events.append(("note", text))


@pytest.fixture
def cluster() -> FakeCluster:
    """An empty cluster."""
    return FakeCluster()


@pytest.fixture
def observer() -> Recorder:
    """An observer to look into."""
    return Recorder()
