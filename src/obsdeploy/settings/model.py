"""Settings: everything that a person can decide, validated and frozen."""

from typing import Annotated

from pydantic import Field, model_validator

from obsdeploy.redact import inline_secret
from obsdeploy.settings.kafka import Kafka
from obsdeploy.settings.logs import Logs
from obsdeploy.settings.parts import (
    Alertmanager,
    Components,
    Dashboard,
    Demo,
    Grafana,
    JsonMap,
    KindCluster,
    Metrics,
    Name,
    Part,
    Profile,
    Redis,
    Retention,
    SecretRef,
    Storage,
)
from obsdeploy.settings.remote import RemoteWrite, check_destinations
from obsdeploy.settings.units import Duration, quantity_bytes, seconds, size_bytes

RELEASE = "obs"
DEMO_NAMESPACE = "saga-demo"
DEMO_REDIS = Redis(name="saga-demo", address=f"redis.{DEMO_NAMESPACE}.svc:6379")
DEMO_KAFKA = Kafka(brokers=(f"kafka.{DEMO_NAMESPACE}.svc:9092",))
GRAFANA_NODE_PORT = 30300
PROMETHEUS_NODE_PORT = 30909
ADMIN_SECRET = "obs-grafana-admin"  # noqa: S105  a name, not a password
JOBS = (
    "prometheus",
    "alertmanager",
    "grafana",
    "kube-state-metrics",
    "node-exporter",
    "cadvisor",
    "kubelet",
    "redis",
    "kafka",
    "loki",
    "log-collector",
    "applications",
)
COMPONENTS = {
    "alertmanager": "alertmanager",
    "nodeExporter": "node-exporter",
    "kubeStateMetrics": "kube-state-metrics",
    "redisExporter": "redis",
    "kafkaExporter": "kafka",
    "loki": "loki",
    "opentelemetryCollector": "log-collector",
}
"""What a stack can do without, and the scrape job that goes with it."""
_FILLS_THE_VOLUME = 0.9
_SHORTEST_SCRAPE, _LONGEST_SCRAPE = 1.0, 20.0


class Settings(Part):
    """One stack's settings. Made by `obsdeploy.settings.load`; the stages after it only read it."""

    profile: Profile = "dev"
    namespace: Name = "monitoring"
    context: str | None = None
    kubeconfig: str | None = None
    timeout: Duration = "5m"
    kind: KindCluster = KindCluster()
    image_registry: Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]+(:\d+)?(/[A-Za-z0-9._/-]*[A-Za-z0-9])?$")] | None = None
    metrics: Metrics = "lean"
    scrape_interval: Duration = "15s"
    dashboard_refresh: Duration = "10s"
    retention: Retention = Retention()
    storage: Storage = Storage()
    grafana: Grafana = Grafana()
    alertmanager: Alertmanager = Alertmanager()
    components: Components = Components()
    redis: tuple[Redis, ...] = Field(default=(), strict=False)
    kafka: Kafka | None = None
    logs: Logs = Logs()
    demo: Demo = Demo()
    remote_write: tuple[RemoteWrite, ...] = Field(default=(), strict=False)
    network_policies: bool = False
    scrape_jobs: dict[str, JsonMap] = Field(default_factory=dict)
    rules: dict[str, JsonMap] = Field(default_factory=dict)
    dashboards: tuple[Dashboard, ...] = Field(default=(), strict=False)
    values: JsonMap = Field(default_factory=dict)
    # No key of the file: what `without` left out, and why.
    absent: dict[str, str] = Field(default_factory=dict, exclude=True)

    @model_validator(mode="after")
    def _fits_together(self) -> "Settings":
        self._unique("redis", [one.name for one in self.redis_instances], "name")
        self._unique("redis", [one.uri for one in self.redis_instances], "address")
        self._one_redis_authority()
        self._unique("dashboards", [one.uid for one in self.dashboards], "uid")
        check_destinations(self.remote_write)
        self._check_own_parts()
        size = self.retention.size
        if size and size_bytes(size) > quantity_bytes(self.storage.prometheus) * _FILLS_THE_VOLUME:
            volume = self.storage.prometheus
            raise ValueError(f"retention.size {size} fills the volume of {volume} (storage.prometheus): leave a tenth of it free")
        if not _SHORTEST_SCRAPE <= seconds(self.scrape_interval) <= _LONGEST_SCRAPE:
            # Recording rules take rates over a minute, which needs three samples in it.
            raise ValueError(f"scrapeInterval {self.scrape_interval} is not between 1s and 20s: rates are over a minute")
        if self.kafka and self.demo.kafka:
            raise ValueError("kafka and demo.kafka: the exporter watches one cluster; leave one of them out")
        if self.grafana.ingress.enabled and not self.grafana.ingress.host:
            raise ValueError("grafana.ingress.host is missing: the name under which people open Grafana")
        return self

    def _check_own_parts(self) -> None:
        if taken := sorted(set(self.scrape_jobs) & set(JOBS)):
            raise ValueError(f"scrapeJobs: {taken[0]} is a job of the stack itself; give yours another name")
        for job, config in self.scrape_jobs.items():
            if secret := inline_secret(config):
                instead = f"{secret}_file, or for params and headers authorization.credentials_file"
                raise ValueError(
                    f"scrapeJobs.{job}: {secret} would put a secret into a ConfigMap; name a mounted file ({instead})"
                )
        for name, file in self.rules.items():
            if not isinstance(file.get("groups"), list):
                message = f"rules.{name} has no list of groups: write it as a Prometheus rule file"
                raise ValueError(message)  # noqa: TRY004  pydantic reports this kind

    def _one_redis_authority(self) -> None:
        secured = [one for one in self.redis_instances if one.tls]
        for one in secured[1:]:
            if one.ca_secret != secured[0].ca_secret:
                raise ValueError(
                    f"redis: {secured[0].name} and {one.name} differ in caSecret, and the one exporter that asks all instances "
                    "knows one authority: put the certificates of all authorities into one Secret, as one PEM text, for both"
                )

    @staticmethod
    def _unique(where: str, keys: list[str], what: str) -> None:
        if twice := next((key for key in keys if keys.count(key) > 1), None):
            raise ValueError(f"{where}: the {what} {twice} is there twice")

    @property
    def own_cluster(self) -> bool:
        """Whether the stack lives in a kind cluster of our own."""
        return self.kind.enabled and self.context is None

    @property
    def on_host_ports(self) -> bool:
        """Whether Grafana and Prometheus are reached on this machine's ports without a port-forward."""
        return self.own_cluster and self.kind.host_ports.enabled

    @property
    def timeout_seconds(self) -> float:
        """Deadline of `up` as a whole."""
        return seconds(self.timeout)

    @property
    def interval_seconds(self) -> float:
        """Time between two scrapes of a target."""
        return seconds(self.scrape_interval)

    @property
    def admin_secret(self) -> str:
        """The Secret with Grafana's administrator."""
        return self.grafana.existing_secret or ADMIN_SECRET

    @property
    def redis_instances(self) -> tuple[Redis, ...]:
        """The instances to watch, the demo's included."""
        return (*self.redis, DEMO_REDIS) if self.demo.enabled else self.redis

    @property
    def redis_authority(self) -> SecretRef | None:
        """What the certificates of Redis instances are checked against; None for the authorities that the image knows."""
        return next((one.ca_secret for one in self.redis_instances if one.ca_secret), None)

    @property
    def kafka_watched(self) -> Kafka | None:
        """The Kafka cluster to watch: the one that is named, or the demo's."""
        return DEMO_KAFKA if self.demo.enabled and self.demo.kafka else self.kafka

    def without(self, components: dict[str, str]) -> "Settings":
        """Leave out what can't be had (a bundle lacks its image): component, as in `COMPONENTS`, → why."""
        return self.model_copy(update={"absent": {**self.absent, **components}})

    def disabled(self) -> dict[str, str]:
        """Optional components that are off, and why: because nobody asked for them, or because they can't be had."""
        return {**self.absent, **self._not_wanted()}

    def lacking(self) -> dict[str, str]:
        """Components that were asked for and can't be had, and why."""
        return {name: why for name, why in self.absent.items() if name not in self._not_wanted()}

    def _not_wanted(self) -> dict[str, str]:
        wanted = {
            "alertmanager": self.components.alertmanager,
            "nodeExporter": self.components.node_exporter,
            "kubeStateMetrics": self.components.kube_state_metrics,
        }
        off = {name: f"components.{name} is false" for name, on in wanted.items() if not on}
        if not self.redis_instances:
            off["redisExporter"] = "no instance named under redis:"
        if not self.kafka_watched:
            off["kafkaExporter"] = "no broker named under kafka:"
        if not self.logs.enabled:
            off |= dict.fromkeys(("loki", "opentelemetryCollector"), "logs.enabled is false")
        return off
