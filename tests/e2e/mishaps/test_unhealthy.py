"""A stack that can't become healthy: the deadline passes, the report says why, and the next `up` mends it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.e2e.breaking import findings, until
from tests.e2e.machine import Done, Machine
from tests.e2e.store import PASSWORD, USER, destination, store

NOT_THERE = "values.prometheus-redis-exporter.image.repository=oliver006/not-there"
DESTINATIONS = [
    destination("/api/v1/write", name="good", keep="service:.+|up"),
    destination("/api/v1/nowhere", name="bad"),
]
DEADLINE = "30s"
DEFAULT_SECONDS = 300
"""The deadline where none is asked for: what ends long before it has kept to the one that was."""


class TestUnhealthy:
    """An image that is not there, and samples that are sent to where nobody takes them."""

    @pytest.fixture(scope="class")
    @classmethod
    def address(cls, stack: Machine) -> Iterator[str]:
        """Where the store of the samples answers."""
        with store(stack) as address:
            yield address

    @pytest.fixture(scope="class")
    @classmethod
    def upped(cls, stack: Machine, address: str) -> Done:
        """`up` with both, which ends long before the deadline that it has where none is asked for."""
        assert address
        began = time.monotonic()
        wrong = ("--set", NOT_THERE, "--set", f"remoteWrite={json.dumps(DESTINATIONS)}")
        done = stack.run("up", "--demo", "--timeout", DEADLINE, *wrong, *stack.charts_and_images)
        assert time.monotonic() - began < DEFAULT_SECONDS / 2
        return done

    def test_at_the_deadline_the_report_says_what_is_wrong(self, upped: Done) -> None:
        assert upped.returncode == 1, upped.stderr
        report = " ".join(upped.stdout.split())
        assert "workloads run what was released: 1 of " in report
        assert "oliver006/not-there:" in report
        assert "can't be pulled" in report
        assert "Grafana " in report  # where things are is told all the same: much of it works
        # While it waited it said so, with the reason.
        assert "redis-exporter: the image" in " ".join(upped.stderr.split())
        assert PASSWORD not in upped.stdout + upped.stderr

    def test_samples_that_a_destination_refuses_are_told_and_others_arrive(
        self, stack: Machine, upped: Done, address: str
    ) -> None:
        assert upped.returncode == 1
        said = "1 of 2 destinations do not take what they are sent"
        only = ("--only", "prometheus.remote")
        check = until(stack, lambda found: found["prometheus.remote"]["summary"] == said, *only)["prometheus.remote"]
        assert check["summary"] == said
        refused = findings(check)["remote write to store.default.svc:9090/api/v1/nowhere"]
        assert refused.startswith("it refused ")
        assert "404 Not Found" in refused
        assert findings(check, "passed")["remote write to store.default.svc:9090/api/v1/write"].startswith("it took samples of ")
        names = httpx.get(f"{address}/api/v1/label/__name__/values", auth=(USER, PASSWORD)).json()["data"]
        assert {one for one in names if not one.startswith("service:")} == {"up"}
        assert httpx.get(f"{address}/api/v1/labels").status_code == 401  # only those who log in

    def test_the_next_up_mends_it(self, stack: Machine, upped: Done) -> None:
        assert upped.returncode == 1
        mended = stack.run("up", "--demo", *stack.charts_and_images)
        assert mended.returncode == 0, mended.stderr + mended.stdout
