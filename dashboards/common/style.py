"""Colours that people with any colour vision can tell apart (after Okabe and Ito), and what they mean here."""

from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.models import dashboard as model

SKY = "#56B4E9"
GREEN = "#009E73"
ORANGE = "#E69F00"
RED = "#D55E00"
PINK = "#CC79A7"
BLUE = "#0072B2"
GREY = "#8A8F98"

GOOD, WARNING, BAD, NEUTRAL = GREEN, ORANGE, RED, SKY

STATUS_CLASSES = {"1xx": GREY, "2xx": GREEN, "3xx": SKY, "4xx": ORANGE, "5xx": RED}
OUTCOMES = {"completed": GREEN, "compensated": ORANGE, "failed": RED}
QUANTILES = {"p50": SKY, "p90": GREEN, "p95": ORANGE, "p99": RED}


def steps(*pairs: tuple[float, str], base: str = GOOD) -> build.ThresholdsConfig:
    """Thresholds: `base` below the first pair's value, then each pair's colour from its value up."""
    levels = [model.Threshold(value=None, color=base), *(model.Threshold(value=value, color=color) for value, color in pairs)]
    return build.ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE).steps(levels)


def at_most(warning: float, bad: float) -> build.ThresholdsConfig:
    """Good while below `warning`, bad from `bad` up."""
    return steps((warning, WARNING), (bad, BAD)) if warning < bad else steps((bad, BAD))


def at_least(warning: float, good: float) -> build.ThresholdsConfig:
    """Bad below `warning`, good from `good` up."""
    return steps((warning, WARNING), (good, GOOD), base=BAD) if warning < good else steps((good, GOOD), base=BAD)


def color(name: str) -> model.DynamicConfigValue:
    """Return the override that gives a series one fixed colour."""
    return model.DynamicConfigValue(id_val="color", value={"mode": "fixed", "fixedColor": name})
