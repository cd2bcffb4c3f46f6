"""What a build needs of the machine: asked of apt only where something is missing, refused where it can't be had."""

import os
from pathlib import Path

import pytest

from lab import machine
from lab.errors import LabError

APT = """#!/bin/sh
echo "$*" >>"$APT_STATE/calls"
case "$1" in
    indextargets) cat "$APT_STATE/lists" ;;
    install) [ -e "$APT_STATE/served" ] || { echo "E: Unable to locate package mmdebstrap" >&2; exit 100; } ;;
esac
"""


@pytest.fixture
def apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Debian machine, with us as root, whose programs are apt-get and what a test adds."""
    (tmp_path / "apt-get").write_text(APT)
    (tmp_path / "apt-get").chmod(0o755)
    (tmp_path / "cat").symlink_to("/bin/cat")
    (tmp_path / "lists").write_text("MetaKey: main/binary-amd64/Packages\n")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("APT_STATE", str(tmp_path))
    monkeypatch.setattr("platform.freedesktop_os_release", lambda: {"ID": "debian"})
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    return tmp_path


def _calls(apt: Path) -> list[str]:
    return [call for call in (apt / "calls").read_text().splitlines() if call != "indextargets"]


def test_a_machine_that_has_all_is_left_alone(apt: Path) -> None:
    (apt / "mmdebstrap").symlink_to("/bin/true")
    said: list[str] = []
    machine.prepare(["mmdebstrap"], said.append)
    assert (_calls(apt), said) == ([], [])


def test_what_is_missing_is_installed_and_said(apt: Path) -> None:
    (apt / "served").touch()
    said: list[str] = []
    machine.prepare(["mmdebstrap", "mvn", "mmdebstrap"], said.append)
    assert _calls(apt) == ["update", "install --yes --no-install-recommends maven mmdebstrap"]
    assert "installing Debian's maven, mmdebstrap" in said


def test_a_machine_without_package_lists_gets_them(apt: Path) -> None:
    (apt / "mmdebstrap").symlink_to("/bin/true")
    (apt / "lists").write_text("")
    machine.prepare(["mmdebstrap"], lambda _: None)
    assert _calls(apt) == ["update"]


def test_a_package_that_can_not_be_had_is_reported(apt: Path) -> None:
    with pytest.raises(LabError, match="Unable to locate package mmdebstrap") as caught:
        machine.prepare(["mmdebstrap"], lambda _: None)
    assert caught.value.exit_code == 3


def test_without_root_nothing_is_tried(apt: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(LabError, match="needs root on a Debian machine"):
        machine.prepare(["mmdebstrap"], lambda _: None)
    assert not (apt / "calls").exists()
