"""A node that was stopped, as after a restart of the machine: `up` starts it, and the data is still there."""

from __future__ import annotations

import time

import httpx

from tests.e2e.machine import Machine


def oldest(stack: Machine, at: float) -> str:
    """How often Prometheus had scraped itself at that time."""
    answer = httpx.get(f"{stack.prometheus}/api/v1/query", params={"query": 'up{job="prometheus"}', "time": str(at)}).json()
    return str(answer["data"]["result"])


def test_data_and_password_survive_a_restart_of_the_node(stack: Machine) -> None:
    settled = stack.run("verify", "--wait", "1m", "--only", "prometheus")  # after whatever was broken before
    assert settled.returncode == 0, settled.stdout
    then = time.time() - 5
    before = oldest(stack, then)
    assert '"1"' in before.replace("'", '"')
    stack.docker("stop", "--time", "5", stack.node)
    asleep = stack.run("status")
    assert asleep.returncode == 3
    assert "is stopped" in asleep.stderr
    assert "'obsdeploy up'" in asleep.stderr
    again = stack.run("up", "--demo", *stack.charts_and_images)
    assert again.returncode == 0, again.stderr + again.stdout
    assert "started (its node was stopped)" in again.stdout
    assert oldest(stack, then) == before
    assert httpx.get(f"{stack.grafana}/api/user", auth=("admin", "admin")).status_code == 200
