"""The command line: what it prints where, and its exit codes."""

import io
import re
from pathlib import Path

import pytest
from rich.console import Console

from lab.__main__ import main
from lab.cache import Built, Cache
from lab.plan import BUNDLE_STEP
from lab.progress import Progress
from lab.runner import Runner
from lab.steps import Step
from tests.unit.lab.notes import writes


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OBSDEPLOY_LAB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_the_bundles_folder_is_all_that_path_prints(own_cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["path"]) == 0
    printed = capsys.readouterr().out
    assert re.fullmatch(rf"{own_cache}/{BUNDLE_STEP}-[0-9a-f]{{12}}/bundle\n", printed)


def test_the_two_profiles_have_bundles_of_their_own(capsys: pytest.CaptureFixture[str]) -> None:
    main(["path"])
    main(["path", "--profile", "core"])
    full, core = capsys.readouterr().out.splitlines()
    assert core != full


def test_list_says_of_every_step_whether_it_is_built(capsys: pytest.CaptureFixture[str], own_cache: Path) -> None:
    main(["list"])
    before = capsys.readouterr().out.splitlines()
    assert all("not built" in line for line in before)
    name, key = before[0].split()[:2]
    cache = Cache(own_cache)
    cache.publish(name, key, cache.temporary(name), 431.2, {})
    main(["list"])
    after = capsys.readouterr().out.splitlines()
    assert "cached" in after[0]
    assert "431 s" in after[0]
    assert after[1:] == before[1:]


def test_an_unknown_step_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["build", "--only", "nope"]) == 2
    errors = capsys.readouterr().err
    assert "there is no step nope" in errors
    assert "python -m lab list" in errors


def test_a_machine_that_is_not_debian_is_told_what_the_lab_needs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platform.freedesktop_os_release", lambda: {"ID": "fedora"})
    assert main(["build"]) == 3
    assert "needs root on a Debian machine" in capsys.readouterr().err


def test_away_from_a_terminal_each_step_is_a_line_with_its_number_and_seconds(tmp_path: Path) -> None:
    written = io.StringIO()
    steps = [Step("base", writes("a")), Step("top", writes("b"), needs=("base",))]
    cache = Cache(tmp_path / "results")
    with Progress(Console(file=written, width=40)) as progress:
        Runner(cache, progress).build(steps, steps)
    lines = written.getvalue().splitlines()
    assert lines == [
        f"base … its log: {cache.log('base')}",
        "[1/2] base … 0 s",
        f"top … its log: {cache.log('top')}",
        "[2/2] top … 0 s",
    ]


def test_on_a_terminal_the_running_step_is_shown_with_the_end_of_its_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("first line\ncompiling kubelet\n")
    written = io.StringIO()
    with Progress(Console(file=written, force_terminal=True, width=80)) as progress:
        progress.planned(["kubernetes"])
        progress.started("kubernetes", log)
    shown = written.getvalue()
    assert "kubernetes" in shown
    assert "compiling kubelet" in shown
    assert "first line" not in shown


def test_numbers_line_up(tmp_path: Path) -> None:
    written = io.StringIO()
    with Progress(Console(file=written)) as progress:
        progress.planned([f"step{number}" for number in range(12)])
        progress.finished("kubernetes", Built(431.4, {}, ""))
    assert written.getvalue() == "[ 1/12] kubernetes … 431 s\n"
