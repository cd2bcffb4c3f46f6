"""A stack that is well, for each test to break."""

import pytest

from tests.unit.checks import healthy
from tests.unit.checks.fakes import Stack


@pytest.fixture
def stack() -> Stack:
    return healthy.stack()
