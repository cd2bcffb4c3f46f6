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


def _binary() -> Path | None:
    named = os.environ.get("OBSDEPLOY_TEST_HELM") or shutil.which("helm")
    bundle = os.environ.get("OBSDEPLOY_BUNDLE", "none")
    found = [Path(named)] if named else [*Path(bundle).glob("tools/helm"), *_LAB.glob("*/go-helm-*/bin/helm"), *_LAB.glob("helm*/bin/helm")]
    return found[0] if found else None


@pytest.fixture(scope="session")
def helm(tmp_path_factory: pytest.TempPathFactory) -> Helm:
    binary = _binary()
    if binary is None:
        reason = "no helm: put one on PATH, or name it in OBSDEPLOY_TEST_HELM"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return Helm(binary, tmp_path_factory.mktemp("helm"))


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
