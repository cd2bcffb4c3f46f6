"""Renderings of the umbrella chart: with the lab's stand-ins, and where they can be had with the real upstream charts."""

import os
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from obsdeploy.merge import merged
from obsdeploy.values import render
from tests.chart import scenarios
from tests.chart.helm import STANDINS, Helm, Manifest, umbrella_with

Render = Callable[..., list[Manifest]]
_LAB = Path.home() / ".cache/obsdeploy/lab"


def _helm(name: str, variable: str, home: Path) -> Helm:
    """A helm by its variable, PATH, the bundle in use or the lab's bundles; a test without one is skipped, but not in CI."""
    bundles = [Path(os.environ.get("OBSDEPLOY_BUNDLE", "none")), *sorted(_LAB.glob("bundle-*/bundle"))]
    candidates = (os.environ.get(variable), shutil.which(name), *(bundle / "bin" / name for bundle in bundles))
    for candidate in candidates:
        if candidate and os.access(candidate, os.X_OK):
            return Helm(Path(candidate), home)
    reason = f"no {name}: put it on PATH, or name it in {variable}"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def helm(tmp_path_factory: pytest.TempPathFactory) -> Helm:
    return _helm("helm", "OBSDEPLOY_TEST_HELM", tmp_path_factory.mktemp("helm"))


@pytest.fixture(scope="session")
def helm3(tmp_path_factory: pytest.TempPathFactory) -> Helm:
    return _helm("helm3", "OBSDEPLOY_TEST_HELM3", tmp_path_factory.mktemp("helm3"))


@pytest.fixture(scope="session")
def umbrella(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The umbrella with the lab's stand-ins beside it."""
    return umbrella_with(STANDINS, tmp_path_factory.mktemp("standins"))


@pytest.fixture(scope="session")
def rendered(helm: Helm, umbrella: Path) -> Callable[[str], list[Manifest]]:
    """Objects of a scenario by its name; rendered once."""
    return cache(lambda name: helm.template(umbrella, render(scenarios.settings(name))))


@pytest.fixture(scope="session")
def render_with(helm: Helm, umbrella: Path) -> Render:
    """Objects with these values on top of the chart's own, and options for helm."""

    def template(values: dict[str, Any], *options: str, of: str | None = None) -> list[Manifest]:
        below = render(scenarios.settings(of)) if of else {}
        return helm.template(umbrella, merged(below, values), *options)

    return template
