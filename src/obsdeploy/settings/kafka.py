"""The block `kafka` of obsdeploy.yaml: which cluster the exporter watches, and how it gets in."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from obsdeploy.settings.parts import Part, SecretRef, Subdomain
from obsdeploy.settings.units import Address

FileName = Annotated[str, Field(pattern=r"^[-._a-zA-Z0-9]+$")]


class KafkaSasl(Part):
    """A user of the brokers. The password is named, never written."""

    mechanism: Literal["plain", "scram-sha-256", "scram-sha-512"]
    username: Annotated[str, Field(min_length=1, pattern=r"^[^\x00-\x1f\x7f]+$")]
    password_secret: SecretRef

    @property
    def protocol_name(self) -> str:
        """As Kafka's protocol calls the mechanism."""
        return self.mechanism.upper()

    @property
    def flag(self) -> str:
        """As the exporter's flag calls it."""
        return self.mechanism.replace("sha-", "sha")


class KafkaTls(Part):
    """TLS to the brokers. `secret` holds the authority's certificate, and the client's with its key where brokers want one.

    Without a Secret the certificate authorities of the exporter's image count; `ca`, `cert` and `key` are keys of it.
    """

    enabled: bool = False
    secret: Subdomain | None = None
    ca: FileName = "ca.crt"
    cert: FileName = "tls.crt"
    key: FileName = "tls.key"
    server_name: Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]+$")] | None = None
    verify: bool = True


class Kafka(Part):
    """One cluster, by some of its brokers."""

    brokers: Annotated[tuple[Address, ...], Field(min_length=1, strict=False)]
    sasl: KafkaSasl | None = None
    tls: KafkaTls = KafkaTls()

    @model_validator(mode="after")
    def _fits_together(self) -> "Kafka":
        if twice := next((one for one in self.brokers if self.brokers.count(one) > 1), None):
            raise ValueError(f"the broker {twice} is there twice")
        if not self.tls.enabled and (self.tls.secret or self.tls.server_name or not self.tls.verify):
            raise ValueError("tls says how, but tls.enabled is false: set it to true, or leave tls out")
        return self
