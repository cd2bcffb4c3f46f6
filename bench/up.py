"""From nothing to proven: `obsdeploy up --demo` beside the same by hand, in turn."""

import statistics
import sys
from pathlib import Path

from bench import plain
from bench.table import Row
from bench.timing import Pair, seconds

GOAL_SECONDS = 75
OBSDEPLOY = str(Path(sys.executable).with_name("obsdeploy"))


def rows(bundle: Path | None, runs: int) -> list[Row]:
    """`runs` rounds of each; our cluster of the last round is left running for the figures that follow."""
    offline = ["--bundle", str(bundle)] if bundle else []
    with plain.prepared(bundle) as ready:
        times = [_round(ready, offline) for _ in range(runs)]
    ours, other = (statistics.median(column) for column in zip(*times, strict=True))
    pair = Pair(ours, other, statistics.median(a / b for a, b in times))
    beside = "kind create + helm --wait + polling"
    return [
        Row.ratio("up, from nothing to proven", beside, pair, limit=1.1),
        Row.at_most("up, from nothing to proven", ours, "s", limit=GOAL_SECONDS),
        Row.at_most("up again, nothing to do", seconds([OBSDEPLOY, "up", "--demo", *offline]), "s"),
    ]


def _round(ready: plain.Prepared, offline: list[str]) -> tuple[float, float]:
    seconds([OBSDEPLOY, "down", "--purge", "--cluster"])
    other = plain.run(ready)
    return seconds([OBSDEPLOY, "up", "--demo", *offline]), other
