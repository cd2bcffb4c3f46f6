"""Interrupted while the cluster is made: the same command makes it anew."""

from __future__ import annotations

import os
import signal
import subprocess
from typing import Any

import pytest

from tests.e2e.interrupting import creating, interrupted
from tests.e2e.machine import Machine

NO_NODE = "the node's container never came"


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
