"""What `obsdeploy verify` holds the cluster against; it travels with the release as ConfigMap obs-release."""

from typing import Any

from obsdeploy import __version__
from obsdeploy.settings.model import COMPONENTS, JOBS, Settings
from obsdeploy.settings.units import seconds

DEMO_SERVICES = ("order", "inventory", "payment", "shipping", "notification", "coordinator")


def expected(settings: Settings) -> dict[str, Any]:
    """The content of expected.json: jobs with the least number of targets and why, components, and what is off and why."""
    off = settings.disabled()
    ports = settings.kind.host_ports
    watched = () if "redisExporter" in off else settings.redis_instances
    return {
        "profile": settings.profile,
        "version": __version__,
        "jobs": _jobs(settings, off),
        "redis": [{"name": one.name, "address": one.address} for one in watched],
        "kafka": _kafka(settings, off),
        "components": {**{name: name not in off for name in COMPONENTS}, "demo": settings.demo.enabled},
        "disabled": off,
        "demo": settings.demo.enabled,
        "scrapeIntervalSeconds": _whole(settings.interval_seconds),
        "dashboardRefresh": settings.dashboard_refresh,
        "hostPorts": {"grafana": ports.grafana, "prometheus": ports.prometheus} if settings.on_host_ports else None,
        "metrics": settings.metrics,
        "logs": _logs(settings),
    }


def _logs(settings: Settings) -> dict[str, Any] | None:
    logs = settings.logs
    if not logs.enabled:
        return None
    bucket = logs.storage.s3.bucket if logs.storage.s3 else None
    return {"seconds": _whole(seconds(logs.retention.time)), "bytes": logs.most_bytes, "bucket": bucket}


def _kafka(settings: Settings, off: dict[str, str]) -> dict[str, Any] | None:
    """How the exporter gets in, as the settings have it: names of Secrets, never what they hold."""
    watched = settings.kafka_watched
    return None if watched is None or "kafkaExporter" in off else watched.model_dump(mode="json", by_alias=True)


def _jobs(settings: Settings, off: dict[str, str]) -> dict[str, dict[str, Any]]:
    least = dict.fromkeys(JOBS, (1, "part of the stack"))
    least["alertmanager"] = (settings.alertmanager.replicas, "one per replica")
    for job in ("node-exporter", "cadvisor", "kubelet", "log-collector"):
        least[job] = (1, "one per node")
    least["redis"] = (len(settings.redis_instances), "one per instance named under redis:")
    least["applications"] = (
        (len(DEMO_SERVICES), "one per service of the demo shop")
        if settings.demo.enabled
        else (0, "pods annotated prometheus.io/scrape, if any")
    )
    for job in settings.scrape_jobs:
        least[job] = (1, "named under scrapeJobs:")
    gone = {COMPONENTS[name] for name in off}
    return {job: {"min": count, "reason": reason} for job, (count, reason) in least.items() if job not in gone}


def _whole(number: float) -> float | int:
    return int(number) if number.is_integer() else number
