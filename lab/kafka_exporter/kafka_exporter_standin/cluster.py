"""A cluster as the real exporter's client sees it: metadata from whoever answers, offsets from the brokers themselves."""

import logging
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import OffsetSpec
from kafka.errors import KafkaError
from kafka.net.compat import KafkaNetClient

from .flags import Options

_REFRESH_SECONDS = 30.0
_REQUEST_MS = 4000
_BOOTSTRAP_MS = 5000

log = logging.getLogger("kafka_exporter")


class _AllTopics(KafkaNetClient):  # type: ignore[misc]  # the library has no types
    """Asks for every topic's metadata with the first question, as the real exporter's client does."""

    def __init__(self, **configs: Any) -> None:
        super().__init__(**configs)
        self.cluster.need_all_topic_metadata = True


class _Named(ssl.SSLContext):
    """Holds certificates against a name of its own instead of the host that is connected to."""

    name = ""

    def wrap_socket(self, sock: Any, *arguments: Any, **options: Any) -> ssl.SSLSocket:
        """As the base, under that name."""
        return super().wrap_socket(sock, *arguments, **{**options, "server_hostname": self.name or options["server_hostname"]})


@dataclass(frozen=True)
class Partition:
    """One partition by the metadata."""

    topic: str
    number: int
    leader: int
    replicas: tuple[int, ...]
    in_sync: tuple[int, ...]

    @property
    def key(self) -> Any:
        """As the client names it."""
        return TopicPartition(self.topic, self.number)


class Unreachable(Exception):
    """No broker answers at all."""


class Cluster:
    """A connected client. Made once; Unreachable where no server answers then."""

    def __init__(self, options: Options) -> None:
        try:
            self._admin = KafkaAdminClient(
                bootstrap_servers=list(options.servers),
                client_id="kafka_exporter",
                kafka_client=_AllTopics,
                request_timeout_ms=_REQUEST_MS,
                bootstrap_timeout_ms=_BOOTSTRAP_MS,
                **_client(options),
            )
        except KafkaError as error:
            raise Unreachable(str(error)) from error
        self._known, self._refreshed = True, time.monotonic()

    def refresh(self) -> None:
        """Renew the metadata where it is half a minute old; without any answer there are no brokers until there is one."""
        if self._known and time.monotonic() - self._refreshed < _REFRESH_SECONDS:
            return
        manager = self._admin._manager  # nothing public renews it
        try:
            try:
                manager.run(manager.cluster.refresh_metadata)
            except KafkaError:
                # The brokers that it names do not answer; those that the flags name may.
                manager.bootstrap(_BOOTSTRAP_MS)
        except KafkaError as error:
            log.warning("Cannot refresh topics, using cached data: %s", error)
            self._known = False
        else:
            self._known = True
        self._refreshed = time.monotonic()

    def brokers(self) -> list[Any]:
        """Brokers with `node_id`, `host` and `port`."""
        return list(self._metadata.brokers()) if self._known else []

    def partitions(self) -> list[Partition]:
        """Every partition, the internal topics' too."""
        known = self._metadata._partitions  # replicas are nowhere public
        return [
            Partition(topic, number, one.leader_id, tuple(one.replica_nodes), tuple(one.isr_nodes))
            for topic, by_number in sorted(known.items())
            for number, one in sorted(by_number.items())
        ]

    def offsets(self, partitions: list[Partition], *, newest: bool) -> dict[tuple[str, int], int]:
        """Offset by topic and partition; empty where the brokers do not answer."""
        spec = OffsetSpec.LATEST if newest else OffsetSpec.EARLIEST
        try:
            found = self._admin.list_partition_offsets({one.key: spec for one in partitions}, timeout_ms=_REQUEST_MS)
        except KafkaError as error:
            log.warning("Cannot get offsets: %s", error)
            return {}
        return {(key.topic, key.partition): one.offset for key, one in found.items()}

    def groups(self, partitions: list[Partition]) -> Iterator[tuple[str, int, dict[tuple[str, int], int]]]:
        """Each consumer group with its number of members and its committed offsets, -1 where it has none."""
        try:
            names = [one["group_id"] for one in self._admin.list_groups()]
            described = self._admin.describe_groups(names) if names else {}
            for name, group in described.items():
                committed = self._admin.list_group_offsets({name: [one.key for one in partitions]})[name]
                yield name, len(group["members"]), {(key.topic, key.partition): one.offset for key, one in committed.items()}
        except KafkaError as error:
            log.warning("Cannot get consumer group: %s", error)

    @property
    def _metadata(self) -> Any:
        return self._admin._manager.cluster


def _client(options: Options) -> dict[str, Any]:
    given = {key: value for key, value in options.client.items() if not key.startswith(("ssl_", "server_name", "insecure"))}
    if "insecure" not in options.client:
        return given
    context = _Named(ssl.PROTOCOL_TLS_CLIENT)
    context.name = options.client["server_name"]
    if options.client["insecure"]:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    elif options.client["ssl_cafile"]:
        context.load_verify_locations(options.client["ssl_cafile"])
    else:
        context.load_default_certs()
    if options.client["ssl_certfile"]:
        context.load_cert_chain(options.client["ssl_certfile"], options.client["ssl_keyfile"])
    return {**given, "ssl_context": context}
