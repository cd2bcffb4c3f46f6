"""How long a person waits for `--help` and `--version`."""

import sys
from pathlib import Path

from bench.table import Row
from bench.timing import paired

RUNS = 15
BIN = Path(sys.executable).parent


def rows() -> list[Row]:
    """`--help` beside a bare Typer app's, `--version` beside an interpreter that only imports Typer."""
    obsdeploy = str(BIN / "obsdeploy")
    help_pair = paired([obsdeploy, "--help"], [sys.executable, str(Path(__file__).with_name("bare_typer.py")), "--help"], RUNS)
    version_pair = paired([obsdeploy, "--version"], [sys.executable, "-c", "import typer"], RUNS)
    return [
        Row.ratio("obsdeploy --help", "a bare Typer app's --help", help_pair, limit=1.25),
        Row.ratio("obsdeploy --version", "python -c 'import typer'", version_pair, limit=1.25),
    ]
