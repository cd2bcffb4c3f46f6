"""Runs one service of the shop in this process until it is told to stop."""

import gc
import importlib

import uvicorn

from saga.app import connect
from saga.config import Config

_DRAIN_SECONDS = 10
# Longer than callers keep an idle connection, so that it is never the server that closes one just as it is used again.
_KEEP_ALIVE_SECONDS = 65


def serve(service: str, config: Config) -> None:
    """Serve until SIGTERM or SIGINT; requests under way are finished first. Configures logs nowhere: see `saga.logs`."""
    app = importlib.import_module(f"saga.services.{service}").create(config, connect(config))
    gc.collect()
    gc.freeze()  # what is there now stays: no collection needs to look at it again
    uvicorn.run(
        app,
        host=config.host,
        port=config.port,
        http="h11",
        loop="asyncio",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_DRAIN_SECONDS,
    )
