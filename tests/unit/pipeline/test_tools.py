"""Where helm, kind and docker are found."""

from __future__ import annotations

from pathlib import Path

import pytest

from obsdeploy.errors import EnvironmentProblem
from obsdeploy.tools import Toolbox


def executable(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all there is of PATH; the user's data folder is empty."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "bin"


def test_a_bundles_own_comes_before_that_of_path(on_path: Path, tmp_path: Path) -> None:
    common, bundled = executable(on_path / "helm"), executable(tmp_path / "bundle" / "helm")
    assert Toolbox().find("helm") == common
    assert Toolbox({"helm": bundled}).find("helm") == bundled


def test_a_bundles_tools_are_remembered_for_commands_without_it(on_path: Path, tmp_path: Path) -> None:
    bundled = executable(tmp_path / "bundle" / "helm")
    Toolbox({"helm": bundled}).remember()
    Toolbox({"helm": bundled}).remember()  # a second time is no matter
    assert Toolbox().find("helm").resolve() == bundled
    assert Toolbox().find("helm") != bundled
    executable(on_path / "helm")
    assert Toolbox().find("helm") == on_path / "helm"  # what the user installs comes first again


def test_a_bundle_that_has_gone_is_not_followed(on_path: Path, tmp_path: Path) -> None:
    bundled = executable(tmp_path / "bundle" / "helm")
    Toolbox({"helm": bundled}).remember()
    bundled.unlink()
    with pytest.raises(EnvironmentProblem, match="helm was not found: installing the stack needs it") as caught:
        Toolbox().find("helm")
    assert "--bundle DIR" in caught.value.hint
