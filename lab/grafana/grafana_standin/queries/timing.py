"""Time ranges and steps as Grafana computes them. Durations are in milliseconds."""

import re
import time
from dataclasses import dataclass

_DAY_MS = 86_400_000
_YEAR_MS = 365 * _DAY_MS
_UNITS_MS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": _DAY_MS, "w": 7 * _DAY_MS, "M": 30 * _DAY_MS, "y": _YEAR_MS}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|[smhdwMy])")
_RELATIVE = re.compile(r"now(?:-(\d+)([smhdwMy]))?(?:/([smhdwMy]))?")
_SAFE_POINTS = 11_000
_DEFAULT_POINTS = 1500
# (up to this step, that step): the round steps between which Grafana chooses.
_STEPS = (
    (10, 1), (15, 10), (35, 20), (75, 50), (150, 100), (350, 200), (750, 500), (1500, 1000), (3500, 2000), (7500, 5000),
    (12_500, 10_000), (17_500, 15_000), (25_000, 20_000), (45_000, 30_000), (90_000, 60_000), (210_000, 120_000),
    (450_000, 300_000), (750_000, 600_000), (1_050_000, 900_000), (1_500_000, 1_200_000), (2_700_000, 1_800_000),
    (5_400_000, 3_600_000), (9_000_000, 7_200_000), (16_200_000, 10_800_000), (32_400_000, 21_600_000), (64_800_000, 43_200_000),
    (7 * _DAY_MS, _DAY_MS), (21 * _DAY_MS, 7 * _DAY_MS), (42 * _DAY_MS, 30 * _DAY_MS),
)  # fmt: skip


class BadTime(ValueError):
    """A time or duration that can't be read; the message quotes it."""


@dataclass(frozen=True)
class TimeRange:
    """From and to, in epoch milliseconds."""

    start: int
    end: int

    @property
    def length(self) -> int:
        """Milliseconds between the two."""
        return self.end - self.start


def parse_duration(text: str) -> int:
    """`15s`, `1m30s`, `>30s`: milliseconds. Raises BadTime."""
    stripped = text.strip().lstrip(">").strip()
    parts = _DURATION.findall(stripped)
    if not parts or "".join(number + unit for number, unit in parts) != stripped:
        raise BadTime(f'not a valid duration string: "{text}"')
    return round(sum(float(number) * _UNITS_MS[unit] for number, unit in parts))


def parse_time(value: object, now_ms: int | None = None) -> int:
    """`now-5m`, `now/d` or epoch milliseconds, as text or number: epoch milliseconds. Raises BadTime."""
    text = str(value).strip()
    if re.fullmatch(r"-?\d+", text):
        return int(text)
    match = _RELATIVE.fullmatch(text)
    if not match:
        raise BadTime(f"cannot parse time {text!r}")
    at = round(time.time() * 1000) if now_ms is None else now_ms
    number, unit, rounding = match.groups()
    if number:
        at -= int(number) * _UNITS_MS[unit]
    return at - at % _UNITS_MS[rounding] if rounding else at


def parse_range(start: object, end: object, now_ms: int | None = None) -> TimeRange:
    """A request's `from` and `to`. Raises BadTime."""
    return TimeRange(parse_time(start, now_ms), parse_time(end, now_ms))


def round_step(step: float) -> int:
    """The round step that Grafana takes for an exact one."""
    return next((rounded for limit, rounded in _STEPS if step < limit), _YEAR_MS)


def calculate_step(span: TimeRange, *, interval: str, interval_ms: int, scrape: str, max_points: int) -> int:
    """The step of a range query: at least the query's or the data source's, coarse enough for the points that fit."""
    if interval and interval != "0s" and "$" not in interval:
        least = parse_duration(interval)
    else:
        least = interval_ms or parse_duration(scrape or "15s")
    fitting = max(span.length / (max_points or _DEFAULT_POINTS), 1)
    step = least if fitting < least else round_step(fitting)
    return max(step, round_step(span.length / _SAFE_POINTS))


def rate_interval(interval_ms: int, scrape: str) -> int:
    """`$__rate_interval`: a window in which a rate always finds two scrapes."""
    scrape_ms = parse_duration(scrape or "15s")
    return max(interval_ms + scrape_ms, 4 * scrape_ms)


def format_step(step: int) -> str:
    """A duration in Prometheus' notation: `15s`, `1m`, `1h`, `500ms`."""
    for unit in ("d", "h", "m", "s"):
        if step >= _UNITS_MS[unit] and step % _UNITS_MS[unit] == 0:
            return f"{step // _UNITS_MS[unit]}{unit}"
    return f"{step}ms"


def expand_macros(expr: str, span: TimeRange, step: int, rate_window: int) -> str:
    """Replace `$__interval`, `$__rate_interval` and `$__range`, with or without braces and _ms/_s."""
    seconds = round(span.length / 1000)
    values = {
        "interval": format_step(step),
        "interval_ms": str(step),
        "rate_interval": format_step(rate_window),
        "rate_interval_ms": str(rate_window),
        "range": f"{seconds}s",
        "range_s": str(seconds),
        "range_ms": str(span.length),
    }
    return re.sub(
        r"\$(?:\{__(\w+)\}|__(rate_interval_ms|rate_interval|interval_ms|interval|range_ms|range_s|range))",
        lambda match: values.get(match.group(1) or match.group(2), match.group(0)),
        expr,
    )
