"""Run the server: `python -m grafana_standin`."""

import os
import signal
import sys
from pathlib import Path
from typing import Any

import uvicorn

from .app import create_app
from .config import ConfigError, load_config
from .logs import logger, start_logging
from .provisioning import ProvisioningError

log = logger("server")


def main() -> int:
    """Serve until told to stop. Returns 1, after saying why, if configuration or provisioning can't be used, as Grafana does."""
    start_logging(sys.stdout)
    ini = Path(os.environ.get("GF_PATHS_CONFIG", "/etc/grafana/grafana.ini"))
    try:
        config = load_config(ini, os.environ)
        app = create_app(config)
    except (ConfigError, ProvisioningError, OSError) as problem:
        log.critical("Stand-in for Grafana could not start", extra={"error": problem})
        return 1
    log.info("HTTP Server Listen", extra={"address": f"{config.http_addr}:{config.http_port}", "standIn": "true"})
    # uvicorn raises the signal again once it has shut down; a server told to stop has not failed.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    # Grafana keeps idle connections; one closed under a client that is about to use it again looks like a crash.
    times: dict[str, Any] = {"timeout_keep_alive": 120, "timeout_graceful_shutdown": 2}
    quiet: dict[str, Any] = {"log_config": None, "access_log": False, "server_header": False}
    uvicorn.run(app, host=config.http_addr, port=config.http_port, **times, **quiet)
    return 0


if __name__ == "__main__":
    sys.exit(main())
