"""Run every figure and print one table: python -m bench [--bundle DIR] [--runs N]."""

import argparse
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

from rich.console import Console

from bench import page, running, startup, telemetry, up
from bench.table import Row, as_json, render

SAVED = Path("artifacts/bench.json")


def main() -> None:
    """Measure, print, save; leaves the demo running."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--bundle", type=Path, help="offline bundle; without it charts and images come from upstream")
    parser.add_argument("--runs", type=int, default=1, help="rounds of `up` from nothing (several minutes each)")
    parser.add_argument(
        "--no-telemetry", dest="telemetry", action="store_false", help="leave out Kafka and logs, which take ten minutes"
    )
    given = parser.parse_args()
    rows: list[Row] = []
    try:
        for section in _sections(given):
            rows += section()
    finally:
        # Half an hour's figures are not lost by one that can't be had.
        Console(width=130).print(render(rows))
        SAVED.parent.mkdir(exist_ok=True)
        SAVED.write_text(json.dumps(as_json(rows), indent=2) + "\n")


def _sections(given: argparse.Namespace) -> list[Callable[[], list[Row]]]:
    with_both = [partial(telemetry.rows, given.bundle), partial(telemetry.pipeline, given.bundle)] if given.telemetry else []
    return [*with_both, startup.rows, partial(up.rows, given.bundle, given.runs), running.rows, page.rows]


if __name__ == "__main__":
    main()
