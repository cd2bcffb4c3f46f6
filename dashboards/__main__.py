"""`python -m dashboards` writes the generated files; `--check` only says, with exit status 1, which are out of date."""

import argparse
import sys
from pathlib import Path

from dashboards import output
from dashboards.boards import BOARDS


def main() -> int:
    """Write or check, name the files concerned, and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m dashboards", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail if a file is out of date")
    check = parser.parse_args().check
    files = output.render(BOARDS)
    changed = output.drifted(files) if check else output.write(files)
    for path in changed:
        name = path.relative_to(Path(__file__).parents[1])
        sys.stdout.write(f"{name}: {'out of date, run `make generate`' if check else 'written'}\n")
    return 1 if check and changed else 0


if __name__ == "__main__":
    raise SystemExit(main())
