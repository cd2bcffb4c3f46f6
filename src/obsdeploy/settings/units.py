"""Durations, quantities and addresses as people write them in obsdeploy.yaml."""

import ipaddress
import re
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0, "y": 31536000.0}
# As Prometheus and Loki read them: each unit once, the largest first.
_DURATION = re.compile(r"(?=\d)(?:[0-9]+y)?(?:[0-9]+w)?(?:[0-9]+d)?(?:[0-9]+h)?(?:[0-9]+m)?(?:[0-9]+s)?(?:[0-9]+ms)?")
_PART = re.compile(r"(\d+)(ms|[smhdwy])")
_QUANTITY = re.compile(r"(\d+(?:\.\d+)?)(k|[KMGTPE]i|[MGTPE])?")
_SIZE = re.compile(r"(\d+)(B|KB|MB|GB|TB|PB|EB)")
_POWERS = "KMGTPE"
_DNS_NAME = re.compile(
    r"(?=.{1,253}$)[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9])?)*\.?"
)
_LARGEST_PORT = 65535
_OWN_POD = {"localhost", "127.0.0.1", "[::1]", "0.0.0.0"}  # noqa: S104  refused, not bound to


def seconds(duration: str) -> float:
    """Seconds in a duration such as 15s, 1h30m or 7d. Raises ValueError for anything else."""
    if not _DURATION.fullmatch(duration):
        raise ValueError(
            f"{duration!r} is not a duration: write a number and a unit, such as 15s, 5m or 7d, the largest unit first"
        )
    return sum(int(number) * _SECONDS[unit] for number, unit in _PART.findall(duration))


def quantity_bytes(quantity: str) -> float:
    """Bytes in a Kubernetes quantity such as 8Gi or 500M. Raises ValueError for anything else."""
    match = _QUANTITY.fullmatch(quantity)
    if not match:
        raise ValueError(f"{quantity!r} is not a Kubernetes quantity: write a number and a unit, such as 8Gi or 500Mi")
    number, unit = float(match[1]), match[2] or ""
    if not unit:
        return number
    power = _POWERS.index(unit[0].upper()) + 1
    return number * float(1024 if unit.endswith("i") else 1000) ** power


def size_bytes(size: str) -> float:
    """Bytes in a size as Prometheus writes it: 40GB, units of 1024. Raises ValueError for anything else."""
    match = _SIZE.fullmatch(size)
    if not match:
        raise ValueError(f"{size!r} is not a size as Prometheus writes it: a whole number and B, KB, MB, GB or TB, such as 40GB")
    return int(match[1]) * 1024.0 ** (_POWERS.find(match[2][0]) + 1)


def _duration(text: str) -> str:
    if seconds(text) <= 0:
        raise ValueError(f"{text!r} must be longer than nothing")
    return text


def _quantity(text: str) -> str:
    quantity_bytes(text)
    return text


def _size(text: str) -> str:
    size_bytes(text)
    return text


def _address(text: str) -> str:
    """Accept host:port, [IPv6]:port; refuse what holds a scheme, user or password."""
    if "@" in text:
        raise ValueError("an address holds no user or password: name a Secret in passwordSecret instead")
    host, colon, port = text.rpartition(":")
    if "://" in text or not colon or not (_is_ipv6(host) or _DNS_NAME.fullmatch(host)):
        raise ValueError(f"{text!r} is not an address: write host:port, such as redis.shop.svc:6379")
    if host.lower() in _OWN_POD:
        raise ValueError(f"{host} is, inside the cluster, the pod that connects: name a Service, such as redis.shop.svc:6379")
    if not (port.isascii() and port.isdigit()) or not 0 < int(port) <= _LARGEST_PORT:
        raise ValueError(f"{text!r} has no valid port: write host:port, such as redis.shop.svc:6379")
    return text


def _is_ipv6(host: str) -> bool:
    if not (host.startswith("[") and host.endswith("]")):
        return False
    try:
        ipaddress.IPv6Address(host[1:-1])
    except ValueError:
        return False
    return True


Duration = Annotated[str, AfterValidator(_duration), WithJsonSchema({"type": "string", "pattern": f"^{_DURATION.pattern}$"})]
Quantity = Annotated[str, AfterValidator(_quantity), WithJsonSchema({"type": "string", "pattern": f"^{_QUANTITY.pattern}$"})]
Size = Annotated[str, AfterValidator(_size), WithJsonSchema({"type": "string", "pattern": f"^{_SIZE.pattern}$"})]
Address = Annotated[str, AfterValidator(_address), WithJsonSchema({"type": "string", "pattern": r"^[^@/\s]+:\d{1,5}$"})]
