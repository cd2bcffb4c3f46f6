"""`python -m saga SERVICE` runs a service of the shop, `python -m saga load` its customers."""

import argparse
import sys
from collections.abc import Sequence

import prometheus_client

from saga import SERVICES, logs
from saga.config import Config
from saga.load.settings import LoadSettings


def main(argv: Sequence[str] | None = None) -> int:
    """Run until told to stop; returns the exit status, 2 for a malformed setting."""
    parser = argparse.ArgumentParser(prog="saga", description=__doc__)
    parser.add_argument("command", choices=(*SERVICES, "load"), help="the service to run, or the load generator")
    command: str = parser.parse_args(argv).command
    try:
        settings = LoadSettings.from_env() if command == "load" else Config.from_env()
    except ValueError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    # Every counter and histogram would come with a series that says when it was made, which nobody reads.
    prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]
    # Imported late: the load generator has no use for FastAPI, the services have none for the load generator.
    if isinstance(settings, LoadSettings):
        from saga.load.generator import run

        logs.configure("load-generator", settings.log_level)
        run(settings)
    else:
        from saga.server import serve

        logs.configure(command, settings.log_level)
        serve(command, settings)
    return 0


if __name__ == "__main__":
    sys.exit(main())
