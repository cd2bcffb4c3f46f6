"""What can be wrong between a client and a broker, and what mends it."""

from __future__ import annotations

import re
from enum import StrEnum


class Trouble(StrEnum):
    """Where the way to a broker ends."""

    UNRESOLVED = "unresolved"
    REFUSED = "refused"
    SILENT = "silent"
    UNREACHABLE = "unreachable"
    CLOSED = "closed"
    NOT_KAFKA = "not-kafka"
    TLS_WANTED = "tls-wanted"
    TLS_UNSPOKEN = "tls-unspoken"
    TLS_UNTRUSTED = "tls-untrusted"
    TLS_NAME = "tls-name"
    TLS_CLIENT = "tls-client"
    TLS_FAILED = "tls-failed"
    SASL_WANTED = "sasl-wanted"
    SASL_UNWANTED = "sasl-unwanted"
    SASL_MECHANISM = "sasl-mechanism"
    SASL_CREDENTIALS = "sasl-credentials"


MEANING = {
    Trouble.UNRESOLVED: "the name does not resolve",
    Trouble.REFUSED: "the connection is refused: nothing listens there",
    Trouble.SILENT: "no answer: packets are dropped, or the broker hangs",
    Trouble.UNREACHABLE: "there is no way to that address",
    Trouble.CLOSED: "the connection is closed without an answer",
    Trouble.NOT_KAFKA: "what listens there does not speak Kafka's protocol",
    Trouble.TLS_WANTED: "the listener wants TLS, and none is configured",
    Trouble.TLS_UNSPOKEN: "the listener does not speak TLS",
    Trouble.TLS_UNTRUSTED: "the broker's certificate is not signed by the configured authority",
    Trouble.TLS_NAME: "the broker's certificate is for another name",
    Trouble.TLS_CLIENT: "the listener wants a client certificate, or refuses the one it gets",
    Trouble.TLS_FAILED: "the TLS handshake fails",
    Trouble.SASL_WANTED: "the listener wants SASL, and none is configured",
    Trouble.SASL_UNWANTED: "the listener takes no SASL",
    Trouble.SASL_MECHANISM: "the listener does not offer the configured SASL mechanism",
    Trouble.SASL_CREDENTIALS: "the broker refuses the user name or password",
}

FIX = {
    Trouble.UNRESOLVED: "Correct the name in kafka.brokers: SERVICE.NAMESPACE.svc:PORT for a broker in this cluster.",
    Trouble.REFUSED: "Start the broker, or correct the port in kafka.brokers.",
    Trouble.SILENT: "Let the exporter's pod reach that port: a network policy or firewall drops packets, or the broker hangs.",
    Trouble.UNREACHABLE: "Name an address that pods of this cluster can reach.",
    Trouble.CLOSED: "See the broker's log for why; often the port is that of a listener of another kind.",
    Trouble.NOT_KAFKA: "Name the port of a Kafka listener in kafka.brokers.",
    Trouble.TLS_WANTED: "Set kafka.tls.enabled: true (and kafka.tls.secret, if its authority is a private one).",
    Trouble.TLS_UNSPOKEN: "Set kafka.tls.enabled: false, or name the port of the TLS listener.",
    Trouble.TLS_UNTRUSTED: "Put the authority that signed the broker's certificate into the Secret of kafka.tls.secret.",
    Trouble.TLS_NAME: "Use a name that the certificate holds, or say which one it is by kafka.tls.serverName.",
    Trouble.TLS_CLIENT: "Put a client certificate and its key that the broker trusts into the Secret of kafka.tls.secret.",
    Trouble.TLS_FAILED: "Compare the TLS versions and ciphers of listener and client; the broker's log has its side.",
    Trouble.SASL_WANTED: "Set kafka.sasl: mechanism, username and passwordSecret.",
    Trouble.SASL_UNWANTED: "Leave out kafka.sasl, or name the port of the SASL listener.",
    Trouble.SASL_MECHANISM: "Set kafka.sasl.mechanism to one that the listener offers.",
    Trouble.SASL_CREDENTIALS: "Correct kafka.sasl.username, or the password in the Secret of kafka.sasl.passwordSecret.",
}

_SIGNS = (
    (
        Trouble.UNRESOLVED,
        r"bad address|not known|no such host|can't resolve|unknown host|no address|temporary failure",
    ),
    (Trouble.REFUSED, r"refused"),
    (Trouble.UNREACHABLE, r"unreachable|no route"),
    (Trouble.SILENT, r"timed out|timeout"),
)


def of_complaint(said: str) -> Trouble | None:
    """What an nc that failed to connect means by its words, whichever nc it is; None where they mean nothing of the kind."""
    return next((trouble for trouble, sign in _SIGNS if re.search(sign, said, re.IGNORECASE)), None)
