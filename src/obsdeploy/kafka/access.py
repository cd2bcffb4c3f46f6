"""How a client gets in: TLS and SASL, with the secrets themselves. Never logged, never part of a message."""

from __future__ import annotations

import ssl
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn


@dataclass(frozen=True)
class Sasl:
    """A mechanism as Kafka writes it (PLAIN, SCRAM-SHA-256, SCRAM-SHA-512) and who logs in."""

    mechanism: str
    username: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class Tls:
    """Certificates as PEM text. `ca` empty: the machine's own; `server_name` empty: the host that is connected to."""

    ca: str = ""
    cert: str = field(default="", repr=False)
    key: str = field(default="", repr=False)
    server_name: str = ""
    verify: bool = True

    def context(self) -> ssl.SSLContext:
        """Raises ssl.SSLError, ValueError or TypeError for certificates that are none, or a key that has a password."""
        context = ssl.create_default_context(cadata=self.ca or None)
        if not self.verify:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if self.cert and self.key:
            # The library takes a client's certificate from a file alone.
            with tempfile.TemporaryDirectory() as folder:
                pair = Path(folder) / "pair.pem"
                pair.touch(mode=0o600)
                pair.write_text(f"{self.cert}\n{self.key}\n")
                context.load_cert_chain(pair, password=_no_password)
        return context


@dataclass(frozen=True)
class Access:
    """What a listener wants of its clients; None stands for not at all."""

    tls: Tls | None = None
    sasl: Sasl | None = None


def _no_password() -> NoReturn:
    # Called for a key that has one; without this OpenSSL would ask for it on the terminal, and everything would wait.
    raise ValueError("the client's key is encrypted, and must not be")
