"""How tests are spread over processes (`pytest -n 2`): by folder, whose tests share servers; the longest come first."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from xdist.remote import Producer
    from xdist.scheduler import LoadScopeScheduling

TESTS = Path(__file__).parent
LONGEST = (
    "e2e",
    "e2e/telemetry",
    "e2e/mishaps",
    "looks",
    "unit/saga_demo",
    "chart",
    "unit/cli",
    "unit/grafana_standin",
    "unit/kafka_exporter_standin",
    "unit/rules",
)
"""Folders by the time they take: one that is begun last is waited for."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    from xdist.scheduler import LoadScopeScheduling

    class ByFolder(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
        def _split_scope(self, nodeid: str) -> str:
            return nodeid.partition("::")[0].rpartition("/")[0]

    config.option.loadscopereorder = False
    return ByFolder(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return
    items.sort(key=lambda item: LONGEST.index(_folder(item)) if _folder(item) in LONGEST else len(LONGEST))


def _folder(item: pytest.Item) -> str:
    return item.path.parent.relative_to(TESTS).as_posix()
