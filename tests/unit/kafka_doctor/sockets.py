"""Pipes to real sockets, which complain as an nc does when they can't connect."""

import asyncio
import contextlib
import os
import socket


class SocketPipe:
    """A connection of this process."""

    def __init__(self) -> None:
        self.ended, self.complaint = False, ""
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def connect(self, host: str, port: int) -> "SocketPipe":
        try:
            self._reader, self._writer = await asyncio.open_connection(host, port, family=socket.AF_INET)
        except socket.gaierror:
            self.ended, self.complaint = True, f"nc: bad address '{host}'"
        except OSError as error:
            self.ended, self.complaint = True, f"nc: can't connect to remote host: {os.strerror(error.errno or 0)}"
        return self

    async def send(self, data: bytes) -> None:
        if self._writer is not None:
            self._writer.write(data)

    async def receive(self, seconds: float) -> bytes:
        if self.ended or self._reader is None:
            return b""
        try:
            data = await asyncio.wait_for(self._reader.read(65536), max(seconds, 0.01))
        except TimeoutError:
            return b""
        except ConnectionError:
            data = b""
        self.ended = not data
        return data

    async def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            with contextlib.suppress(ConnectionError):
                await self._writer.wait_closed()


async def dial(host: str, port: int) -> SocketPipe:
    return await SocketPipe().connect(host, port)
