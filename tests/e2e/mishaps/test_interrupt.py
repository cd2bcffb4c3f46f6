"""Interrupted at any moment, the same command goes on: during an upgrade, stuck in pending, and while the cluster is made."""

from __future__ import annotations

import base64
import gzip
import json
import os
import signal
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.machine import Done, Machine

RESUME = "hint: Nothing is lost: run the same command again and it goes on from here."
NO_NODE = "the node's container never came"


def children(pid: int) -> dict[int, str]:
    """Command lines of the processes that a process has started, by process id."""
    found = {}
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            command = Path(f"/proc/{child}/cmdline")
            if command.exists():
                found[int(child)] = command.read_bytes().replace(b"\0", b" ").decode()
    return found


def interrupted(done: Done) -> None:
    """It ended as what was interrupted ends, and says how to go on."""
    assert done.returncode == 130, done.stderr
    assert RESUME in done.stderr


def creating(pid: int) -> list[int]:
    """Its child that is `kind create cluster`, if it has come that far."""
    return [child for child, line in children(pid).items() if " create cluster " in line]


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


@pytest.fixture
def second(machine: Machine) -> Any:
    """The environment that makes commands work on a second cluster, which is gone at the end."""
    environment = {"OBSDEPLOY_KIND__NAME": f"{machine.cluster}-second"}
    yield environment
    machine.run("down", "--cluster", **environment)


def test_ctrl_c_while_the_cluster_is_made(machine: Machine, second: dict[str, str]) -> None:
    name = second["OBSDEPLOY_KIND__NAME"]
    node = f"{name}-control-plane"
    arguments = ("up", "--profile", "ci", *machine.charts_and_images)
    process = machine.start(*arguments, **second)
    machine.comes_to(process, lambda: bool(creating(process.pid)) and node in machine.containers(), NO_NODE)
    process.send_signal(signal.SIGINT)
    interrupted(machine.ended(process, 60))
    killed = machine.start(*arguments, **second)
    machine.comes_to(killed, lambda: bool(creating(killed.pid)) and node in machine.containers(), NO_NODE)
    for child in creating(killed.pid):
        os.kill(child, signal.SIGKILL)  # so hard that kind can clean nothing up
    failed = machine.ended(killed, 60)
    assert failed.returncode == 3, failed.stderr
    assert "kind could not create the cluster" in failed.stderr
    planned = machine.run(*arguments, "--dry-run", **second)
    assert f"kind-{name}: create anew (an interrupted creation left it half made)" in " ".join(planned.stdout.split())
    again = machine.start(*arguments, **second)
    line = first_line(again, "Cluster: kind-")
    assert line.startswith(f"Cluster: kind-{name}, Kubernetes v1.")  # it has been made, and answers
    again.send_signal(signal.SIGTERM)
    interrupted(machine.ended(again, 60))
    gone = machine.run("down", "--cluster", **second)
    assert (gone.returncode, node in machine.containers()) == (0, False), gone.stderr


def first_line(process: subprocess.Popen[str], start: str) -> str:
    """The first line of stderr that starts so."""
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        if line.startswith(start):
            return line
        said.append(line)
    raise AssertionError(f"it ended without saying '{start}':\n{''.join(said)}")
