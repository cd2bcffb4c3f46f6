"""These take whichever cluster is free first, so its stack is brought to what they need, whatever was there before."""

from __future__ import annotations

import pytest

from tests.e2e.machine import Machine


@pytest.fixture(scope="session")
def stack(machine: Machine) -> Machine:
    """The machine, with the stack and the demo shop up and proven, without Kafka and logs."""
    done = machine.run("up", "--demo", *machine.charts_and_images)
    if done.returncode != 0:
        pytest.fail(f"obsdeploy up: exit {done.returncode}\n{done.stderr}\n{done.stdout}", pytrace=False)
    return machine
