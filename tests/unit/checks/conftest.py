"""A stack that is well, for each test to break."""

from pathlib import Path

import pytest

from tests.unit.checks import healthy
from tests.unit.checks.fakes import Stack


@pytest.fixture
def stack() -> Stack:
    return healthy.stack()


@pytest.fixture
def chart_expectations() -> str:
    """What the shipped dashboards promise."""
    root = Path(__file__).parents[3]
    return (root / "charts/obs-stack/files/expectations.json").read_text(encoding="utf-8")
