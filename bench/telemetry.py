"""The demo with Kafka and logs: what `up` takes with both, what the stack then costs, and the figures of the log pipeline."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from bench import logs
from bench.live import PROMETHEUS
from bench.table import Row
from bench.timing import seconds
from obsdeploy import paths

GOAL_SECONDS = 90
HEAD_SERIES = 7500
LOKI_MIB = 300
MIB = 1024 * 1024
SETTLED, SCRAPE = 60.0, 15.0
OBSDEPLOY = str(Path(sys.executable).with_name("obsdeploy"))
BOTH = ("--set", "demo.kafka=true", "--set", "logs.enabled=true")
MEMORY = 'container_memory_working_set_bytes{namespace=~"monitoring|saga-demo", container!=""}'
LOKIS_MOST = 'max(max_over_time(container_memory_working_set_bytes{namespace="monitoring", container="loki"}[20m]))'
PARTS = {
    "loki": "Loki",
    "opentelemetry-collector": "log collector",
    "prometheus-kafka-exporter": "Kafka exporter",
    "kafka": "Kafka, the demo's broker",
    "prometheus-server": "Prometheus",
    "grafana": "Grafana",
}
"""What containers are called, and for people."""


def rows(bundle: Path | None) -> list[Row]:
    """The stack itself; leaves the demo running with both."""
    offline = ["--bundle", str(bundle)] if bundle else []
    seconds([OBSDEPLOY, "down", "--purge", "--cluster"])
    took = seconds([OBSDEPLOY, "up", "--demo", *offline, *BOTH])
    return [
        Row.at_most("up with Kafka and logs, from nothing to proven", took, "s", limit=GOAL_SECONDS),
        Row.at_most("head series, with Kafka and logs", _settled(_head_series), "series", limit=HEAD_SERIES),
        *_memory(),
    ]


def pipeline(bundle: Path | None) -> list[Row]:
    """The log pipeline of the stack that `rows` leaves. Some seven minutes, of which three are lines being written."""
    kubectl = bundle / "bin" / "kubectl" if bundle else Path("kubectl")
    found = logs.rows(logs.Cluster(str(kubectl), str(paths.own_kubeconfig("obsdeploy"))), logs.IMAGE, logs.SECONDS)
    (most,) = _query(LOKIS_MOST).values()
    return [*found, Row.at_most("Loki, the most it took meanwhile", most / MIB, "MiB", limit=LOKI_MIB)]


def _settled(figure: Callable[[], float]) -> float:
    """The figure once it is the same for a few scrapes: new pods' series come in one after the other."""
    seen, until = [figure()], time.monotonic() + 4 * SETTLED
    while time.monotonic() < until:
        time.sleep(SCRAPE)
        seen.append(figure())
        if len(set(seen[-int(SETTLED / SCRAPE) :])) == 1 and len(seen) >= SETTLED / SCRAPE:
            break
    return seen[-1]


def _head_series() -> float:
    (value,) = _query("prometheus_tsdb_head_series").values()
    return value


def _memory() -> list[Row]:
    used = _query(f"sum by (container) ({MEMORY})")
    limits = {"loki": LOKI_MIB}
    return [
        Row.at_most(f"{name}, working set", used[container] / MIB, "MiB", limit=limits.get(container))
        for container, name in PARTS.items()
        if container in used
    ]


def _query(expr: str) -> dict[str, float]:
    """Values of an instant vector by their label `container`."""
    answer = httpx.get(f"{PROMETHEUS}/api/v1/query", params={"query": expr}).raise_for_status().json()
    return {one["metric"].get("container", ""): float(one["value"][1]) for one in answer["data"]["result"]}
