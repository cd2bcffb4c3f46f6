"""The wheel carries charts, values, dashboards and the demo's code, and works from an empty directory."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

from obsdeploy import __version__

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--wheel-dir",
        str(folder),
        str(ROOT),
    ]
    subprocess.run(build, check=True, capture_output=True, cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def run(installed: Path, cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command as the wheel's entry point starts it, with nothing of the checkout on the path."""
    start = "import sys; from obsdeploy.cli.app import main; sys.argv[0] = 'obsdeploy'; main()"
    environment = {**os.environ, "PYTHONPATH": str(installed), "HOME": str(cwd)}
    return subprocess.run(
        [sys.executable, "-c", start, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )


def test_the_wheel_is_named_after_the_version_and_typed(wheel: Path) -> None:
    assert wheel.name == f"obsdeploy-{__version__}-py3-none-any.whl"
    names = set(zipfile.ZipFile(wheel).namelist())
    assert "obsdeploy/py.typed" in names
    assert f"obsdeploy-{__version__}.dist-info/licenses/LICENSE" in names


def test_the_wheel_has_every_asset_of_the_checkout_and_nothing_of_the_lab(wheel: Path) -> None:
    names = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("obsdeploy/_assets/")}
    tracked = subprocess.run(
        ["git", "ls-files", "charts", "values", "examples/saga"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.split()
    assert {f"obsdeploy/_assets/{path}" for path in tracked} <= names
    assert not [
        name for name in zipfile.ZipFile(wheel).namelist() if "lab/" in name or "/tests/" in name.replace("saga/tests", "")
    ]


def test_values_are_rendered_from_an_empty_directory(installed: Path, tmp_path: Path) -> None:
    done = run(installed, tmp_path, "render")
    assert done.returncode == 0, done.stderr
    assert yaml.safe_load(done.stdout)["release"]["expected"]["version"] == __version__
    assert not list(tmp_path.glob("*.yaml"))


def test_the_assets_come_from_the_wheel_not_from_the_checkout(installed: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from obsdeploy import assets; print(assets.root())"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(done.stdout.strip()) == installed / "obsdeploy" / "_assets"


def test_a_wheel_without_its_charts_says_so(installed: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    (broken / "obsdeploy").mkdir(parents=True)
    for path in (installed / "obsdeploy").iterdir():
        if path.name != "_assets":
            (broken / "obsdeploy" / path.name).symlink_to(path)
    empty = tmp_path / "empty"
    empty.mkdir()
    shutil.copytree(broken, tmp_path / "copied")
    done = run(tmp_path / "copied", empty, "render")
    assert done.returncode == 3
    assert "this installation of obsdeploy lacks its charts" in done.stderr
    assert "pipx install --force obsdeploy" in done.stderr
