"""Panels of "The stack itself" about what runs beside Prometheus. Each function takes its first panel's id."""

from dashboards.common import resources
from dashboards.common.panel import Panel, lines
from dashboards.common.query import Query, rate
from dashboards.common.sources import ALERTMANAGER, KUBE_STATE_METRICS, NODE_EXPORTER
from dashboards.common.style import BAD, at_most
from obsdeploy.checks.released import Expect

_NAMESPACE = '{namespace=~"$namespace"}'


def alerting(first_id: int) -> list[Panel]:
    """Return alerts, their way to Alertmanager, and Alertmanager's own notifications; takes three ids."""
    errors, dropped = rate("prometheus_notifications_errors_total"), rate("prometheus_notifications_dropped_total")
    return [
        Panel(
            first_id,
            "Alerts firing by name",
            "Alerts that fire, the Watchdog among them: it always fires, and its absence means that nothing would.",
            lines(unit="short", decimals=0, stacked=True),
            [Query('sum by (alertname) (ALERTS{alertstate="firing"})', "{{alertname}}")],
            Expect.DATA,
        ),
        Panel(
            first_id + 1,
            "Alerts sent to Alertmanager",
            "Alerts per second that Prometheus sent, and those that it could not deliver. Any of the latter: runbook "
            "AlertsNotDelivered.",
            lines(unit="cps", colors={"failed": BAD}),
            [
                Query(f"sum({rate('prometheus_notifications_sent_total')})", "sent"),
                Query(f"sum({errors}) + sum({dropped})", "failed"),
            ],
            Expect.DATA,
            needs=ALERTMANAGER,
        ),
        Panel(
            first_id + 2,
            "Alerts in Alertmanager",
            "What Alertmanager holds by state. Suppressed alerts are silenced or inhibited: see whether each silence is still "
            "wanted.",
            lines(unit="short", decimals=0),
            [Query("sum by (state) (alertmanager_alerts)", "{{state}}")],
            Expect.DATA,
            needs=ALERTMANAGER,
        ),
    ]


def grafana(panel_id: int) -> Panel:
    """Return what Grafana answers."""
    counter = rate('grafana_http_request_duration_seconds_count{job="grafana"}')
    return Panel(
        panel_id,
        "Grafana's answers by status",
        "Requests per second that Grafana answers, by status code. 5xx: its log; 401 and 403 climbing: somebody's token expired.",
        lines(unit="reqps"),
        [Query(f"sum by (status_code) ({counter})", "{{status_code}}")],
        Expect.OPTIONAL,
    )


def workloads(first_id: int) -> list[Panel]:
    """Return what should run and doesn't, and what starts again and again; takes three ids."""
    kinds = (
        ("kube_deployment_spec_replicas", "kube_deployment_status_replicas_ready", "deployment"),
        ("kube_statefulset_replicas", "kube_statefulset_status_replicas_ready", "statefulset"),
        ("kube_daemonset_status_desired_number_scheduled", "kube_daemonset_status_number_ready", "daemonset"),
    )
    missing = [
        Query(f"{wanted}{_NAMESPACE} - {ready}{_NAMESPACE} > 0", f"{{{{{kind}}}}}", expect=Expect.ZERO_OK)
        for wanted, ready, kind in kinds
    ]
    wanted = [
        Query(f"sum({ready}{_NAMESPACE})", f"{kind}s", expect=None if kind == "deployment" else Expect.OPTIONAL)
        for _, ready, kind in kinds
    ]
    return [
        Panel(
            first_id,
            "Replicas ready",
            "Ready pods of each kind of workload in the selected namespaces. A dip is a roll-out or a crash.",
            lines(unit="short", decimals=0, stacked=True),
            wanted,
            Expect.DATA,
            needs=KUBE_STATE_METRICS,
        ),
        Panel(
            first_id + 1,
            "Replicas missing",
            "Workloads with fewer ready pods than wanted; empty is good. `obsdeploy status` says what each one waits for.",
            lines(unit="short", decimals=0, names_only=True, empty="none"),
            missing,
            Expect.ZERO_OK,
            needs=KUBE_STATE_METRICS,
        ),
        resources.restarts(first_id + 2),
    ]


def nodes(first_id: int) -> list[Panel]:
    """Return CPU, memory and disk of the nodes; takes three ids."""
    busy = rate('node_cpu_seconds_total{mode!="idle",mode!="iowait",mode!="steal"}')
    disk = 'fstype!~"tmpfs|overlay|squashfs|iso9660|erofs"'
    free = f"node_filesystem_avail_bytes{{{disk}}} / node_filesystem_size_bytes{{{disk}}}"
    return [
        _node(
            first_id,
            "Node CPU",
            "Share of each node's cores that is busy. At 100 % everything waits: see CPU by pod for who uses it.",
            Query(f'sum by (instance) ({busy}) / count by (instance) (node_cpu_seconds_total{{mode="idle"}})', "{{instance}}"),
        ),
        _node(
            first_id + 1,
            "Node memory",
            "Share of each node's memory that is not available. Near 100 % pods are evicted or killed.",
            Query("1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes", "{{instance}}"),
        ),
        _node(
            first_id + 2,
            "Node disk",
            "Share of each node's fullest file system that is used. At 85 % the kubelet starts to evict pods and delete images.",
            Query(f"max by (instance) (1 - {free})", "{{instance}}"),
        ),
    ]


def _node(panel_id: int, title: str, about: str, query: Query) -> Panel:
    limits = at_most(0.8, 0.95)
    return Panel(
        panel_id, title, about, lines(unit="percentunit", maximum=1, limits=limits), [query], Expect.DATA, needs=NODE_EXPORTER
    )


def volumes(panel_id: int) -> Panel:
    """Return how full the persistent volumes are; the kubelet knows it only of volumes that have a size of their own."""
    used = f"kubelet_volume_stats_used_bytes{_NAMESPACE} / kubelet_volume_stats_capacity_bytes{_NAMESPACE}"
    return Panel(
        panel_id,
        "Volumes",
        "Share of each persistent volume that is used. Empty where volumes are host paths, as on kind. Near 100 %: runbook "
        "VolumeNearlyFull.",
        lines(unit="percentunit", maximum=1, limits=at_most(0.8, 0.9), empty="the kubelet reports none"),
        [Query(f"max by (persistentvolumeclaim) ({used})", "{{persistentvolumeclaim}}")],
        Expect.OPTIONAL,
    )
