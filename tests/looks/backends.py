"""Recorded and broken back ends beside the recorded Prometheus: a Loki with a few lines, and one that never answers."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from .recording import END


class _Quiet(BaseHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


class Loki(_Quiet):
    """To every question for lines the same, one of them a traceback with a terminal's colours; numbers to one for numbers."""

    def do_GET(self) -> None:
        asked = parse_qs(urlsplit(self.path).query)
        data: object = self._numbers(asked) if "rate(" in asked["query"][0] else self._lines()
        if self.path.partition("?")[0].endswith("/label/service/values"):
            data = ["order", "payment"]
        body = json.dumps({"status": "success", "data": data}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body)

    def _numbers(self, asked: dict[str, list[str]]) -> dict[str, object]:
        start, end = (int(asked[key][0]) // 10**9 for key in ("start", "end"))
        step = max(1, int(asked["step"][0].removesuffix("ms")) // 1000)
        times = range(start - start % step, end + 1, step)
        services = {"order": 4.0, "payment": 2.5} if "by (service)" in asked["query"][0] else {"": 0.2}
        result = [
            {"metric": {"service": name} if name else {}, "values": [[at, str(rate * (1 + at % 60 / 300))] for at in times]}
            for name, rate in services.items()
        ]
        return {"resultType": "matrix", "result": result}

    def _lines(self) -> dict[str, object]:
        newest = (END - 10) * 10**9
        info = [
            [
                str(newest - number * 10**9),
                f'{{"msg":"saga finished","saga_id":"{number * 7919:08x}"}}',
                {"structuredMetadata": {"number": "1"}},
            ]
            for number in range(40)
        ]
        traceback = "Traceback (most recent call last):\n  File payment.py, line 3\nValueError: \x1b[31mcard declined\x1b[0m"
        streams = [
            {"stream": {"service": "order", "level": "info"}, "values": info},
            {"stream": {"service": "payment", "level": "error"}, "values": [[str(newest - 5 * 10**8), traceback]]},
        ]
        return {"resultType": "streams", "result": streams}


class Silent(_Quiet):
    """Takes questions and never answers."""

    over = threading.Event()

    def do_POST(self) -> None:
        self.over.wait(60)


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """A server on a free port of this machine; gives its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
