"""Interrupted at any moment, the same command goes on: during an upgrade, and stuck in pending."""

from __future__ import annotations

import base64
import gzip
import json
import os
import signal
from datetime import UTC, datetime
from typing import Any

from tests.e2e.interrupting import children, interrupted
from tests.e2e.machine import Machine


def helm(pid: int) -> list[int]:
    """Its child that is helm upgrading the stack, if it has come that far."""
    return [child for child, line in children(pid).items() if " upgrade obs " in line]


def upgrading(pid: int) -> bool:
    """Whether helm is upgrading the stack for it."""
    return bool(helm(pid))


def killed_half_way(stack: Machine, pid: int) -> bool:
    """Kill its helm if that has written that it upgrades, and not yet that it has. It stands still while that is looked at."""
    for child in helm(pid):
        os.kill(child, signal.SIGSTOP)
        labels = "owner=helm,name=obs,status=pending-upgrade"
        pending = stack.kubectl("get", "secrets", "-n", "monitoring", "-l", labels, "-o", "name")
        os.kill(child, signal.SIGKILL if pending else signal.SIGCONT)
        return bool(pending)
    return False


def test_ctrl_c_during_an_upgrade(stack: Machine) -> None:
    process = stack.start("up", "--demo", *stack.charts_and_images)
    stack.comes_to(process, lambda: upgrading(process.pid), "helm upgrade was never started")
    process.send_signal(signal.SIGINT)
    interrupted(stack.ended(process, 60))
    again = stack.run("up", "--demo", *stack.charts_and_images)
    assert again.returncode == 0, again.stderr + again.stdout
    status = json.loads(stack.run("status", "-o", "json").stdout)
    assert {one["status"] for one in status["releases"]} == {"deployed"}


def test_a_helm_that_was_killed_does_not_lock_the_next_run_out(stack: Machine) -> None:
    process = stack.start("up", "--demo", *stack.charts_and_images)
    stack.comes_to(process, lambda: killed_half_way(stack, process.pid), "helm upgrade was never pending")
    failed = stack.ended(process, 60)
    assert failed.returncode == 3, failed.stderr
    again = stack.run("up", "--demo", *stack.charts_and_images)
    assert again.returncode == 0, again.stderr + again.stdout
    assert "release obs had been left pending-upgrade" in " ".join(again.stdout.split())


def leave_pending(stack: Machine) -> int:
    """Leave the record of an upgrade that was killed: what `helm upgrade` writes before it starts."""
    records = stack.object("secrets", "-n", "monitoring", "-l", "owner=helm,name=obs")["items"]
    newest = max(records, key=lambda one: int(one["metadata"]["labels"]["version"]))
    number = int(newest["metadata"]["labels"]["version"]) + 1
    release: dict[str, Any] = json.loads(gzip.decompress(base64.b64decode(base64.b64decode(newest["data"]["release"]))))
    release["version"] = number
    now = datetime.now(UTC).isoformat()
    release["info"] |= {"status": "pending-upgrade", "description": "Preparing upgrade", "last_deployed": now}
    encoded = base64.b64encode(base64.b64encode(gzip.compress(json.dumps(release).encode()))).decode()
    record = {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": newest["type"],
        "metadata": {
            "name": f"sh.helm.release.v1.obs.v{number}",
            "namespace": "monitoring",
            "labels": {**newest["metadata"]["labels"], "status": "pending-upgrade", "version": str(number)},
        },
        "data": {"release": encoded},
    }
    stack.kubectl("create", "-f", "-", stdin=json.dumps(record))
    return number


def test_a_release_stuck_in_pending_is_mended_by_the_run_after_and_left_alone_by_others(stack: Machine) -> None:
    number = leave_pending(stack)
    # Nothing of this machine was interrupted: an upgrade of just now may be a colleague's.
    refused = stack.run("up", "--demo", *stack.charts_and_images)
    assert refused.returncode == 3, refused.stderr
    assert "release obs is pending-upgrade since" in refused.stderr
    # The mark that a killed run leaves behind.
    (stack.home / "data" / "obsdeploy" / f"{stack.context}.lock").write_text("1")
    mended = stack.run("up", "--demo", *stack.charts_and_images)
    assert mended.returncode == 0, mended.stderr + mended.stdout
    said = " ".join(mended.stdout.split())
    assert f"release obs had been left pending-upgrade (revision {number}) by an interrupted run: mended" in said
