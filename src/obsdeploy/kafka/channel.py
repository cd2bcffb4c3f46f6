"""A pipe of bytes to a broker, plain or through TLS, that can say why it ended."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable
from typing import Protocol

from obsdeploy.kafka.trouble import Trouble, of_complaint

_TLS_ALERT = b"\x15\x03"
_CHUNK = 65536


class Pipe(Protocol):
    """Bytes to and from a port, however they get there."""

    async def send(self, data: bytes) -> None:
        """Write all of it; what can't be written any more is lost without a word."""

    async def receive(self, seconds: float) -> bytes:
        """Return what has come, waiting for the first byte up to so long; empty when there was none, or none comes any more."""

    @property
    def ended(self) -> bool:
        """Whether the other side has closed, or never was there."""

    @property
    def complaint(self) -> str:
        """What the one who connects has said on standard error."""

    async def close(self) -> None:
        """Let go of it."""


Dial = Callable[[str, int], Awaitable[Pipe]]
"""Connects to a host and port. Does not wait for the connection: its failure shows in `complaint` once the pipe has ended."""


class Stuck(Exception):
    """The way ends here. `said` is what the other side or the connecting program said, if anything."""

    def __init__(self, trouble: Trouble, said: str = "") -> None:
        super().__init__(f"{trouble.value}: {said}")
        self.trouble, self.said = trouble, " ".join(said.split())


class Channel:
    """Reads and writes whole amounts, plain to begin with. Every method raises Stuck when the way ends."""

    def __init__(self, pipe: Pipe, seconds: float) -> None:
        self._pipe, self._until = pipe, time.monotonic() + seconds
        self._buffer = b""
        self._tls: ssl.SSLObject | None = None
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()

    async def start_tls(self, context: ssl.SSLContext, name: str) -> None:
        """Shake hands, and speak through TLS from here on."""
        tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=name)
        while True:
            try:
                tls.do_handshake()
            except ssl.SSLWantReadError:
                await self._flush()
                self._incoming.write(await self._more(Trouble.TLS_UNSPOKEN))
            except ssl.SSLError as error:
                await self._flush()
                raise Stuck(_tls_trouble(error), _reason(error)) from error
            else:
                break
        await self._flush()
        self._tls = tls

    async def send(self, data: bytes) -> None:
        """Send all of it."""
        if self._tls is None:
            await self._pipe.send(data)
            return
        self._tls.write(data)
        await self._flush()

    async def receive(self, count: int, on_end: Trouble = Trouble.CLOSED) -> bytes:
        """So many bytes; `on_end` is what it means when the other side closes instead."""
        while len(self._buffer) < count:
            tls = self._tls
            self._buffer += await (self._decrypted(tls, on_end) if tls else self._more(on_end))
            if self._tls is None and self._buffer.startswith(_TLS_ALERT):
                raise Stuck(Trouble.TLS_WANTED)
        taken, self._buffer = self._buffer[:count], self._buffer[count:]
        return taken

    async def _decrypted(self, tls: ssl.SSLObject, on_end: Trouble) -> bytes:
        while True:
            try:
                if data := tls.read(_CHUNK):
                    return data
                raise Stuck(on_end)
            except ssl.SSLWantReadError:
                self._incoming.write(await self._more(on_end))
            except ssl.SSLZeroReturnError:
                raise Stuck(on_end) from None
            except ssl.SSLError as error:
                # In TLS 1.3 the client has shaken hands before the server looks at its certificate.
                raise Stuck(_tls_trouble(error), _reason(error)) from error

    async def _more(self, on_end: Trouble) -> bytes:
        """At least one byte off the pipe."""
        while True:
            left = self._until - time.monotonic()
            data = await self._pipe.receive(max(left, 0.0))
            if data:
                return data
            if self._pipe.ended:
                said = self._pipe.complaint
                raise Stuck(of_complaint(said) or on_end, said)
            if left <= 0:
                raise Stuck(Trouble.SILENT, self._pipe.complaint)
            await asyncio.sleep(0)

    async def _flush(self) -> None:
        if data := self._outgoing.read():
            await self._pipe.send(data)


def _tls_trouble(error: ssl.SSLError) -> Trouble:
    said = str(error).lower()
    if isinstance(error, ssl.SSLCertVerificationError):
        other = "hostname mismatch" in said or "ip address mismatch" in said
        return Trouble.TLS_NAME if other else Trouble.TLS_UNTRUSTED
    if "wrong version number" in said or "record layer failure" in said or "http request" in said:
        return Trouble.TLS_UNSPOKEN
    if "alert" in said and ("certificate" in said or "unknown ca" in said or "handshake failure" in said):
        return Trouble.TLS_CLIENT
    return Trouble.TLS_FAILED


def _reason(error: ssl.SSLError) -> str:
    verify = getattr(error, "verify_message", "")
    return str(verify or error.reason or error).replace("_", " ").lower()
