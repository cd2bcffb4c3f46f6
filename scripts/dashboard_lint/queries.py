"""Do the queries parse? Asked of promtool, Prometheus' own tool, all at once."""

import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

_DURATION = re.compile(r"\$(?:__(?:rate_interval|interval|range)|\{__(?:rate_interval|interval|range)\}|__auto|\{__auto\})(?!_)")
_NUMBER = re.compile(r"\$(?:__\w+|\{__\w+\})")
_VARIABLE = re.compile(r"\$(?:\w+|\{\w+(?::\w+)?\})|\[\[\w+\]\]")
_COMPLAINT = re.compile(r'rule (\d+), "[^"]*": (?:could not parse expression: )?(.*)')


def substituted(expr: str) -> str:
    """The query with something in the place of each variable, so that it can be parsed."""
    return _VARIABLE.sub("x", _NUMBER.sub("60", _DURATION.sub("5m", expr)))


def unparsed(exprs: list[str], promtool: str) -> dict[int, str]:
    """Which of the queries don't parse, by index, and why. Raises OSError if promtool can't be run."""
    if not exprs:
        return {}
    rules = [{"record": f"query:{index}", "expr": substituted(expr)} for index, expr in enumerate(exprs)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "queries.json"
        # JSON is YAML.
        path.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
        run = subprocess.run([promtool, "check", "rules", str(path)], capture_output=True, text=True, check=False)
    said = run.stdout + run.stderr
    found = {int(match.group(1)) - 1: match.group(2) for match in _COMPLAINT.finditer(said)}
    if run.returncode and not found:
        raise OSError(f"promtool: {said.strip()}")
    return found


def find_promtool() -> str | None:
    """promtool on PATH."""
    return shutil.which("promtool")
