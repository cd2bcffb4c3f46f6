"""Kafka's wire format, as far as finding the way in needs it: old, fixed versions of five calls that every broker still takes."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum

LARGEST_ANSWER = 8 * 1024 * 1024
"""Bytes. What claims to be longer is no answer of a broker to these calls."""


class Api(IntEnum):
    """The calls, by their keys."""

    METADATA = 3
    SASL_HANDSHAKE = 17
    API_VERSIONS = 18
    SASL_AUTHENTICATE = 36


VERSIONS = {Api.METADATA: 1, Api.SASL_HANDSHAKE: 1, Api.API_VERSIONS: 0, Api.SASL_AUTHENTICATE: 0}


class Malformed(ValueError):
    """What came is no answer of a Kafka broker."""


@dataclass(frozen=True)
class Broker:
    """A broker as the cluster's metadata names it: where it asks clients to connect to."""

    id: int
    host: str
    port: int

    @property
    def address(self) -> str:
        """host:port, an IPv6 host in brackets."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Reader:
    """Reads values one after another. Raises Malformed where there are too few bytes."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def number(self, layout: str) -> int:
        """A big-endian number: `h` two bytes, `i` four."""
        (value,) = struct.unpack(f">{layout}", self.take(struct.calcsize(layout)))
        return int(value)

    def take(self, count: int) -> bytes:
        """So many bytes."""
        if count < 0 or self._at + count > len(self._data):
            raise Malformed(f"an answer of {len(self._data)} bytes ends too early")
        self._at += count
        return self._data[self._at - count : self._at]

    def text(self) -> str:
        """A string; null counts as empty."""
        length = self.number("h")
        return self.take(length).decode("utf-8", "replace") if length >= 0 else ""

    def blob(self) -> bytes:
        """Bytes; null counts as empty."""
        length = self.number("i")
        return self.take(length) if length >= 0 else b""

    def count(self) -> int:
        """The length of an array that follows; null counts as empty."""
        return max(self.number("i"), 0)


def request(api: Api, correlation: int, body: bytes, client: str = "obsdeploy") -> bytes:
    """A request with its length in front."""
    head = struct.pack(">hhi", api, VERSIONS[api], correlation) + text(client)
    return struct.pack(">i", len(head) + len(body)) + head + body


def text(value: str) -> bytes:
    """A string."""
    encoded = value.encode()
    return struct.pack(">h", len(encoded)) + encoded


def blob(value: bytes) -> bytes:
    """Bytes."""
    return struct.pack(">i", len(value)) + value


NO_TOPICS = struct.pack(">i", 0)
"""The body of a metadata request that asks for the brokers alone."""


def read_brokers(reader: Reader) -> list[Broker]:
    """The brokers of a metadata answer."""
    found = []
    for _ in range(reader.count()):
        found.append(Broker(reader.number("i"), reader.text(), reader.number("i")))
        reader.text()  # the rack
    return found
