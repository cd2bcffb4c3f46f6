"""Steps are built once, a failure says which and why, and a rerun goes on where the last one ended."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from lab.cache import Cache
from lab.errors import StepError
from lab.runner import Runner
from lab.steps import Step, step_keys
from lab.work import Work
from tests.unit.lab.notes import Notes, writes

Build = Callable[[list[Step]], Notes]


def _fails(work: Work) -> Mapping[str, str]:
    (work.out / "half").write_text("half a result")
    work.run(["sh", "-c", "echo the disk is full; exit 7"])
    return {}


def test_a_step_is_built_once(build: Build) -> None:
    steps = [Step("base", writes("a")), Step("top", writes("b"), needs=("base",))]
    assert build(steps).of("finished") == ["base", "top"]
    again = build(steps)
    assert (again.of("cached"), again.of("started")) == (["base", "top"], [])


def test_a_step_reads_what_it_needs(build: Build, cache: Cache) -> None:
    steps = [Step("base", writes("a")), Step("top", writes("b"), needs=("base",))]
    build(steps)
    assert (cache.path("top", step_keys(steps)["top"]) / "text").read_text() == "ab"


def test_a_result_records_how_long_it_took_and_its_versions(build: Build, cache: Cache) -> None:
    steps = [Step("base", writes("v1"))]
    build(steps)
    record = json.loads((cache.path("base", step_keys(steps)["base"]) / "built.json").read_text())
    assert record["versions"] == {"text": "v1"}
    assert record["seconds"] >= 0
    assert record["date"].endswith("+00:00")


def test_a_failed_step_names_itself_the_reason_and_the_end_of_its_log(build: Build, cache: Cache) -> None:
    with pytest.raises(StepError) as caught:
        build([Step("kubernetes", _fails)])
    told = f"{caught.value} {caught.value.hint}"
    for wanted in ("step kubernetes failed", "sh ended with 7", "the disk is full", str(cache.log("kubernetes"))):
        assert wanted in told


def test_a_failed_step_leaves_no_result_behind(build: Build, cache: Cache) -> None:
    steps = [Step("kubernetes", _fails)]
    with pytest.raises(StepError):
        build(steps)
    assert not cache.path("kubernetes", step_keys(steps)["kubernetes"]).exists()
    assert list((cache.root / "tmp").iterdir()) == []


def test_what_was_built_before_a_failure_is_not_built_again(build: Build) -> None:
    good, bad = Step("good", writes("a")), Step("bad", _fails, needs=("good",))
    with pytest.raises(StepError):
        build([good, bad])
    mended = Step("bad", writes("b"), needs=("good",))
    notes = build([good, mended])
    assert (notes.of("cached"), notes.of("finished")) == (["good"], ["bad"])


def test_nothing_is_begun_after_a_failure(cache: Cache) -> None:
    notes = Notes()
    steps = [Step("bad", _fails), *(Step(f"later{number}", writes("")) for number in range(3))]
    with pytest.raises(StepError):
        Runner(cache, notes, workers=1).build(steps, steps)
    assert notes.of("started") == ["bad"]


def test_independent_steps_run_at_the_same_time(build: Build) -> None:
    meeting = threading.Barrier(2, timeout=10)

    def meets(work: Work) -> Mapping[str, str]:
        meeting.wait()
        return {}

    assert sorted(build([Step("one", meets), Step("two", meets)]).of("finished")) == ["one", "two"]


def test_a_result_without_record_counts_as_not_built(build: Build, cache: Cache) -> None:
    steps = [Step("base", writes("a"))]
    build(steps)
    (cache.path("base", step_keys(steps)["base"]) / "built.json").unlink()
    assert build(steps).of("finished") == ["base"]


def test_a_build_that_was_killed_goes_on_and_its_rest_is_removed(build: Build, cache: Cache) -> None:
    steps = [Step("base", writes("a")), Step("top", writes("b"), needs=("base",))]
    build(steps[:1])
    (cache.root / "tmp" / "top-killed").mkdir()
    with cache.locked(lambda: None):
        notes = build(steps)
    assert (notes.of("cached"), notes.of("finished")) == (["base"], ["top"])
    assert not (cache.root / "tmp" / "top-killed").exists()


def test_a_second_build_waits_and_says_so(cache: Cache) -> None:
    told: list[str] = []
    with cache.locked(lambda: None):
        second = threading.Thread(target=_enter, args=(cache, told))
        second.start()
        assert _until(lambda: told == ["waiting"])
    second.join(timeout=10)
    assert told == ["waiting", "entered"]


def _enter(cache: Cache, told: list[str]) -> None:
    with cache.locked(lambda: told.append("waiting")):
        told.append("entered")


def _until(condition: Callable[[], bool]) -> bool:
    turn = threading.Event()
    return any(condition() or turn.wait(0.01) for _ in range(2000))


def test_old_results_go_and_the_current_one_stays(cache: Cache, build: Build) -> None:
    recipes = [[Step("base", writes("a"), {"number": number})] for number in range(6)]
    for steps in recipes:
        build(steps)
    oldest = step_keys(recipes[0])["base"]
    second = step_keys(recipes[1])["base"]
    assert second in cache.prune("base", oldest)
    assert oldest in cache.keys("base")
    assert len(cache.keys("base")) == 3


INTERRUPTED = """
import sys
from pathlib import Path
from lab.cache import Cache
from lab.runner import Runner
from lab.steps import Step
from tests.unit.lab.notes import Notes

def sleeps(work):
    (work.shared / "started").touch()
    work.run(["sleep", "60"])

step = Step("slow", sleeps)
Runner(Cache(Path(sys.argv[1])), Notes()).build([step], [step])
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_ends_the_programs_under_way(tmp_path: Path, number: signal.Signals) -> None:
    # A group of its own, so that the signal reaches the lab alone, as one from a supervisor does.
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, "-c", INTERRUPTED, str(tmp_path)]
    lab = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True, env=env)
    assert _until((tmp_path / "started").exists)
    lab.send_signal(number)
    _, errors = lab.communicate(timeout=20)
    assert "KeyboardInterrupt" in errors
    assert list((tmp_path / "tmp").iterdir()) == []
