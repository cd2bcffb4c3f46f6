"""SCRAM (RFC 5802) for the two hashes that Kafka has."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field

HASHES = {"SCRAM-SHA-256": "sha256", "SCRAM-SHA-512": "sha512"}
_MOST_ITERATIONS = 1_000_000


class Refused(ValueError):
    """The server's part of the exchange is none, or does not prove that it knows the password."""


@dataclass
class Scram:
    """One exchange: `first`, then `final` with the server's answer, then `check` with its last word."""

    mechanism: str
    username: str
    password: str = field(repr=False)
    nonce: str = field(default_factory=lambda: secrets.token_hex(16))
    _server_proof: bytes = b""

    def first(self) -> bytes:
        """The client's first message."""
        return f"n,,{self._bare()}".encode()

    def final(self, challenge: bytes) -> bytes:
        """The client's proof. Raises Refused for a challenge that is none."""
        fields = _fields(challenge)
        try:
            nonce, salt, iterations = fields["r"], base64.b64decode(fields["s"]), int(fields["i"])
        except (KeyError, ValueError) as error:
            raise Refused("the broker's SCRAM challenge is malformed") from error
        if not nonce.startswith(self.nonce) or not 0 < iterations <= _MOST_ITERATIONS:
            raise Refused("the broker's SCRAM challenge does not answer ours")
        digest = HASHES[self.mechanism]
        salted = hashlib.pbkdf2_hmac(digest, self.password.encode(), salt, iterations)
        client_key = hmac.digest(salted, b"Client Key", digest)
        without_proof = f"c=biws,r={nonce}"
        said = ",".join((self._bare(), challenge.decode(), without_proof)).encode()
        signature = hmac.digest(hashlib.new(digest, client_key).digest(), said, digest)
        self._server_proof = hmac.digest(hmac.digest(salted, b"Server Key", digest), said, digest)
        proof = bytes(a ^ b for a, b in zip(client_key, signature, strict=True))
        return f"{without_proof},p={base64.b64encode(proof).decode()}".encode()

    def check(self, last: bytes) -> None:
        """Raises Refused unless the server knows the password too."""
        if not hmac.compare_digest(_fields(last).get("v", "").encode(), base64.b64encode(self._server_proof)):
            raise Refused("the broker does not prove that it knows the password")

    def _bare(self) -> str:
        name = self.username.replace("=", "=3D").replace(",", "=2C")
        return f"n={name},r={self.nonce}"


def _fields(message: bytes) -> dict[str, str]:
    parts = (part.partition("=") for part in message.decode("utf-8", "replace").split(","))
    return {name: value for name, _, value in parts}
