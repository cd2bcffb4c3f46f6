"""What the lab's tests share: a cache in a temporary folder, and a way to build into it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lab.cache import Cache
from lab.runner import Runner
from lab.steps import Step
from tests.unit.lab.notes import Notes


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


@pytest.fixture
def build(cache: Cache) -> Callable[[list[Step]], Notes]:
    """Build all of some steps; returns what the observer was told."""

    def run(steps: list[Step]) -> Notes:
        notes = Notes()
        Runner(cache, notes).build(steps, steps)
        return notes

    return run
