"""Figures of the live stack that `bench.up` leaves: how long `verify` takes, and what the stack costs."""

import sys
from pathlib import Path

import httpx

from bench.live import PROMETHEUS
from bench.table import Row
from bench.timing import median

RUNS = 5
VERIFY_SECONDS = 3.0
HEAD_SERIES = 6000
MIB = 1024 * 1024
OBSDEPLOY = str(Path(sys.executable).with_name("obsdeploy"))
NAMESPACE_MEMORY = 'sum(container_memory_working_set_bytes{namespace="monitoring", container!=""})'


def rows() -> list[Row]:
    """Asked of the Prometheus that the stack itself runs."""
    return [
        Row.at_most("verify of the live demo", median([OBSDEPLOY, "verify"], RUNS), "s", limit=VERIFY_SECONDS),
        Row.at_most("head series", _value("prometheus_tsdb_head_series"), "series", limit=HEAD_SERIES),
        Row.at_most("Prometheus, resident", _value('process_resident_memory_bytes{job="prometheus"}') / MIB, "MiB"),
        Row.at_most("namespace monitoring, working set", _value(NAMESPACE_MEMORY) / MIB, "MiB"),
    ]


def _value(expr: str) -> float:
    answer = httpx.get(f"{PROMETHEUS}/api/v1/query", params={"query": expr}).raise_for_status().json()
    return float(answer["data"]["result"][0]["value"][1])
