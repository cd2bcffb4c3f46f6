"""One obsdeploy at a time on a cluster, as far as this machine goes; and the memory of a run that did not end well."""

import contextlib
import fcntl
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from obsdeploy import paths
from obsdeploy.errors import EnvironmentProblem
from obsdeploy.pipeline.target import Target


@dataclass(frozen=True)
class Turn:
    """Ours to work on the cluster. `resumes`: the run before was interrupted, so what it left pending is nobody's now.

    `unfinished` names the releases of which nobody knows yet how Helm's last operation ended: those that this run has Helm
    work on, and after an interrupted run all that it is going to.
    """

    resumes: bool
    unfinished: set[str]


@contextlib.contextmanager
def take(target: Target, releases: Iterable[str]) -> Iterator[Turn]:
    """Hold the cluster's lock around a block that works on `releases`. Raises EnvironmentProblem where another run holds it.

    The file's content is the mark of a run that was interrupted or killed: written first, removed when the block ends by
    itself. A failure is such an end, unless a release is unfinished: what the next run finds pending is ours then.
    """
    path = paths.private_dir(paths.data_dir()) / f"{target.key}.lock"
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise EnvironmentProblem(
                f"another obsdeploy (pid {file.read().strip() or 'unknown'}) is at work on {target.context}",
                hint="Wait until it has ended, or stop it with Ctrl-C where it runs.",
            ) from None
        file.seek(0)
        resumes = bool(file.read().strip())
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        turn = Turn(resumes, set(releases) if resumes else set())
        try:
            yield turn
        except Exception:
            if not turn.unfinished:
                file.truncate(0)
            raise
        file.truncate(0)
