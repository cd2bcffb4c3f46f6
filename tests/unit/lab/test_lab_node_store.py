"""docker gets a bundle's node image when it has not got it, and loses those of results that are gone."""

import os
from pathlib import Path

import pytest
import yaml

from lab import node_store
from lab.errors import LabError

REF = "obsdeploy/node:v1.36.3-aaaaaaaaaaaa"
# A docker whose images are the lines of a file.
DOCKER = """#!/bin/sh
echo "$*" >>"$STATE/calls"
case "$1 $2" in
    "image inspect") grep -qx "$3" "$STATE/images" ;;
    "image rm") sed -i "\\|^$3\\$|d" "$STATE/images" ;;
    load*) [ ! -e "$STATE/full" ] || { echo "no space left" >&2; exit 1; } ;;
    images*) cat "$STATE/images" ;;
esac
"""


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "docker").write_text(DOCKER)
    (tmp_path / "docker").chmod(0o755)
    (tmp_path / "images").write_text("")
    monkeypatch.setenv("STATE", str(tmp_path))
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return tmp_path


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    folder = tmp_path / "bundle"
    folder.mkdir()
    (folder / "bundle.yaml").write_text(yaml.safe_dump({"nodeImage": {"ref": REF, "file": "images/node.tar"}}))
    return folder


def test_a_lost_node_image_is_loaded_again(state: Path, bundle: Path) -> None:
    node_store.restore(bundle)
    assert f"load --input {bundle}/images/node.tar" in (state / "calls").read_text()


def test_a_node_image_that_is_there_is_not_loaded(state: Path, bundle: Path) -> None:
    (state / "images").write_text(f"{REF}\n")
    node_store.restore(bundle)
    assert "load" not in (state / "calls").read_text()


def test_without_docker_there_is_nothing_to_load_into(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(bundle))
    node_store.restore(bundle)


def test_docker_refusing_the_image_is_reported(state: Path, bundle: Path) -> None:
    (state / "full").touch()
    with pytest.raises(LabError, match="no space left"):
        node_store.restore(bundle)


def test_only_the_images_of_removed_results_are_forgotten(state: Path) -> None:
    others = ["obsdeploy/node:v1.36.3-bbbbbbbbbbbb", "obsdeploy/node:v1.36.3-cccccccccccc"]
    (state / "images").write_text("".join(f"{ref}\n" for ref in (REF, *others)))
    node_store.forget(["aaaaaaaaaaaa"])
    assert (state / "images").read_text().splitlines() == others
