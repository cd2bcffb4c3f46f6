"""An hour of made-up but believable measurements of the demo shop and the stack, the same at every run, as OpenMetrics text."""

import math
from collections.abc import Iterator

from .recorded_cluster import measurements
from .recording import BOUNDS, COORDINATOR, END, ENDPOINTS, SERVICES, below, constant, counter, gauge, share_below, share_of, wave


def _requests() -> Iterator[str]:
    for service, rate in SERVICES.items():
        own = {"namespace": "saga-demo", "service": service}
        method, endpoint = ENDPOINTS[service]
        curve = wave(rate, 0.25, service)
        wrong = 0.06 if service == "payment" else 0.004
        median = 0.18 if service == "payment" else 0.03
        yield from gauge("service:http_requests:rate1m", own, curve)
        yield from gauge("service:http_errors:rate1m", own, share_of(curve, wrong))
        by_endpoint = own | {"method": method, "endpoint": endpoint}
        for status, share in (("2xx", 1 - wrong), ("5xx", wrong)):
            labels = by_endpoint | {"status_class": status}
            yield from gauge("service_endpoint:http_requests:rate1m", labels, share_of(curve, share))
        slower = wave(median, 0.5, service, "duration", minutes=35)
        for bound in BOUNDS:
            le = "+Inf" if math.isinf(bound) else f"{bound:g}"
            for name, labels in (("service", own), ("service_endpoint", by_endpoint)):
                yield from gauge(
                    f"{name}:http_request_duration_seconds_bucket:rate1m",
                    labels | {"le": le},
                    below(curve, bound, slower),
                )


def _sagas() -> Iterator[str]:
    for outcome, rate in (("completed", 4.5), ("compensated", 0.45), ("failed", 0.02)):
        yield from counter("saga_finished_total", COORDINATOR | {"outcome": outcome}, wave(rate, 0.2, outcome))
    for step, rate in (("payment", 0.3), ("inventory", 0.1), ("shipping", 0.05)):
        yield from counter("saga_compensations_total", COORDINATOR | {"step": step}, wave(rate, 0.3, step))
    for bound in BOUNDS:
        le = "+Inf" if math.isinf(bound) else f"{bound:g}"
        labels = COORDINATOR | {"le": le}
        yield from counter("saga_duration_seconds_bucket", labels, constant(5.0 * share_below(bound, 0.35)))


def _redis() -> Iterator[str]:
    own = {"job": "redis", "instance": "shop"}
    for name, curve in {
        "redis_up": constant(1),
        "redis_uptime_in_seconds": lambda at: at - END + 90_000,
        "redis_connected_clients": wave(12, 0.15, "clients"),
        "redis_blocked_clients": constant(0),
        "redis_memory_used_bytes": wave(18e6, 0.1, "memory", minutes=60),
        "redis_memory_used_rss_bytes": wave(27e6, 0.05, "rss", minutes=60),
        "redis_memory_max_bytes": constant(64e6),
    }.items():
        yield from gauge(name, own, curve)
    for name, rate in {
        "redis_commands_processed_total": 61.0,
        "redis_keyspace_hits_total": 38.0,
        "redis_keyspace_misses_total": 2.4,
        "redis_connections_received_total": 0.4,
        "redis_rejected_connections_total": 0.0,
        "redis_expired_keys_total": 1.3,
        "redis_evicted_keys_total": 0.0,
        "redis_net_input_bytes_total": 8_400.0,
        "redis_net_output_bytes_total": 15_200.0,
    }.items():
        yield from counter(name, own, wave(rate, 0.2, name))
    for command, rate in {"get": 22.0, "set": 11.0, "hincrby": 9.0, "expire": 8.5, "decrby": 5.0, "ping": 0.3}.items():
        labels = own | {"cmd": command}
        yield from counter("redis_commands_total", labels, wave(rate, 0.2, command))
        yield from counter("redis_commands_duration_seconds_total", labels, wave(rate * 2.5e-6, 0.2, command))
        yield from counter("redis_commands_failed_calls_total", labels, constant(0))
    yield from gauge("redis_db_keys", own | {"db": "db0"}, wave(1450, 0.1, "keys"))
    yield from gauge("redis_db_keys_expiring", own | {"db": "db0"}, wave(930, 0.1, "expiring"))


def openmetrics() -> str:
    """Everything, for `promtool tsdb create-blocks-from openmetrics`."""
    parts = (_requests(), _sagas(), _redis(), measurements())
    lines = sorted((line for part in parts for line in part), key=lambda line: line.split("{", 1)[0])
    return "\n".join([*lines, "# EOF", ""])
