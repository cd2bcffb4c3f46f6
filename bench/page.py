"""How long the saga dashboard's page of the live demo takes, in headless Chromium: only where the lab's stand-in draws it."""

import statistics

import httpx

from bench.live import GRAFANA, LOGIN
from bench.table import Row
from tests.looks.browser import chromium, new_context, sign_in
from tests.looks.eyes import page_times

RUNS = 5
FIRST_SECONDS, ALL_SECONDS = 1.5, 3.0


def rows() -> list[Row]:
    """Seconds from opening the page to its first panel, and to all; nothing for a real Grafana."""
    if "x-grafana-stand-in" not in httpx.get(f"{GRAFANA}/api/health").headers:
        return []
    with chromium() as browser:
        context = new_context(browser, "laptop")
        sign_in(context, GRAFANA, *LOGIN)
        times = [page_times(context, GRAFANA, "obs-saga") for _ in range(RUNS)]
    first, everything = (statistics.median(column) for column in zip(*times, strict=True))
    return [
        Row.at_most("saga dashboard, first panel", first, "s", limit=FIRST_SECONDS),
        Row.at_most("saga dashboard, all panels", everything, "s", limit=ALL_SECONDS),
    ]
