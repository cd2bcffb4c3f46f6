"""The flags of the real one, as far as its upstream chart sets them; any other is refused as the real one refuses it."""

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_MECHANISMS = {"plain": "PLAIN", "scram-sha256": "SCRAM-SHA-256", "scram-sha512": "SCRAM-SHA-512"}


@dataclass(frozen=True)
class Options:
    """What the flags say; `client` are a Kafka client's settings for TLS and SASL."""

    servers: tuple[str, ...]
    client: Mapping[str, Any]
    labels: Mapping[str, str]
    listen: tuple[str, int]
    path: str


class Wrong(ValueError):
    """Flags that the real exporter does not start with."""


def parse(arguments: Sequence[str], environ: Mapping[str, str] = os.environ) -> Options:
    """Raises SystemExit (2 here, 1 in the real one) for an unknown flag, Wrong for values that make no sense."""
    parser = argparse.ArgumentParser(prog="kafka_exporter", allow_abbrev=False)
    parser.add_argument("--kafka.server", dest="servers", action="append", default=[])
    parser.add_argument("--kafka.version", default="2.0.0")
    parser.add_argument("--kafka.labels", dest="labels", default="")
    parser.add_argument("--verbosity", type=int, default=0)
    parser.add_argument("--web.listen-address", dest="listen", default=":9308")
    parser.add_argument("--web.telemetry-path", dest="path", default="/metrics")
    parser.add_argument("--sasl.enabled", dest="sasl", action="store_true")
    for name in ("username", "password", "mechanism"):
        parser.add_argument(f"--sasl.{name}", dest=f"sasl_{name}", default="")
    parser.add_argument("--tls.enabled", dest="tls", action="store_true")
    parser.add_argument("--tls.insecure-skip-tls-verify", dest="insecure", action="store_true")
    for name in ("server-name", "ca-file", "cert-file", "key-file"):
        parser.add_argument(f"--tls.{name}", dest=f"tls_{name.replace('-', '_')}", default="")
    given = parser.parse_args(arguments)
    host, _, port = given.listen.rpartition(":")
    labels = dict(pair.split("=", 1) for pair in given.labels.split(",") if "=" in pair)
    client = {**_protocol(given), **_sasl(given, environ), **_tls(given)}
    return Options(tuple(given.servers or ["kafka:9092"]), client, labels, (host or "0.0.0.0", int(port)), given.path)


def _protocol(given: argparse.Namespace) -> dict[str, str]:
    return {
        "security_protocol": f"SASL_{'SSL' if given.tls else 'PLAINTEXT'}" if given.sasl else "SSL" if given.tls else "PLAINTEXT"
    }


def _sasl(given: argparse.Namespace, environ: Mapping[str, str]) -> dict[str, str]:
    if not given.sasl:
        return {}
    mechanism = given.sasl_mechanism.lower()
    if mechanism not in _MECHANISMS:
        raise Wrong(f'invalid sasl mechanism "{mechanism}": can only be "scram-sha256", "scram-sha512", "gssapi" or "plain"')
    return {
        "sasl_mechanism": _MECHANISMS[mechanism],
        "sasl_plain_username": given.sasl_username,
        "sasl_plain_password": given.sasl_password or environ.get("SASL_USER_PASSWORD", ""),
    }


def _tls(given: argparse.Namespace) -> dict[str, Any]:
    if not given.tls:
        return {}
    if given.tls_ca_file and not os.access(given.tls_ca_file, os.R_OK):
        raise Wrong(f"open {given.tls_ca_file}: no such file or directory")
    pair = [name for name in (given.tls_cert_file, given.tls_key_file) if name and os.access(name, os.R_OK)]
    if len(pair) == 1:
        raise Wrong(f"error reading cert and key: error reading {pair[0]}, certificate and key must be supplied as a pair")
    return {
        "ssl_cafile": given.tls_ca_file or None,
        "ssl_certfile": given.tls_cert_file if pair else None,
        "ssl_keyfile": given.tls_key_file if pair else None,
        "server_name": given.tls_server_name,
        "insecure": given.insecure,
    }
