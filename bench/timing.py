"""Wall time of whole processes, two commands in turn so that a drifting machine changes both alike."""

import statistics
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Pair:
    """Medians in seconds of ours and of the other command, and the median of the ratios run by run."""

    ours: float
    other: float
    ratio: float


def seconds(command: Sequence[str]) -> float:
    """How long `command` took from start to exit, in seconds; CalledProcessError if it failed."""
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - began


def median(command: Sequence[str], runs: int) -> float:
    """The median over `runs` runs after one that does not count, in seconds."""
    seconds(command)
    return statistics.median(seconds(command) for _ in range(runs))


def paired(ours: Sequence[str], other: Sequence[str], runs: int) -> Pair:
    """Both commands in turn, `runs` times each, after one run of each that does not count."""
    seconds(ours), seconds(other)
    times = [(seconds(ours), seconds(other)) for _ in range(runs)]
    return Pair(
        statistics.median(a for a, _ in times),
        statistics.median(b for _, b in times),
        statistics.median(a / b for a, b in times),
    )
