"""Times and durations as Prometheus, Kubernetes and Go write them, in seconds."""

from __future__ import annotations

import re
from datetime import datetime

_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "y": 31536000}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|[smhdwy])")


def seconds(duration: str) -> float:
    """Read `15s`, `1m30s`, `2h`. Raises ValueError for anything else."""
    parts = _PART.findall(duration)
    if not parts or "".join(number + unit for number, unit in parts) != duration:
        raise ValueError(f"not a duration: {duration!r}")
    return float(sum(float(number) * _UNITS[unit] for number, unit in parts))


def epoch(timestamp: str) -> float:
    """Read an RFC 3339 time to epoch seconds; the zero time of Go ("never") is 0."""
    if not timestamp or timestamp.startswith("0001-"):
        return 0.0
    return datetime.fromisoformat(timestamp).timestamp()


def ago(since: float, now: float) -> str:
    """Say how long ago something was, in its largest unit."""
    passed = max(now - since, 0)
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if passed >= 2 * size:
            return f"{passed / size:.0f} {unit} ago"
    return f"{passed:.0f} s ago"
