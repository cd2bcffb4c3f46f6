"""The block `logs` of obsdeploy.yaml: whether logs are collected, how long they are kept, and where."""

import re
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from obsdeploy.settings.parts import Part, SecretRef
from obsdeploy.settings.units import Duration, Quantity, Size, quantity_bytes, seconds, size_bytes

_DAY = 86400.0
_ENDPOINT = re.compile(r"(https?://)?[A-Za-z0-9.-]+(:\d+)?")
_FILLS_THE_VOLUME = 0.9
# A day's writing, indexes and the log of what is not flushed yet have to fit on the volume even where chunks go elsewhere.
_SMALLEST_VOLUME = 1024.0**3


class LogRetention(Part):
    """How long Loki keeps lines, and how much of its volume they may come to; the volume is watched for the second."""

    time: Duration = "7d"
    size: Size | None = None


class S3(Part):
    """A bucket of an S3-compatible store. Without the two Secrets, Loki's pod needs a role of its own in the cloud."""

    bucket: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")]
    endpoint: str | None = None
    region: Annotated[str, Field(pattern=r"^[a-z0-9-]+$")] | None = None
    access_key_secret: SecretRef | None = None
    secret_key_secret: SecretRef | None = None
    path_style: bool = False

    @field_validator("endpoint")
    @classmethod
    def _address(cls, endpoint: str | None) -> str | None:
        # A URL with a password in it must not be repeated in a message.
        if endpoint is not None and "@" in endpoint:
            raise ValueError("an endpoint holds no user or password: name Secrets in accessKeySecret and secretKeySecret")
        if endpoint is not None and not _ENDPOINT.fullmatch(endpoint):
            raise ValueError(f"{endpoint!r} is not an endpoint: write http://host:port or https://host")
        return endpoint

    @model_validator(mode="after")
    def _whole(self) -> "S3":
        if (self.access_key_secret is None) != (self.secret_key_secret is None):
            raise ValueError("accessKeySecret and secretKeySecret go together: name both, or neither")
        if self.endpoint is None and self.region is None:
            raise ValueError("endpoint or region is missing: without one of them nobody knows where the bucket is")
        return self


class LogStorage(Part):
    """Where lines are: on the volume, or in a bucket. The volume of size `volume` is there in both cases."""

    type: Literal["filesystem", "s3"] = "filesystem"
    volume: Quantity = "10Gi"
    s3: S3 | None = None


class Logs(Part):
    """Log collection: Loki, and a collector on each node."""

    enabled: bool = False
    retention: LogRetention = LogRetention()
    storage: LogStorage = LogStorage()

    @model_validator(mode="after")
    def _fits_together(self) -> "Logs":
        # Loki's compactor deletes by whole days and refuses less than one.
        if seconds(self.retention.time) < _DAY:
            raise ValueError(f"retention.time {self.retention.time} is less than a day, the least that Loki keeps: 1d or more")
        volume, size = self.storage.volume, self.retention.size
        if quantity_bytes(volume) < _SMALLEST_VOLUME:
            raise ValueError(f"storage.volume {volume} is less than 1Gi, the least that index and write-ahead log need")
        in_bucket = self.storage.type == "s3"
        if size and not in_bucket and size_bytes(size) > quantity_bytes(volume) * _FILLS_THE_VOLUME:
            raise ValueError(f"retention.size {size} fills the volume of {volume} (storage.volume): leave a tenth of it free")
        if in_bucket and self.storage.s3 is None:
            raise ValueError("storage.s3 is missing: type s3 needs the bucket and where it is")
        if not in_bucket and self.storage.s3 is not None:
            raise ValueError("storage.s3 names a bucket, but storage.type is filesystem: set it to s3")
        return self

    @property
    def most_bytes(self) -> int | None:
        """How much lines may come to, in bytes: what `retention.size` says, else nine tenths of the volume that they are on.

        None for a bucket without `retention.size`.
        """
        if self.retention.size:
            return int(size_bytes(self.retention.size))
        if self.storage.type == "s3":
            return None
        return int(quantity_bytes(self.storage.volume) * _FILLS_THE_VOLUME)
