"""An API server that knows one thing: running a command of this machine behind the exec WebSocket, channels and all."""

import base64
import contextlib
import hashlib
import json
import socket
import struct
import subprocess
import threading
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

_MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
STDIN, STDOUT, STDERR, STATUS = 0, 1, 2, 3
BINARY, CLOSE = 2, 8


class ExecServer:
    """Listens on a port of its own. `refuse` is the status that it answers instead of upgrading."""

    def __init__(self, refuse: int = 0) -> None:
        self.refuse = refuse
        self.asked: list[str] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self.processes: list[subprocess.Popen[bytes]] = []

    @contextlib.contextmanager
    def running(self) -> Iterator["ExecServer"]:
        threading.Thread(target=self._accept, daemon=True).start()
        try:
            yield self
        finally:
            self._listening.close()
            for process in self.processes:
                process.kill()
                process.wait()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            head += connection.recv(4096)
        request, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        target = request.split(" ")[1]
        self.asked.append(target)
        if self.refuse:
            connection.sendall(f"HTTP/1.1 {self.refuse} No\r\ncontent-length: 0\r\n\r\n".encode())
            connection.close()
            return
        accept = base64.b64encode(hashlib.sha1((headers["sec-websocket-key"] + _MAGIC).encode()).digest()).decode()
        connection.sendall(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {accept}\r\nSec-WebSocket-Protocol: v4.channel.k8s.io\r\n\r\n".encode()
        )
        for channel in (STDOUT, STDERR, STATUS):  # as the real one does
            _send(connection, bytes([channel]))
        self._run(connection, parse_qs(urlsplit(target).query)["command"])

    def _run(self, connection: socket.socket, command: list[str]) -> None:
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, bufsize=0)
        self.processes.append(process)
        threads = [
            threading.Thread(target=_copy, args=(process.stdout, connection, STDOUT)),
            threading.Thread(target=_copy, args=(process.stderr, connection, STDERR)),
        ]
        for thread in threads:
            thread.start()
        threading.Thread(target=_feed, args=(connection, process), daemon=True).start()
        for thread in threads:
            thread.join()
        code = process.wait()
        status = (
            {"status": "Success"} if code == 0 else {"status": "Failure", "message": f"command terminated with exit code {code}"}
        )
        with contextlib.suppress(OSError):
            _send(connection, bytes([STATUS]) + json.dumps(status).encode())
            _send(connection, b"\x03\xe8", CLOSE)
            connection.close()


def _copy(source: object, connection: socket.socket, channel: int) -> None:
    with contextlib.suppress(OSError):
        while data := source.read(4096):  # type: ignore[attr-defined]
            _send(connection, bytes([channel]) + data)


def _feed(connection: socket.socket, process: "subprocess.Popen[bytes]") -> None:
    with contextlib.suppress(OSError, struct.error):
        while True:
            first, second = _exactly(connection, 2)
            size = second & 127
            if size == 126:
                (size,) = struct.unpack(">H", _exactly(connection, 2))
            mask = _exactly(connection, 4)
            data = bytes(byte ^ mask[index % 4] for index, byte in enumerate(_exactly(connection, size)))
            if first & 15 == CLOSE:
                break
            if data[0] == STDIN and process.stdin:
                process.stdin.write(data[1:])
    if process.stdin:
        with contextlib.suppress(OSError):
            process.stdin.close()


def _exactly(connection: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = connection.recv(count - len(data))
        if not more:
            raise OSError("closed")
        data += more
    return data


def _send(connection: socket.socket, data: bytes, opcode: int = BINARY) -> None:
    size = bytes([len(data)]) if len(data) < 126 else b"\x7e" + struct.pack(">H", len(data))
    connection.sendall(bytes([0x80 | opcode]) + size + data)
