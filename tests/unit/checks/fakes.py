"""A stack that is well, in memory: checks run against it through their Protocols, and tests break one thing of it at a time."""

from __future__ import annotations

import base64
import copy
import gzip
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from obsdeploy.checks.context import Context
from obsdeploy.kafka.channel import Dial, Pipe

Json = Any
NOW = 1_800_000_000.0
"""The moment at which everything happens, in epoch seconds."""

RULES_HASH = "5f2b" * 16


def stamp(seconds_ago: float) -> str:
    """A time as Prometheus and Kubernetes write it."""
    return datetime.fromtimestamp(NOW - seconds_ago, UTC).isoformat().replace("+00:00", "Z")


def named(name: str, namespace: str | None = "monitoring", labels: Mapping[str, str] | None = None, **parts: Json) -> Json:
    """An object of the Kubernetes API."""
    meta: Json = {"name": name, "labels": dict(labels or {}), "annotations": {}, "generation": 1}
    return {"metadata": meta | ({"namespace": namespace} if namespace else {}), **parts}


@dataclass
class FakeKube:
    """Objects by resource, logs by (pod, previous), answers of Services by path. What is patched is kept."""

    objects: dict[str, list[Json]] = field(default_factory=dict)
    documents: dict[str, Json] = field(default_factory=dict)
    log: dict[tuple[str, bool], str] = field(default_factory=dict)
    services: dict[str, Json] = field(default_factory=dict)
    patched: list[tuple[str, str, Json]] = field(default_factory=list)
    broken: dict[str, Exception] = field(default_factory=dict)
    services_by_prefix: dict[str, Json] = field(default_factory=dict)
    executed: list[tuple[str, str, str]] = field(default_factory=list)
    attached: Dial | None = None

    async def get(self, path: str, **params: str) -> Json:
        if path in self.broken:
            raise self.broken[path]
        return self.documents[path]

    async def list(
        self, resource: str, namespace: str | None = None, *, labels: str = "", fields: str = "", bare: bool = False
    ) -> list[Json]:
        if resource in self.broken:
            raise self.broken[resource]
        return [
            copy.deepcopy({"metadata": one["metadata"]} if bare else one)
            for one in self.objects.get(resource, [])
            if namespace in (None, one["metadata"].get("namespace")) and _labelled(one, labels) and _with_fields(one, fields)
        ]

    async def read(self, resource: str, name: str, namespace: str | None = None) -> Json | None:
        return next((one for one in await self.list(resource, namespace) if one["metadata"]["name"] == name), None)

    async def patch(self, resource: str, name: str, change: Json, namespace: str | None = None) -> Json:
        self.patched.append((resource, name, change))
        return await self.read(resource, name, namespace)

    async def logs(self, namespace: str, pod: str, container: str = "", *, previous: bool = False, lines: int = 20) -> str:
        return self.log.get((pod, previous), "")

    async def execute(self, namespace: str, pod: str, container: str, command: Sequence[str]) -> str:
        if "execute" in self.broken:
            raise self.broken["execute"]
        self.executed.append((pod, container, command[-1]))
        return ""

    async def attach(self, namespace: str, pod: str, container: str, command: Sequence[str]) -> Pipe:
        self.executed.append((pod, container, " ".join(command[-2:])))
        if self.attached is None:
            raise self.broken["attach"]
        return await self.attached(command[-2], int(command[-1]))

    async def service(self, namespace: str, name: str, path: str) -> Json:
        bare = path.partition("?")[0]
        if bare in self.broken:
            raise self.broken[bare]
        return self.services_by_prefix[bare] if bare in self.services_by_prefix else self.services[path]

    def one(self, resource: str, name: str) -> Json:
        """The stored object itself, for a test to break."""
        return next(one for one in self.objects[resource] if one["metadata"]["name"] == name)

    def remove(self, resource: str, name: str) -> None:
        self.objects[resource].remove(self.one(resource, name))


@dataclass
class FakePrometheus:
    """Answers by API path, and vectors by query; a query nobody foresaw is an error, so that no test passes by accident."""

    data: dict[str, Json] = field(default_factory=dict)
    vectors: dict[str, list[Json]] = field(default_factory=dict)
    guess: Callable[[str], list[Json] | None] = lambda query: None
    is_ready: bool = True
    reloads: int = 0

    async def get(self, path: str, **params: str | Sequence[str]) -> Json:
        key = (
            f"{path}?{params['metric']}" if "metric" in params else f"{path}?{params['match[]']}" if "match[]" in params else path
        )
        return self.data[key]() if callable(self.data[key]) else self.data[key]

    async def query(self, expression: str, at: float | None = None) -> list[Json]:
        if expression in self.vectors:
            return self.vectors[expression]
        guessed = self.guess(expression)
        assert guessed is not None, f"nobody foresaw the query {expression}"
        return guessed

    async def ready(self) -> bool:
        return self.is_ready

    async def reload(self) -> bool:
        self.reloads += 1
        return True


@dataclass
class FakeGrafana:
    """Answers by API path (an exception is raised), and results of queries by their expression."""

    answers: dict[str, Json] = field(default_factory=dict)
    results: dict[str, Json] = field(default_factory=dict)
    otherwise: Json = None
    user: str = "admin"
    password: str = "a password"
    logins: list[tuple[str, str]] = field(default_factory=list)
    accounts: dict[str, str] = field(default_factory=dict)
    asked: list[Json] = field(default_factory=list)

    async def get(self, path: str) -> Json:
        answer = self.answers[path if path in self.answers else path.partition("?")[0]]
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def query(self, queries: Sequence[Json], start: float, end: float) -> Mapping[str, Json]:
        self.asked += queries
        return {one["refId"]: self.results.get(one["expr"], self.otherwise) for one in queries}

    async def accepts(self, user: str, password: str) -> bool:
        self.logins.append((user, password))
        return self.accounts.get(user) == password

    def has_password(self, password: str) -> bool:
        return self.password == password


@dataclass
class Stack:
    """The three servers of a stack, and the context through which checks see them."""

    kube: FakeKube
    prometheus: FakePrometheus
    grafana: FakeGrafana

    @property
    def context(self) -> Context:
        async def prometheus() -> FakePrometheus:
            return self.prometheus

        async def grafana() -> FakeGrafana:
            return self.grafana

        return Context(self.kube, prometheus, grafana, clock=lambda: NOW)

    def expect(self, **changes: Json) -> None:
        """Change what the release says of itself."""
        data = self.kube.one("configmaps", "obs-release")["data"]
        data["expected.json"] = json.dumps(json.loads(data["expected.json"]) | changes)

    def promise(self, uid: str, panels: Json) -> None:
        """Set what a dashboard's panels promise."""
        data = self.kube.one("configmaps", "obs-release")["data"]
        data["expectations.json"] = json.dumps(json.loads(data["expectations.json"]) | {uid: panels})


def sample(value: float, **labels: str) -> Json:
    return {"metric": labels, "value": [NOW, str(value)]}


def record(
    status: str = "deployed",
    version: int = 1,
    manifest: str = "",
    name: str = "obs",
    namespace: str = "monitoring",
    *,
    ago: float = 3600,
) -> Json:
    """A release as Helm keeps it in a Secret."""
    body = {
        "version": version,
        "info": {"status": status, "description": "Upgrade complete", "last_deployed": stamp(ago)},
        "chart": {"metadata": {"name": "obs-stack", "version": "0.1.0"}},
        "manifest": manifest,
    }
    packed = base64.b64encode(base64.b64encode(gzip.compress(json.dumps(body).encode()))).decode()
    labels = {"owner": "helm", "name": name, "version": str(version)}
    return named(f"sh.helm.release.v1.{name}.v{version}", namespace, labels, data={"release": packed})


def _labelled(one: Json, labels: str) -> bool:
    wanted = dict(pair.split("=", 1) for pair in labels.split(",") if pair)
    there: dict[str, str] = one["metadata"].get("labels", {})
    return wanted.items() <= there.items()


def _with_fields(one: Json, fields: str) -> bool:
    for pair in filter(None, fields.split(",")):
        path, _, value = pair.partition("=")
        place = one
        for step in path.split("."):
            place = place.get(step, {})
        if place != value:
            return False
    return True
