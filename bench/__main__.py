"""Run every figure and print one table: python -m bench [--bundle DIR] [--runs N]."""

import argparse
import json
from pathlib import Path

from rich.console import Console

from bench import page, running, startup, telemetry, up
from bench.table import as_json, render

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
    rows = telemetry.rows(given.bundle) if given.telemetry else []
    rows += [*startup.rows(), *up.rows(given.bundle, given.runs), *running.rows(), *page.rows()]
    Console(width=130).print(render(rows))
    SAVED.parent.mkdir(exist_ok=True)
    SAVED.write_text(json.dumps(as_json(rows), indent=2) + "\n")


if __name__ == "__main__":
    main()
