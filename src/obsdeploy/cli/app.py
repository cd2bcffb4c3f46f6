"""The Typer application: global options, one module per command, and the way out for every error."""

import sys
from typing import TYPE_CHECKING

from obsdeploy import __version__

if TYPE_CHECKING:
    import typer


def main() -> None:
    """Run the command line; always leaves by SystemExit."""
    if sys.argv[1:] == ["--version"]:  # before anything is imported: scripts ask this often
        sys.stdout.write(f"obsdeploy {__version__}\n")
        raise SystemExit(0)
    from obsdeploy.cli.way_out import handled

    with handled():
        build()()


def build() -> "typer.Typer":
    """Put the application together. Commands import what they need when they run, so that --help stays fast."""
    import typer

    from obsdeploy.cli import config, doctor, down, forward, render, status, up, verify
    from obsdeploy.cli.options import command, group_callback

    app = typer.Typer(
        name="obsdeploy",
        help="One command from nothing to a live, proven Kubernetes observability stack.",
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        no_args_is_help=True,
        add_completion=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    group_callback(app)
    command(app, "up", up.up)
    command(app, "verify", verify.verify)
    command(app, "status", status.status)
    command(app, "open", forward.forward)
    command(app, "down", down.down)
    command(app, "render", render.render)
    doctor.register(app)
    config.register(app)
    return app


if __name__ == "__main__":
    main()
