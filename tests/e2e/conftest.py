"""One kind cluster for the whole session, brought up by `obsdeploy up --demo` itself; tests share it.

With `pytest -n 2` there are two: one for this folder, and for telemetry/ one with Kafka and log collection; mishaps/ takes the
one that is free first.

Without docker, or without a bundle where upstream can't be had, these tests skip, visibly; with CI=true they fail.
`OBSDEPLOY_E2E_HOME=DIR` keeps the cluster and its state there, to be used by the next session as well (without -n).
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from tests.e2e.machine import COMMANDS, Done, Machine, bundle_in_use, docker_answers

LAST = (
    "test_verify_breaks",
    "test_unhealthy",
    "test_ports",
    "test_preflight_cluster",
    "test_interrupt",
    "test_restart",
    "test_redis",
    "test_down",
    "test_kafka",
    "test_logs",
    "test_breaks",
)
"""What disturbs the stack runs after all that only looks at it, and what removes it at the very end."""

TOLD = 5_000
"""So many characters of a command's output are shown with a failure."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order the modules of this folder, and mark them."""
    here = Path(__file__).parent
    places = [place for place, item in enumerate(items) if here in item.path.parents]
    mine = [items[place] for place in places]
    mine.sort(key=lambda item: LAST.index(item.path.stem) if item.path.stem in LAST else -1)
    for place, item in zip(places, mine, strict=True):
        item.add_marker(pytest.mark.e2e)
        items[place] = item


def pytest_runtest_setup() -> None:
    """Each test has commands of its own."""
    COMMANDS.clear()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failure says what the last commands said."""
    report = yield
    if report.failed and COMMANDS:
        report.sections.append((f"the last commands, before the end of {report.when}", "\n".join(map(told, COMMANDS))))
    return report


def told(done: Done) -> str:
    """A command, how it ended, and what it said; JSON is for the test that reads it."""
    said = [done.stderr] if "json" in done.args else [done.stderr, done.stdout[-TOLD:]]
    command = f"$ obsdeploy {' '.join(map(str, done.args[1:]))}"
    return "\n".join([command, *(part.strip() for part in said if part.strip()), f"exit status {done.returncode}"])


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A home for obsdeploy of its own, on this machine's real docker; its cluster is gone at the end."""
    if not docker_answers():
        unavailable("no docker engine answers (docker version)")
    bundle = bundle_in_use()
    if isinstance(bundle, str):
        unavailable(bundle)
    kept = os.environ.get("OBSDEPLOY_E2E_HOME")
    alone = os.environ.get("PYTEST_XDIST_WORKER", "gw0") == "gw0"
    made = Machine(Path(kept) if kept else tmp_path_factory.mktemp("e2e"), bundle, peoples_ports=alone)
    yield made
    if not kept:
        gone = made.run("down", "--cluster")
        assert gone.returncode == 0, gone.stderr
        assert made.node not in made.containers()


@pytest.fixture(scope="session")
def stack(machine: Machine) -> Machine:
    """The machine, with the stack and the demo shop up and proven."""
    machine.first = machine.run("up", "--demo", *machine.charts_and_images)
    if machine.first.returncode != 0:
        pytest.fail(
            f"obsdeploy up: exit {machine.first.returncode}\n{machine.first.stderr}\n{machine.first.stdout}", pytrace=False
        )
    return machine


@pytest.fixture(scope="session")
def everything(machine: Machine) -> Machine:
    """The machine, with the stack, the demo shop, Kafka and log collection up and proven."""
    bundled = (machine.bundle / "bundle.yaml").read_text() if machine.bundle else "apache/kafka grafana/loki"
    if not ("apache/kafka" in bundled and "grafana/loki" in bundled):
        unavailable("the bundle has no image of Kafka or Loki: python -m lab build")
    done = machine.run("up", "--demo", *machine.charts_and_images, OBSDEPLOY_DEMO__KAFKA="true", OBSDEPLOY_LOGS__ENABLED="true")
    if done.returncode != 0:
        pytest.fail(f"obsdeploy up with Kafka and logs: exit {done.returncode}\n{done.stderr}\n{done.stdout}", pytrace=False)
    return machine


def unavailable(why: str) -> NoReturn:
    """Skip, or fail where nothing may be skipped."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI=true, and end-to-end tests can't run: {why}", pytrace=False)
    pytest.skip(f"end-to-end: {why}")
