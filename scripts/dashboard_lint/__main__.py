"""`python -m scripts.dashboard_lint FILE|FOLDER…`: what Grafana would silently get wrong about these dashboards."""

import argparse
import sys
from pathlib import Path

from .lint import lint
from .queries import find_promtool


def main() -> int:
    """Exit code: 0 nothing to complain of, 1 complaints, 2 no such file."""
    parser = argparse.ArgumentParser(prog="dashboard_lint", description=__doc__)
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a dashboard's JSON, or a folder of them")
    parser.add_argument("--promtool", default=find_promtool(), help="checks queries; by default the one on PATH")
    arguments = parser.parse_args()
    files = [file for path in arguments.paths for file in (sorted(path.rglob("*.json")) if path.is_dir() else [path])]
    if not files or not all(file.exists() for file in files):
        sys.stderr.write(f"no dashboards at {', '.join(str(path) for path in arguments.paths)}\n")
        return 2
    if arguments.promtool is None:
        sys.stderr.write("promtool is not on PATH: queries were not parsed\n")
    complaints = lint(files, arguments.promtool)
    sys.stdout.writelines(f"{complaint}\n" for complaint in complaints)
    sys.stdout.write(f"{len(files)} dashboards, {len(complaints)} complaints\n")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
