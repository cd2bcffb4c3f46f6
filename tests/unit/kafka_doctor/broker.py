"""A broker on a real socket that knows as much of Kafka as a visitor sees: versions, log-ins, metadata, and how it refuses."""

import asyncio
import base64
import contextlib
import hashlib
import hmac
import ssl
import struct
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

METADATA, HANDSHAKE, VERSIONS, AUTHENTICATE = 3, 17, 18, 36
_LARGEST = 100 * 1024 * 1024


@dataclass
class MiniBroker:
    """One listener. `users` given: it wants SASL; `advertised` None: its own address."""

    tls: ssl.SSLContext | None = None
    mechanisms: tuple[str, ...] = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
    users: dict[str, str] | None = None
    advertised: list[tuple[int, str, int]] | None = None
    silent: bool = False
    greeting: bytes = b""
    port: int = 0
    asked: list[int] = field(default_factory=list)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["MiniBroker"]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self.tls)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()

    @property
    def address(self) -> str:
        return f"localhost:{self.port}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            if self.greeting:
                await reader.read(1)
                writer.write(self.greeting)
                await writer.drain()
            else:
                await self._converse(reader, writer)
        writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = Session(self)
        while True:
            (size,) = struct.unpack(">i", await reader.readexactly(4))
            if not 0 < size < _LARGEST:
                return
            request = await reader.readexactly(size)
            if self.silent:
                continue
            api, _, correlation, length = struct.unpack(">hhih", request[:10])
            self.asked.append(api)
            answer = session.answer(api, request[10 + length :])
            if answer is None:
                return
            writer.write(struct.pack(">ii", len(answer) + 4, correlation) + answer)
            await writer.drain()


class Session:
    """What one client is allowed so far."""

    def __init__(self, broker: MiniBroker) -> None:
        self._broker = broker
        self._in = broker.users is None
        self._mechanism = ""
        self._scram: list[bytes] = []

    def answer(self, api: int, body: bytes) -> bytes | None:
        """None: the listener closes, as Kafka's do."""
        if api == VERSIONS:
            known = (METADATA, HANDSHAKE, VERSIONS, AUTHENTICATE)
            return struct.pack(">hi", 0, len(known)) + b"".join(struct.pack(">hhh", key, 0, 9) for key in known)
        if api == HANDSHAKE:
            return self._handshake(_text(body)[0])
        if api == AUTHENTICATE:
            return self._authenticate(body[4:])
        return self._metadata() if self._in else None

    def _metadata(self) -> bytes:
        brokers = self._broker.advertised
        brokers = [(1, "localhost", self._broker.port)] if brokers is None else brokers
        packed = (struct.pack(">i", node) + _packed(host) + struct.pack(">ih", port, -1) for node, host, port in brokers)
        return struct.pack(">i", len(brokers)) + b"".join(packed) + struct.pack(">ii", 1, 0)

    def _handshake(self, mechanism: str) -> bytes:
        if self._broker.users is None:
            return struct.pack(">hi", 34, 0)
        self._mechanism = mechanism
        offered = self._broker.mechanisms
        return struct.pack(">hi", 0 if mechanism in offered else 33, len(offered)) + b"".join(map(_packed, offered))

    def _authenticate(self, message: bytes) -> bytes:
        users = self._broker.users or {}
        if self._mechanism == "PLAIN":
            _, name, password = message.decode().split("\0")
            return self._verdict(users.get(name) == password)
        digest = self._mechanism.replace("SCRAM-", "").replace("-", "").lower()
        self._scram.append(message)
        if len(self._scram) == 1:
            nonce = _scram(message[3:])["r"] + "server"
            self._scram.append(f"r={nonce},s={base64.b64encode(b'salt').decode()},i=4096".encode())
            return _accepted(self._scram[1])
        return self._scram_verdict(users, digest)

    def _scram_verdict(self, users: dict[str, str], digest: str) -> bytes:
        first, challenge, final = self._scram
        name = _scram(first[3:])["n"].replace("=2C", ",").replace("=3D", "=")
        salted = hashlib.pbkdf2_hmac(digest, users.get(name, "\0").encode(), b"salt", 4096)
        without, _, proof = final.rpartition(b",p=")
        said = b",".join((first[3:], challenge, without))
        key = hmac.digest(salted, b"Client Key", digest)
        signature = hmac.digest(hashlib.new(digest, key).digest(), said, digest)
        wanted = bytes(a ^ b for a, b in zip(key, signature, strict=True))
        if not hmac.compare_digest(wanted, base64.b64decode(proof)):
            return self._verdict(known=False)
        self._in = True
        mine = hmac.digest(hmac.digest(salted, b"Server Key", digest), said, digest)
        return _accepted(b"v=" + base64.b64encode(mine))

    def _verdict(self, known: bool) -> bytes:
        self._in = known
        return _accepted(b"") if known else struct.pack(">h", 58) + _packed("Authentication failed") + struct.pack(">i", 0)


def _accepted(message: bytes) -> bytes:
    return struct.pack(">hhi", 0, -1, len(message)) + message


def _packed(text: str) -> bytes:
    return struct.pack(">h", len(text)) + text.encode()


def _text(data: bytes) -> tuple[str, bytes]:
    (length,) = struct.unpack(">h", data[:2])
    return data[2 : 2 + length].decode(), data[2 + length :]


def _scram(message: bytes) -> dict[str, str]:
    return {part[0]: part[2:] for part in message.decode().split(",")}
