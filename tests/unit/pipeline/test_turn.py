"""One run at a time on a cluster, and the mark of one that did not end well: kept until somebody knows what it left."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from obsdeploy.errors import EnvironmentProblem
from obsdeploy.pipeline.down import down
from obsdeploy.pipeline.equipment import Equipment
from obsdeploy.pipeline.target import Target
from obsdeploy.pipeline.turn import take
from obsdeploy.pipeline.up import up
from obsdeploy.pipeline.work import Request, Work
from obsdeploy.settings.load import load
from obsdeploy.tools import Toolbox
from tests.unit.pipeline.conftest import Recorder

HERE = Target("kind-obsdeploy", None, "obsdeploy")
RELEASES = ("obs", "saga-demo")
KILLED = EnvironmentProblem("the deadline passed while Helm was at work", hint="")


@pytest.fixture(autouse=True)
def _own_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))


def resumes() -> bool:
    """Whether a run before left its mark. This one ends well, so that it is gone afterwards."""
    with take(HERE, RELEASES) as turn:
        return turn.resumes


def fails(*, begins: str = "", looks_into: tuple[str, ...] = ()) -> None:
    """A run that has Helm begin on a release, or finds out what is with some, and then fails."""

    def run() -> None:
        with take(HERE, RELEASES) as turn:
            turn.unfinished.update({begins} - {""})
            turn.unfinished.difference_update(looks_into)
            raise KILLED

    with pytest.raises(EnvironmentProblem):
        run()


def is_interrupted() -> None:
    with pytest.raises(asyncio.CancelledError), take(HERE, RELEASES):
        raise asyncio.CancelledError


def test_an_interruption_leaves_a_mark_and_no_end_of_its_own_does() -> None:
    assert not resumes()
    assert not resumes()
    fails()
    assert not resumes()
    is_interrupted()
    assert resumes()
    assert not resumes()


def test_a_failure_that_leaves_a_release_unfinished_leaves_the_mark_too() -> None:
    fails(begins="obs")
    assert resumes()
    assert not resumes()


def test_a_failure_before_every_release_was_looked_into_does_not_cost_the_mark() -> None:
    is_interrupted()
    fails()
    fails(looks_into=("obs",))
    assert resumes()


def test_a_failure_after_that_does() -> None:
    is_interrupted()
    fails(looks_into=RELEASES)
    assert not resumes()


def test_two_at_once_is_one_too_many() -> None:
    with (
        take(HERE, RELEASES),
        pytest.raises(EnvironmentProblem, match=rf"another obsdeploy \(pid {os.getpid()}\) is at work on kind-obsdeploy"),
    ):
        take(HERE, RELEASES).__enter__()
    with take(Target("elsewhere", None, None), RELEASES), take(HERE, RELEASES):
        pass  # another cluster is no matter


def command(name: str, target: Target, observer: Recorder) -> Coroutine[Any, Any, object]:
    equipment, settings = Equipment(target, Toolbox()), load(profile="prod", env={}, overrides={})
    if name == "up":
        return up(Request(settings, equipment), observer)
    return down(settings, equipment, observer, purge=False, cluster=False)


async def test_up_leaves_its_mark_where_helm_was_cut_off(
    tmp_path: Path, observer: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def cut_off(work: Work) -> None:
        work.unfinished.add("obs")
        raise KILLED

    monkeypatch.setattr("obsdeploy.pipeline.up._up", cut_off)
    with pytest.raises(EnvironmentProblem):
        await command("up", Target("elsewhere", None, None), observer)
    assert (tmp_path / "obsdeploy" / "elsewhere.lock").read_text()


@pytest.mark.parametrize("name", ["up", "down"])
@pytest.mark.parametrize("interrupted_before", [True, False])
async def test_a_cluster_that_can_not_be_reached_costs_no_mark_and_makes_none(
    name: str, interrupted_before: bool, tmp_path: Path, observer: Recorder
) -> None:
    target = Target("elsewhere", tmp_path / "no-kubeconfig", None)
    mark = tmp_path / "obsdeploy" / "elsewhere.lock"
    mark.parent.mkdir()
    mark.write_text("1" if interrupted_before else "")
    with pytest.raises(EnvironmentProblem, match="no kubeconfig"):
        await command(name, target, observer)
    assert bool(mark.read_text()) is interrupted_before
