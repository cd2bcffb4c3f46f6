"""The parts of Settings, one class per block of obsdeploy.yaml."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from obsdeploy.settings.units import Address, Duration, Quantity, Size

Port = Annotated[int, Field(ge=1, le=65535)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", max_length=63)]
Subdomain = Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$", max_length=253)]
JsonMap = dict[str, Any]


class Part(BaseModel):
    """Frozen, and strict about unknown keys: a misspelt setting must never be ignored in silence."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, strict=True)


class SecretRef(Part):
    """A key of a Secret in the stack's namespace; what it holds never enters settings, values or logs."""

    name: Subdomain
    key: Annotated[str, Field(pattern=r"^[-._a-zA-Z0-9]+$")]


class HostPorts(Part):
    """Ports of this machine (127.0.0.1) that lead to Grafana and Prometheus in our own kind cluster."""

    enabled: bool = True
    grafana: Port = 3000
    prometheus: Port = 9090

    @model_validator(mode="after")
    def _differ(self) -> "HostPorts":
        if self.grafana == self.prometheus:
            raise ValueError(f"grafana and prometheus can't both have port {self.grafana}")
        return self


class KindCluster(Part):
    """The local cluster that `up` makes."""

    enabled: bool = True
    name: Name = "obsdeploy"
    host_ports: HostPorts = HostPorts()


class Retention(Part):
    """How long, and up to what size, Prometheus keeps samples; whichever is reached first."""

    time: Duration = "7d"
    size: Size | None = None


class Storage(Part):
    """Volumes of the stateful components; `className` null means the cluster's default StorageClass."""

    class_name: Subdomain | None = None
    prometheus: Quantity = "8Gi"
    grafana: Quantity = "1Gi"
    alertmanager: Quantity = "1Gi"


class Ingress(Part):
    """Grafana's address for people outside the cluster. `controllerNamespace` is let in where network policies are on."""

    enabled: bool = False
    host: Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")] | None = None
    class_name: Subdomain | None = None
    tls_secret: Subdomain | None = None
    controller_namespace: Name | None = None
    annotations: dict[str, str] = Field(default_factory=dict)


class Grafana(Part):
    """Grafana's administrator and address. `existingSecret` has the keys admin-user and admin-password."""

    user: Annotated[str, Field(min_length=1)] = "admin"
    existing_secret: Subdomain | None = None
    ingress: Ingress = Ingress()


class Alertmanager(Part):
    """More than one replica form a cluster that no single node's drain silences."""

    replicas: Annotated[int, Field(ge=1, le=9)] = 1


class Components(Part):
    """What can be left out."""

    alertmanager: bool = True
    node_exporter: bool = True
    kube_state_metrics: bool = True


class Redis(Part):
    """A Redis instance to watch; its name becomes the label `instance`. `caSecret` is the authority behind its certificate."""

    name: Name
    address: Address
    password_secret: SecretRef | None = None
    tls: bool = False
    ca_secret: SecretRef | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> "Redis":
        if self.ca_secret and not self.tls:
            raise ValueError("caSecret is the authority for TLS, but tls is false: set it to true, or leave caSecret out")
        return self

    @property
    def uri(self) -> str:
        """The target as the exporter takes it, and the key of its password."""
        return f"{'rediss' if self.tls else 'redis'}://{self.address}"


class Demo(Part):
    """The demo shop; `rate` is requests per second of its load generator; `kafka` adds a broker for its events."""

    enabled: bool = False
    kafka: bool = False
    rate: Annotated[float, Field(gt=0, le=1000, strict=False)] = 5


class Dashboard(Part):
    """A dashboard of the user's: `text` is the JSON of `file` as it was when the settings were loaded."""

    file: str
    uid: str
    text: Annotated[str, Field(repr=False)]


Profile = Literal["dev", "ci", "prod"]
Metrics = Literal["lean", "full"]
