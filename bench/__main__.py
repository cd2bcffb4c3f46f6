"""Run every figure and print one table: python -m bench [--bundle DIR] [--runs N]."""

import argparse
import json
from pathlib import Path

from rich.console import Console

from bench import page, running, startup, up
from bench.table import as_json, render

SAVED = Path("artifacts/bench.json")


def main() -> None:
    """Measure, print, save; leaves the demo running."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--bundle", type=Path, help="offline bundle; without it charts and images come from upstream")
    parser.add_argument("--runs", type=int, default=1, help="rounds of `up` from nothing (several minutes each)")
    given = parser.parse_args()
    rows = [*startup.rows(), *up.rows(given.bundle, given.runs), *running.rows(), *page.rows()]
    Console(width=130).print(render(rows))
    SAVED.parent.mkdir(exist_ok=True)
    SAVED.write_text(json.dumps(as_json(rows), indent=2) + "\n")


if __name__ == "__main__":
    main()
