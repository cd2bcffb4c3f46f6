"""Builds steps in order, two at a time, each once."""

import shutil
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Protocol

from lab.cache import Built, Cache
from lab.errors import LabError, StepError
from lab.steps import Step, step_keys
from lab.work import Children, CommandError, Work

WORKERS = 2
_TAIL_LINES = 12
# A signal that comes just before a wait begins is only handled when the wait ends.
_NOTICE_SIGNALS_SECONDS = 0.5


class Observer(Protocol):
    """Told of every step's fate, from the thread that called `build`."""

    def planned(self, names: list[str]) -> None:
        """All steps of this build, in order."""

    def started(self, name: str, log: Path) -> None:
        """A step has begun; its output goes to `log`."""

    def cached(self, name: str) -> None:
        """A step's result was there already."""

    def finished(self, name: str, built: Built) -> None:
        """A step has been built."""

    def failed(self, name: str) -> None:
        """A step could not be built."""


class Runner:
    """Builds a list of steps into a cache."""

    def __init__(self, cache: Cache, observer: Observer, workers: int = WORKERS) -> None:
        self._cache = cache
        self._observer = observer
        self._workers = workers
        self._children = Children()

    def build(self, steps: list[Step], all_steps: Iterable[Step]) -> dict[str, Path]:
        """Build `steps` (with their needs among them), and return each one's folder by name.

        The first failure is raised as StepError once the steps under way have ended; what was built stays.
        """
        keys = step_keys(all_steps)
        paths = {step.name: self._cache.path(step.name, keys[step.name]) for step in steps}
        self._observer.planned([step.name for step in steps])
        waiting = [step for step in steps if not self._use_cached(step, keys[step.name])]
        self._run_all(waiting, keys, paths)
        return paths

    def _use_cached(self, step: Step, key: str) -> bool:
        if not self._cache.built(step.name, key):
            return False
        self._observer.cached(step.name)
        return True

    def _run_all(self, waiting: list[Step], keys: Mapping[str, str], paths: Mapping[str, Path]) -> None:
        unbuilt = {step.name for step in waiting}
        running: dict[Future[Built], Step] = {}
        failure: LabError | None = None
        with ThreadPoolExecutor(self._workers) as pool, self._children.stopped_on_interrupt():
            while running or (waiting and not failure):
                ready = [] if failure else [step for step in waiting if not unbuilt.intersection(step.needs)]
                for step in ready[: self._workers - len(running)]:
                    waiting.remove(step)
                    self._observer.started(step.name, self._cache.log(step.name))
                    running[pool.submit(self._build_one, step, keys[step.name], paths)] = step
                for future in wait(running, _NOTICE_SIGNALS_SECONDS, FIRST_COMPLETED).done:
                    step = running.pop(future)
                    try:
                        self._observer.finished(step.name, future.result())
                        unbuilt.discard(step.name)
                    except LabError as error:
                        failure = failure or error
                        self._observer.failed(step.name)
        if failure:
            raise failure

    def _build_one(self, step: Step, key: str, paths: Mapping[str, Path]) -> Built:
        begun = time.monotonic()
        log_path = self._cache.log(step.name)
        log_path.parent.mkdir(parents=True, exist_ok=True)
        folder = self._cache.temporary(step.name)
        out, scratch = folder / "out", folder / "scratch"
        out.mkdir()
        scratch.mkdir()
        try:
            with log_path.open("w") as log:
                inputs = {need: paths[need] for need in step.needs}
                versions = step.build(Work(out, scratch, self._cache.root, inputs, key, log, self._children))
            return self._cache.publish(step.name, key, out, time.monotonic() - begun, versions)
        except (CommandError, LabError, OSError, ValueError, KeyError) as error:
            raise StepError(step.name, str(error) or repr(error), log_path, _tail(log_path)) from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _tail(path: Path) -> list[str]:
    return path.read_text(errors="replace").splitlines()[-_TAIL_LINES:]
