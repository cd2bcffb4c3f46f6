"""An hour of made-up but believable measurements of the demo shop and the stack, the same at every run, as OpenMetrics text."""

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
STACK_PODS = ("prometheus-server", "grafana", "alertmanager", "kube-state-metrics", "node-exporter", "redis-exporter")
SHOP = {"job": "applications", "namespace": "saga-demo"}


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


def _gauge(name: str, labels: Labels, curve: Curve) -> Iterator[str]:
    for at in _instants():
        yield _line(name, labels, curve(at), at)


def _counter(name: str, labels: Labels, rate: Curve) -> Iterator[str]:
    """A counter whose rate per second follows the curve."""
    total = 1000.0
    for at in _instants():
        total += max(0.0, rate(at)) * STEP
        inside = ",".join(f'{key}="{text}"' for key, text in labels.items())
        yield f"{name}{{{inside}}} {total:.3f} {at}"


def _share_below(bound: float, median: float) -> float:
    """How much of the requests took at most `bound` seconds, with a tail as services have."""
    if math.isinf(bound):
        return 1.0
    return 1 / (1 + math.pow(median / bound, 2.2))


def _share_of(curve: Curve, share: float) -> Curve:
    return lambda at: curve(at) * share


def _below(curve: Curve, bound: float, median: Curve) -> Curve:
    return lambda at: curve(at) * _share_below(bound, median(at))


def _requests() -> Iterator[str]:
    for service, rate in SERVICES.items():
        own = {"namespace": "saga-demo", "service": service}
        method, endpoint = ENDPOINTS[service]
        curve = wave(rate, 0.25, service)
        wrong = 0.06 if service == "payment" else 0.004
        median = 0.18 if service == "payment" else 0.03
        yield from _gauge("service:http_requests:rate1m", own, curve)
        yield from _gauge("service:http_errors:rate1m", own, _share_of(curve, wrong))
        by_endpoint = own | {"method": method, "endpoint": endpoint}
        for status, share in (("2xx", 1 - wrong), ("5xx", wrong)):
            labels = by_endpoint | {"status_class": status}
            yield from _gauge("service_endpoint:http_requests:rate1m", labels, _share_of(curve, share))
        slower = wave(median, 0.5, service, "duration", minutes=35)
        for bound in BOUNDS:
            le = "+Inf" if math.isinf(bound) else f"{bound:g}"
            for name, labels in (("service", own), ("service_endpoint", by_endpoint)):
                yield from _gauge(
                    f"{name}:http_request_duration_seconds_bucket:rate1m",
                    labels | {"le": le},
                    _below(curve, bound, slower),
                )


def _sagas() -> Iterator[str]:
    for outcome, rate in (("completed", 4.5), ("compensated", 0.45), ("failed", 0.02)):
        yield from _counter(
            "saga_finished_total", SHOP | {"service": "coordinator", "outcome": outcome}, wave(rate, 0.2, outcome)
        )
    for step, rate in (("payment", 0.3), ("inventory", 0.1), ("shipping", 0.05)):
        yield from _counter("saga_compensations_total", SHOP | {"service": "coordinator", "step": step}, wave(rate, 0.3, step))
    for bound in BOUNDS:
        le = "+Inf" if math.isinf(bound) else f"{bound:g}"
        labels = SHOP | {"service": "coordinator", "le": le}
        yield from _counter("saga_duration_seconds_bucket", labels, constant(5.0 * _share_below(bound, 0.35)))


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
        yield from _gauge(name, own, curve)
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
        yield from _counter(name, own, wave(rate, 0.2, name))
    for command, rate in {"get": 22.0, "set": 11.0, "hincrby": 9.0, "expire": 8.5, "decrby": 5.0, "ping": 0.3}.items():
        labels = own | {"cmd": command}
        yield from _counter("redis_commands_total", labels, wave(rate, 0.2, command))
        yield from _counter("redis_commands_duration_seconds_total", labels, wave(rate * 2.5e-6, 0.2, command))
        yield from _counter("redis_commands_failed_calls_total", labels, constant(0))
    yield from _gauge("redis_db_keys", own | {"db": "db0"}, wave(1450, 0.1, "keys"))
    yield from _gauge("redis_db_keys_expiring", own | {"db": "db0"}, wave(930, 0.1, "expiring"))


def _pods() -> Iterator[str]:
    pods = [
        ("saga-demo", service, 0.03 + 0.01 * index, 62e6) for index, service in enumerate([*SERVICES, "redis", "load-generator"])
    ]
    pods += [("monitoring", name, 0.05, 90e6) for name in STACK_PODS]
    for namespace, name, cores, memory in pods:
        pod = f"{name}-0" if name in {"redis", "alertmanager"} else f"{name}-7c9f-{zlib.crc32(name.encode()) % 9000 + 1000}"
        own = {"namespace": namespace, "pod": pod}
        measured = own | {"job": "cadvisor", "container": name}
        yield from _counter("container_cpu_usage_seconds_total", measured, wave(cores, 0.3, name))
        yield from _counter("container_cpu_cfs_periods_total", measured, constant(10))
        yield from _counter("container_cpu_cfs_throttled_periods_total", measured, constant(0.1))
        yield from _gauge("container_memory_working_set_bytes", measured, wave(memory, 0.06, name, minutes=50))
        yield from _gauge("kube_pod_container_status_restarts_total", own | {"container": name}, constant(0))
        for kind, request, limit in (("cpu", 0.05, 0.5), ("memory", 64 * 2**20, 128 * 2**20)):
            asked = own | {"container": name, "resource": kind}
            yield from _gauge("kube_pod_container_resource_requests", asked, constant(request))
            yield from _gauge("kube_pod_container_resource_limits", asked, constant(limit))


def _targets() -> Iterator[str]:
    for service in SERVICES:
        yield from _gauge("up", SHOP | {"service": service, "instance": f"{service}:8000", "pod": f"{service}-0"}, constant(1))
    jobs = (
        "prometheus",
        "alertmanager",
        "grafana",
        "kube-state-metrics",
        "node-exporter",
        "cadvisor",
        "kubelet",
        "redis",
        "applications",
    )
    for job in jobs:
        labels = {"job": job, "instance": f"{job}:80"}
        if job != "applications":
            yield from _gauge("up", labels, constant(1))
        yield from _gauge("scrape_duration_seconds", labels, wave(0.02, 0.4, job))
        yield from _gauge("scrape_samples_post_metric_relabeling", labels, constant(100 + 40 * len(job)))


def _stack() -> Iterator[str]:
    own = {"job": "prometheus", "instance": "prometheus:80"}
    for name, curve in {
        "prometheus_tsdb_head_series": wave(5200, 0.01, "series"),
        "process_resident_memory_bytes": wave(151e6, 0.04, "resident"),
        "prometheus_tsdb_storage_blocks_bytes": constant(21e6),
        "prometheus_tsdb_wal_storage_size_bytes": wave(9e6, 0.1, "wal"),
    }.items():
        yield from _gauge(name, own, curve)
    for name, rate in {
        "prometheus_tsdb_head_samples_appended_total": 340.0,
        "prometheus_rule_evaluation_failures_total": 0.0,
        "prometheus_notifications_sent_total": 0.07,
        "prometheus_notifications_errors_total": 0.0,
        "prometheus_notifications_dropped_total": 0.0,
    }.items():
        yield from _counter(name, own, constant(rate))
    interval = own | {"interval": "15s", "quantile": "0.99"}
    yield from _gauge("prometheus_target_interval_length_seconds", interval, wave(15.003, 0.0001, "interval"))
    for group in ("applications-requests", "applications-durations", "alerts"):
        labels = own | {"rule_group": f"/etc/config/rules.yaml;{group}"}
        yield from _gauge("prometheus_rule_group_last_duration_seconds", labels, wave(0.004, 0.3, group))
    yield from _gauge("ALERTS", {"alertname": "Watchdog", "alertstate": "firing", "severity": "none"}, constant(1))
    for state, number in (("active", 1), ("suppressed", 0)):
        yield from _gauge(
            "alertmanager_alerts", {"job": "alertmanager", "instance": "alertmanager:80", "state": state}, constant(number)
        )
    for status, rate in (("200", 1.8), ("404", 0.02)):
        labels = {"job": "grafana", "instance": "grafana:80", "handler": "/api/ds/query", "method": "POST", "status_code": status}
        yield from _counter("grafana_http_request_duration_seconds_count", labels, wave(rate, 0.3, status))


def _cluster() -> Iterator[str]:
    for namespace, name in [
        *(("saga-demo", service) for service in SERVICES),
        ("monitoring", "grafana"),
        ("monitoring", "prometheus-server"),
    ]:
        labels = {"namespace": namespace, "deployment": name}
        yield from _gauge("kube_deployment_spec_replicas", labels, constant(1))
        yield from _gauge("kube_deployment_status_replicas_ready", labels, constant(1))
    for metric in ("kube_statefulset_replicas", "kube_statefulset_status_replicas_ready"):
        yield from _gauge(metric, {"namespace": "monitoring", "statefulset": "alertmanager"}, constant(1))
    for metric in ("kube_daemonset_status_desired_number_scheduled", "kube_daemonset_status_number_ready"):
        yield from _gauge(metric, {"namespace": "monitoring", "daemonset": "node-exporter"}, constant(1))
    node = {"job": "node-exporter", "instance": "obsdeploy-control-plane"}
    for mode, cores in (("idle", 1.4), ("user", 0.4), ("system", 0.15), ("iowait", 0.05)):
        for cpu in ("0", "1"):
            yield from _counter("node_cpu_seconds_total", node | {"cpu": cpu, "mode": mode}, wave(cores / 2, 0.1, mode))
    yield from _gauge("node_memory_MemTotal_bytes", node, constant(24 * 2**30))
    yield from _gauge("node_memory_MemAvailable_bytes", node, wave(17 * 2**30, 0.03, "available"))
    disk = node | {"device": "/dev/vda", "fstype": "ext4", "mountpoint": "/"}
    yield from _gauge("node_filesystem_size_bytes", disk, constant(240 * 2**30))
    yield from _gauge("node_filesystem_avail_bytes", disk, constant(96 * 2**30))
    for claim, share in (("prometheus-server", 0.31), ("grafana", 0.02)):
        labels = {"job": "kubelet", "namespace": "monitoring", "persistentvolumeclaim": claim}
        yield from _gauge("kubelet_volume_stats_used_bytes", labels, constant(share * 8 * 2**30))
        yield from _gauge("kubelet_volume_stats_capacity_bytes", labels, constant(8 * 2**30))


def openmetrics() -> str:
    """Everything, for `promtool tsdb create-blocks-from openmetrics`."""
    parts = (_requests(), _sagas(), _redis(), _pods(), _targets(), _stack(), _cluster())
    lines = sorted((line for part in parts for line in part), key=lambda line: line.split("{", 1)[0])
    return "\n".join([*lines, "# EOF", ""])
