"""Runs the stand-in: connects, or ends as the real one ends when no broker answers; then serves until it is told to stop."""

import logging
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CollectorRegistry, make_wsgi_app

from .cluster import Cluster, Unreachable
from .flags import Wrong, parse
from .metrics import Collector

FATAL = 255  # what the real one's log library exits with
_PAGE = b"<html><body><h1>Kafka Exporter</h1><p><a href='/metrics'>Metrics</a></p></body></html>"


class _Format(logging.Formatter):
    """Lines as the real one's log library writes them."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        when = datetime.fromtimestamp(record.created, UTC)
        level = "F" if record.levelno >= logging.CRITICAL else record.levelname[0]
        return f"{level}{when:%m%d %H:%M:%S.%f}       1 kafka_exporter.go:0] {record.getMessage()}"


class _Quiet(WSGIRequestHandler):
    """Scrapes are no news."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Server(ThreadingMixIn, WSGIServer):
    """Answers probes while a scrape waits for a broker."""

    daemon_threads = True


def main(arguments: Sequence[str]) -> int:
    """Returns the exit code."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Format())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    log = logging.getLogger("kafka_exporter")
    log.info("Starting kafka_exporter (STAND-IN of obsdeploy's lab)")
    try:
        options = parse(arguments)
        cluster = Cluster(options)
    except Unreachable as error:
        said = f"kafka: client has run out of available brokers to talk to: {error}"
        log.critical("Error Init Kafka Client: %s", said)
        return FATAL
    except (Wrong, OSError) as error:
        log.critical("%s", error)
        return FATAL
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Once(cluster, options.labels))
    metrics = make_wsgi_app(registry)

    def app(environ: dict[str, Any], start_response: Any) -> Any:
        if environ["PATH_INFO"] == options.path:
            return metrics(environ, start_response)
        start_response("200 OK", [("Content-Type", "text/html; charset=utf-8")])
        return [b"ok" if environ["PATH_INFO"] == "/healthz" else _PAGE]

    with make_server(*options.listen, app, _Server, _Quiet) as server:
        log.info("Listening on HTTP %s:%d", *options.listen)
        server.serve_forever()
    return 0


class _Once(Collector):
    """Registering asks for no metrics."""

    def describe(self) -> list[object]:
        """Nothing is known before the first scrape."""
        return []


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
