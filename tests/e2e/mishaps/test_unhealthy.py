"""A stack that can't become healthy: the deadline passes, the report says why, and the next `up` mends it."""

from __future__ import annotations

import time

from tests.e2e.machine import Machine

NOT_THERE = "values.prometheus-redis-exporter.image.repository=oliver006/not-there"
DEADLINE = "30s"
DEFAULT_SECONDS = 300
"""The deadline where none is asked for: what ends long before it has kept to the one that was."""


def test_at_the_deadline_the_report_says_what_is_wrong_and_the_next_up_mends_it(stack: Machine) -> None:
    began = time.monotonic()
    done = stack.run("up", "--demo", "--timeout", DEADLINE, "--set", NOT_THERE, *stack.charts_and_images)
    assert done.returncode == 1, done.stderr
    assert time.monotonic() - began < DEFAULT_SECONDS / 2
    report = " ".join(done.stdout.split())
    assert "workloads run what was released: 1 of " in report
    assert "oliver006/not-there:" in report
    assert "can't be pulled" in report
    assert "Grafana " in report  # where things are is told all the same: much of it works
    # While it waited it said so, with the reason.
    assert "redis-exporter: the image" in " ".join(done.stderr.split())
    mended = stack.run("up", "--demo", *stack.charts_and_images)
    assert mended.returncode == 0, mended.stderr + mended.stdout
