"""Breaks on the live demo, each taken back at its end, and what `verify` finds of them."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from typing import Any

from tests.e2e.machine import Machine, eventually

Json = Any
Checks = dict[str, Json]
LONG = 120.0


def verify(stack: Machine, *options: str) -> Checks:
    """Run `verify` once and return its checks by id; every run must at least give a report."""
    done = stack.run("verify", "-o", "json", *options)
    assert done.returncode in (0, 1), done.stderr
    return {one["id"]: one for one in json.loads(done.stdout)["checks"]}


class Findings(dict[str, str]):
    """What a check found, by subject; without one that a test wants, it says what there is instead."""

    def __missing__(self, subject: str) -> str:
        raise AssertionError(f"nothing about {subject}; findings are {json.dumps(self, indent=1, ensure_ascii=False)}")


def findings(check: Json, status: str = "failed") -> Findings:
    return Findings({one["subject"]: one["summary"] for one in check["findings"] if one["status"] == status})


def until(stack: Machine, wanted: Callable[[Checks], bool], *options: str) -> Checks:
    """Verify until the report is as wanted."""
    last: list[Checks] = []

    def look() -> bool:
        last[:] = [verify(stack, *options)]
        return wanted(last[0])

    with contextlib.suppress(AssertionError):
        eventually(look, LONG, "")
    return last[0]


@contextlib.contextmanager
def changed(stack: Machine, namespace: str, kind: str, name: str, change: Json) -> Iterator[None]:
    """Patch an object, and put it back as it was."""
    before = stack.object("-n", namespace, kind, name)
    stack.kubectl("-n", namespace, "patch", kind, name, "--type=merge", "-p", json.dumps(change))
    try:
        yield
    finally:
        restore(stack, before, change)


def added_by(change: Json, before: Json) -> Json:
    """The patch that takes out again what a merge patch added."""
    found: Json = {}
    for key, value in change.items():
        if key not in before:
            found[key] = None
        elif isinstance(value, dict) and (inner := added_by(value, before[key])):
            found[key] = inner
    return found


def restore(stack: Machine, before: Json, change: Json) -> None:
    # As Helm would, so that every field is Helm's own again and the next upgrade finds nobody else's hand on it.
    if added := added_by(change, before):
        kind, meta = before["kind"], before["metadata"]
        stack.kubectl("-n", meta["namespace"], "patch", kind, meta["name"], "--type=merge", "-p", json.dumps(added))
    apply = ("apply", "--server-side", "--field-manager=helm", "--force-conflicts", "-f", "-")
    stack.kubectl(*apply, stdin=json.dumps(plain(before)))


def plain(found: Json) -> Json:
    """An object without what the API server alone writes."""
    meta = {key: found["metadata"][key] for key in ("name", "namespace", "labels", "annotations") if key in found["metadata"]}
    return {key: value for key, value in found.items() if key != "status"} | {"metadata": meta}


@contextlib.contextmanager
def deleted(stack: Machine, namespace: str, kind: str, name: str) -> Iterator[None]:
    before = stack.object("-n", namespace, kind, name)
    stack.kubectl("-n", namespace, "delete", kind, name)
    try:
        yield
    finally:
        stack.kubectl("create", "-f", "-", stdin=json.dumps(plain(before)))


def scaled_down(stack: Machine, namespace: str, kind: str, name: str) -> contextlib.AbstractContextManager[None]:
    return changed(stack, namespace, kind, name, {"spec": {"replicas": 0}})


@contextlib.contextmanager
def with_image(stack: Machine, namespace: str, deployment: str, image: str) -> Iterator[None]:
    before = stack.object("-n", namespace, "deployment", deployment)
    container = before["spec"]["template"]["spec"]["containers"][0]["name"]
    stack.kubectl("-n", namespace, "set", "image", f"deployment/{deployment}", f"{container}={image}")
    try:
        yield
    finally:
        restore(stack, before, {})
