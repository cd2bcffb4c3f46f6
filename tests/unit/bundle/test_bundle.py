"""Air-gap bundles: what is in them is used only when it is what was put in."""

import hashlib
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from obsdeploy.bundle import Bundle
from obsdeploy.charts import Pinned
from obsdeploy.errors import EnvironmentProblem, ExitCode
from obsdeploy.yamltext import dump

CONTENT = {
    "charts/prometheus-29.27.0.tgz": b"chart",
    "images/prometheus.tar": b"image",
    "images/node.tar": b"node",
    "bin/helm": b"#!/bin/sh\n",
}
PROMETHEUS = Pinned("prometheus", "29.27.0", "https://one.example/charts")
Making = Callable[..., Path]


def manifest() -> dict[str, Any]:
    return {
        "formatVersion": 1,
        "createdBy": "test",
        "kubernetes": "v1.36.3",
        "nodeImage": {"ref": "obsdeploy/node:v1.36.3", "file": "images/node.tar"},
        "images": [
            {
                "ref": "quay.io/prometheus/prometheus:v3.14.0",
                "file": "images/prometheus.tar",
                "provides": "Prometheus 3.5.3",
                "standIn": False,
                "inNode": True,
                "aKeyOfALaterVersion": 1,
            }
        ],
        "charts": [{"name": "prometheus", "version": "29.27.0", "file": "charts/prometheus-29.27.0.tgz", "standIn": True}],
        "tools": {"helm": {"file": "bin/helm", "version": "v4.3.1"}},
        "missing": [],
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in CONTENT.items()},
    }


@pytest.fixture
def making(tmp_path: Path) -> Making:
    """Make a bundle's folder, with changes to its manifest."""

    def make(**changes: Any) -> Path:
        folder = tmp_path / "bundle"
        for name, content in CONTENT.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        (folder / "bin/helm").chmod(0o755)
        (folder / "bundle.yaml").write_text(dump({**manifest(), **changes}))
        return folder

    return make


def opened(path: Path) -> Bundle:
    return Bundle.open(path, unpack_to=path.parent / "unpacked")


def problem(call: Callable[[], Any]) -> EnvironmentProblem:
    with pytest.raises(EnvironmentProblem) as raised:
        call()
    assert raised.value.exit_code == ExitCode.ENVIRONMENT
    return raised.value


async def test_everything_in_a_bundle_can_be_had(making: Making) -> None:
    bundle = opened(making())
    assert bundle.tool("helm") == bundle.folder / "bin/helm"
    assert bundle.tool("kind") is None
    assert bundle.image(bundle.manifest.images[0]).read_bytes() == b"image"
    assert bundle.manifest.node_image is not None
    assert bundle.image(bundle.manifest.node_image).read_bytes() == b"node"
    files = await bundle.chart_source().fetch(Path(), (PROMETHEUS,))
    assert files[PROMETHEUS].read_bytes() == b"chart"
    assert bundle.stand_ins() == ("chart prometheus 29.27.0",)


async def test_charts_that_a_bundle_lacks_are_named(making: Making) -> None:
    bundle = opened(making())
    with pytest.raises(EnvironmentProblem, match=r"charts prometheus 30\.0\.0, loki 18\.11\.0 are not in the bundle"):
        await bundle.chart_source().fetch(Path(), (Pinned("prometheus", "30.0.0", "r"), Pinned("loki", "18.11.0", "r")))


@pytest.mark.parametrize("name", ["images/prometheus.tar", "bin/helm"])
def test_a_damaged_file_is_not_used_and_the_others_are(making: Making, name: str) -> None:
    folder = making()
    (folder / name).write_bytes(CONTENT[name][:-1])
    bundle = opened(folder)
    assert problem(lambda: bundle.file(name)).message.startswith(f"{name} of the bundle {folder} is damaged")
    assert bundle.file("images/node.tar").read_bytes() == b"node"


def test_a_file_that_is_gone(making: Making) -> None:
    folder = making()
    (folder / "images/node.tar").unlink()
    assert "lacks its file images/node.tar" in problem(lambda: opened(folder).file("images/node.tar")).message


def test_a_file_without_a_checksum_is_not_trusted(making: Making) -> None:
    bundle = opened(making(files={}))
    assert "gives no sha256" in problem(lambda: bundle.file("bin/helm")).message


@pytest.mark.parametrize("outside", ["../secret", "/etc/passwd", "images/../../x"])
def test_a_file_outside_the_bundle_is_refused(making: Making, outside: str) -> None:
    wrong = making(tools={"helm": {"file": outside}})
    assert "leads out of the bundle" in problem(lambda: opened(wrong)).message


@pytest.mark.parametrize("version", [2, "1.0", None])
def test_another_format_is_named(making: Making, version: Any) -> None:
    error = problem(lambda: opened(making(formatVersion=version)))
    assert f"has format {version!r}, and this obsdeploy reads format 1" in error.message


@pytest.mark.parametrize("text", ["formatVersion: 1\nimages: [{", "formatVersion: 1\nimages: [{}]\nfiles: {}", "\x00"])
def test_a_manifest_cut_short(making: Making, text: str) -> None:
    folder = making()
    (folder / "bundle.yaml").write_text(text)
    assert "is damaged" in problem(lambda: opened(folder)).message


def test_what_is_no_bundle(tmp_path: Path) -> None:
    assert "is not a bundle: it has no bundle.yaml" in problem(lambda: opened(tmp_path)).message
    assert "there is no bundle at" in problem(lambda: opened(tmp_path / "no")).message


@pytest.mark.parametrize("inside", ["", "a-folder"])
def test_a_tar_is_unpacked_once_and_works_as_a_folder(making: Making, tmp_path: Path, inside: str) -> None:
    archive = tmp_path / "bundle.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(making(), arcname=inside or ".")
    first = opened(archive)
    assert first.file("bin/helm").stat().st_mode & 0o100, "executable"
    (first.folder / "mark").touch()
    assert (opened(archive).folder / "mark").exists()


def test_a_tar_cut_short_leaves_nothing_behind(making: Making, tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole.tar", tmp_path / "cut.tar"
    with tarfile.open(whole, "w") as tar:
        tar.add(making(), arcname=".")
    cut.write_bytes(whole.read_bytes()[:3000])
    assert "can't be unpacked" in problem(lambda: opened(cut)).message
    assert list((tmp_path / "unpacked").iterdir()) == []


def test_a_tar_that_leads_outside_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "evil.tar"
    (tmp_path / "x").write_text("x")
    with tarfile.open(archive, "w") as tar:
        tar.add(tmp_path / "x", arcname="../../evil")
    assert "can't be unpacked" in problem(lambda: opened(archive)).message
    assert not (tmp_path.parent / "evil").exists()


def test_what_a_bundle_lacks_is_left_out_of_the_stack(making: Making) -> None:
    lacking = opened(making(missing=["kubeStateMetrics", "redis"]))
    assert lacking.absent() == {"kubeStateMetrics": "the bundle has no image of it"}


def test_a_bundle_without_a_vital_part_is_no_use(making: Making) -> None:
    assert "lacks grafana" in problem(opened(making(missing=["grafana"])).absent).message
