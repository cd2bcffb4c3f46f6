"""How an hour of measurements is made up: curves, and the lines of OpenMetrics that follow them."""

import math
import zlib
from collections.abc import Callable, Iterator

END = 1787227200
"""The instant at which the recording ends: 2026-08-20 12:00:00 UTC."""
SECONDS = 3600
STEP = 15

Labels = dict[str, str]
Curve = Callable[[int], float]

SERVICES = {"order": 5.0, "inventory": 4.8, "payment": 4.6, "shipping": 4.1, "notification": 3.9, "coordinator": 5.2}
ENDPOINTS = {
    "order": ("POST", "/orders"),
    "inventory": ("POST", "/reservations"),
    "payment": ("POST", "/payments"),
    "shipping": ("POST", "/shipments"),
    "notification": ("POST", "/messages"),
    "coordinator": ("POST", "/sagas"),
}
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, math.inf)
SHOP = {"job": "applications", "namespace": "saga-demo"}
COORDINATOR = SHOP | {"service": "coordinator"}


def _phase(*words: str) -> float:
    """The same angle for the same words in every process."""
    return zlib.crc32("/".join(words).encode()) % 628 / 100


def wave(mean: float, swing: float, *words: str, minutes: float = 20) -> Curve:
    """A curve around `mean`, `swing` up and down as a share of it, shifted by its words."""
    shift = _phase(*words)
    return lambda at: mean * (1 + swing * (0.7 * math.sin(at / (minutes * 9.55) + shift) + 0.3 * math.sin(at / 47 + 3 * shift)))


def constant(value: float) -> Curve:
    """A curve that stays."""
    return lambda _: value


def _instants() -> range:
    return range(END - SECONDS, END + 1, STEP)


def _line(name: str, labels: Labels, value: float, at: int) -> str:
    inside = ",".join(f'{key}="{text}"' for key, text in labels.items())
    return f"{name}{{{inside}}} {value:.6g} {at}"


def gauge(name: str, labels: Labels, curve: Curve) -> Iterator[str]:
    """A series that follows the curve."""
    for at in _instants():
        yield _line(name, labels, curve(at), at)


def counter(name: str, labels: Labels, rate: Curve) -> Iterator[str]:
    """A counter whose rate per second follows the curve."""
    total = 1000.0
    for at in _instants():
        total += max(0.0, rate(at)) * STEP
        inside = ",".join(f'{key}="{text}"' for key, text in labels.items())
        yield f"{name}{{{inside}}} {total:.3f} {at}"


def share_below(bound: float, median: float) -> float:
    """How much of the requests took at most `bound` seconds, with a tail as services have."""
    if math.isinf(bound):
        return 1.0
    return 1 / (1 + math.pow(median / bound, 2.2))


def share_of(curve: Curve, share: float) -> Curve:
    """A part of a curve."""
    return lambda at: curve(at) * share


def below(curve: Curve, bound: float, median: Curve) -> Curve:
    """The part of a rate that took at most `bound` seconds."""
    return lambda at: curve(at) * share_below(bound, median(at))
