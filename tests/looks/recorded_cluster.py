"""What the cluster and the stack themselves measure in that hour."""

import zlib
from collections.abc import Iterator

from .recording import SERVICES, SHOP, constant, counter, gauge, wave

NODE = "obsdeploy-control-plane"
STACK_PODS = ("prometheus-server", "grafana", "alertmanager", "kube-state-metrics", "node-exporter", "redis-exporter")
JOBS = (
    *("prometheus", "alertmanager", "grafana", "kube-state-metrics", "node-exporter", "cadvisor", "kubelet"),
    *("redis", "applications", "loki", "log-collector", "kafka"),
)


def _pods() -> Iterator[str]:
    pods = [
        ("saga-demo", service, 0.03 + 0.01 * index, 62e6) for index, service in enumerate([*SERVICES, "redis", "load-generator"])
    ]
    pods += [("monitoring", name, 0.05, 90e6) for name in STACK_PODS]
    for namespace, name, cores, memory in pods:
        pod = f"{name}-0" if name in {"redis", "alertmanager"} else f"{name}-7c9f-{zlib.crc32(name.encode()) % 9000 + 1000}"
        own = {"namespace": namespace, "pod": pod}
        measured = own | {"job": "cadvisor", "container": name}
        yield from counter("container_cpu_usage_seconds_total", measured, wave(cores, 0.3, name))
        yield from counter("container_cpu_cfs_periods_total", measured, constant(10))
        yield from counter("container_cpu_cfs_throttled_periods_total", measured, constant(0.1))
        yield from gauge("container_memory_working_set_bytes", measured, wave(memory, 0.06, name, minutes=50))
        yield from gauge("kube_pod_container_status_restarts_total", own | {"container": name}, constant(0))
        for kind, request, limit in (("cpu", 0.05, 0.5), ("memory", 64 * 2**20, 128 * 2**20)):
            asked = own | {"container": name, "resource": kind}
            yield from gauge("kube_pod_container_resource_requests", asked, constant(request))
            yield from gauge("kube_pod_container_resource_limits", asked, constant(limit))


def _targets() -> Iterator[str]:
    for service in SERVICES:
        yield from gauge("up", SHOP | {"service": service, "instance": f"{service}:8000", "pod": f"{service}-0"}, constant(1))
    for job in JOBS:
        labels = {"job": job, "instance": f"{job}:80"}
        if job == "node-exporter":
            labels["node"] = NODE
        if job != "applications":
            yield from gauge("up", labels, constant(1))
        yield from gauge("scrape_duration_seconds", labels, wave(0.02, 0.4, job))
        yield from gauge("scrape_samples_post_metric_relabeling", labels, constant(100 + 40 * len(job)))


def _stack() -> Iterator[str]:
    own = {"job": "prometheus", "instance": "prometheus:80"}
    for name, curve in {
        "prometheus_tsdb_head_series": wave(5200, 0.01, "series"),
        "process_resident_memory_bytes": wave(151e6, 0.04, "resident"),
        "prometheus_tsdb_storage_blocks_bytes": constant(21e6),
        "prometheus_tsdb_wal_storage_size_bytes": wave(9e6, 0.1, "wal"),
    }.items():
        yield from gauge(name, own, curve)
    for name, rate in {
        "prometheus_tsdb_head_samples_appended_total": 340.0,
        "prometheus_rule_evaluation_failures_total": 0.0,
        "prometheus_notifications_sent_total": 0.07,
        "prometheus_notifications_errors_total": 0.0,
        "prometheus_notifications_dropped_total": 0.0,
    }.items():
        yield from counter(name, own, constant(rate))
    interval = own | {"interval": "15s", "quantile": "0.99"}
    yield from gauge("prometheus_target_interval_length_seconds", interval, wave(15.003, 0.0001, "interval"))
    for group in ("applications-requests", "applications-durations", "alerts"):
        labels = own | {"rule_group": f"/etc/config/rules.yaml;{group}"}
        yield from gauge("prometheus_rule_group_last_duration_seconds", labels, wave(0.004, 0.3, group))
    yield from gauge("ALERTS", {"alertname": "Watchdog", "alertstate": "firing", "severity": "none"}, constant(1))
    for state, number in (("active", 1), ("suppressed", 0)):
        yield from gauge(
            "alertmanager_alerts", {"job": "alertmanager", "instance": "alertmanager:80", "state": state}, constant(number)
        )
    for status, rate in (("200", 1.8), ("404", 0.02)):
        labels = {"job": "grafana", "instance": "grafana:80", "handler": "/api/ds/query", "method": "POST", "status_code": status}
        yield from counter("grafana_http_request_duration_seconds_count", labels, wave(rate, 0.3, status))


def _cluster() -> Iterator[str]:
    for namespace, name in [
        *(("saga-demo", service) for service in SERVICES),
        ("monitoring", "grafana"),
        ("monitoring", "prometheus-server"),
    ]:
        labels = {"namespace": namespace, "deployment": name}
        yield from gauge("kube_deployment_spec_replicas", labels, constant(1))
        yield from gauge("kube_deployment_status_replicas_ready", labels, constant(1))
    for metric in ("kube_statefulset_replicas", "kube_statefulset_status_replicas_ready"):
        yield from gauge(metric, {"namespace": "monitoring", "statefulset": "alertmanager"}, constant(1))
    for metric in ("kube_daemonset_status_desired_number_scheduled", "kube_daemonset_status_number_ready"):
        yield from gauge(metric, {"namespace": "monitoring", "daemonset": "node-exporter"}, constant(1))
    node = {"job": "node-exporter", "instance": "10.0.0.2:9100", "node": NODE}
    for mode, cores in (("idle", 1.4), ("user", 0.4), ("system", 0.15), ("iowait", 0.05)):
        for cpu in ("0", "1"):
            yield from counter("node_cpu_seconds_total", node | {"cpu": cpu, "mode": mode}, wave(cores / 2, 0.1, mode))
    yield from gauge("node_load5", node, wave(0.8, 0.2, "load"))
    for resource, share in (("cpu", 0.06), ("memory", 0.001), ("io", 0.01)):
        yield from counter(f"node_pressure_{resource}_waiting_seconds_total", node, wave(share, 0.4, resource))
    for direction, rate in (("receive", 42_000.0), ("transmit", 51_000.0)):
        for what, share in (("bytes", rate), ("drop", 0.0), ("errs", 0.0)):
            yield from counter(f"node_network_{direction}_{what}_total", node | {"device": "eth0"}, wave(share, 0.3, direction))
    for name, rate in (("read_bytes", 9_000.0), ("written_bytes", 610_000.0), ("io_time_seconds", 0.07)):
        yield from counter(f"node_disk_{name}_total", node | {"device": "vda"}, wave(rate, 0.4, name))
    yield from gauge("node_memory_MemTotal_bytes", node, constant(24 * 2**30))
    yield from gauge("node_memory_MemAvailable_bytes", node, wave(17 * 2**30, 0.03, "available"))
    disk = node | {"device": "/dev/vda", "fstype": "ext4", "mountpoint": "/"}
    yield from gauge("node_filesystem_size_bytes", disk, constant(240 * 2**30))
    yield from gauge("node_filesystem_avail_bytes", disk, constant(96 * 2**30))
    for claim, share in (("prometheus-server", 0.31), ("grafana", 0.02)):
        labels = {"job": "kubelet", "namespace": "monitoring", "persistentvolumeclaim": claim}
        yield from gauge("kubelet_volume_stats_used_bytes", labels, constant(share * 8 * 2**30))
        yield from gauge("kubelet_volume_stats_capacity_bytes", labels, constant(8 * 2**30))


def _logs() -> Iterator[str]:
    loki = {"job": "loki", "instance": "loki:3100"}
    for name, rate in (("lines_received", 31.0), ("bytes_received", 7_400.0)):
        yield from counter(f"loki_distributor_{name}_total", loki, wave(rate, 0.2, name))
    yield from counter("loki_discarded_samples_total", loki | {"reason": "line_too_long"}, constant(0))
    yield from gauge("loki_ingester_memory_streams", loki, constant(18))
    yield from gauge("process_resident_memory_bytes", loki, wave(84e6, 0.05, "loki"))
    collector = {"job": "log-collector", "instance": "10.0.0.2:8888", "node": NODE}
    for name, value in (("queue_size", 3), ("queue_capacity", 1000)):
        yield from gauge(f"otelcol_exporter_{name}", collector, constant(value))
    yield from gauge("otelcol_process_memory_rss_bytes", collector, wave(66e6, 0.05, "collector"))
    for name, rate in (
        ("receiver_accepted", 31.0),
        ("exporter_sent", 31.0),
        ("exporter_send_failed", 0.0),
        ("receiver_refused", 0.0),
    ):
        yield from counter(f"otelcol_{name}_log_records_total", collector, wave(rate, 0.2, "lines_received"))


def _kafka() -> Iterator[str]:
    exporter = {"job": "kafka", "instance": "kafka-exporter:9308"}
    topic = exporter | {"topic": "saga-events"}
    group = topic | {"consumergroup": "notification"}
    yield from gauge("kafka_brokers", exporter, constant(1))
    yield from gauge("kafka_topic_partitions", topic, constant(3))
    for partition in ("0", "1", "2"):
        one = topic | {"partition": partition}
        yield from counter("kafka_topic_partition_current_offset", one, wave(3.1, 0.2, "events", partition))
        yield from gauge("kafka_topic_partition_under_replicated_partition", one, constant(0))
    yield from gauge("kafka_consumergroup_lag_sum", group, wave(4, 0.5, "lag"))
    yield from counter("kafka_consumergroup_current_offset_sum", group, wave(9.3, 0.2, "events"))
    yield from gauge("kafka_consumergroup_members", group, constant(1))


def measurements() -> Iterator[str]:
    """All of it, as lines of OpenMetrics."""
    for part in (_pods, _targets, _stack, _cluster, _logs, _kafka):
        yield from part()
