"""A node that was stopped, as after a restart of the machine: `up` starts it, and the data is still there."""

from __future__ import annotations

import time

import httpx

from tests.e2e.machine import Machine, eventually


def oldest(stack: Machine, at: float) -> str:
    """How often Prometheus had scraped itself at that time."""
    try:
        answer = httpx.get(f"{stack.prometheus}/api/v1/query", params={"query": 'up{job="prometheus"}', "time": str(at)})
        return str(answer.raise_for_status().json()["data"]["result"])
    except httpx.HTTPError as error:
        return f"no answer: {error}"


def test_data_and_password_survive_a_restart_of_the_node(stack: Machine) -> None:
    eventually(lambda: "'1'" in oldest(stack, time.time() - 5), 60, "Prometheus does not answer after what was broken before")
    then = time.time() - 5
    before = oldest(stack, then)
    assert "'1'" in before
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
