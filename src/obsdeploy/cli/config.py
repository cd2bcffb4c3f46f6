"""`obsdeploy config`: a settings file to start from, the settings in effect, and the schema of both."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from obsdeploy.cli.options import Common, command


def register(app: typer.Typer) -> None:
    """Add the group with its three commands."""
    group = typer.Typer(help="Write, show and describe the settings.", no_args_is_help=True, rich_markup_mode=None)
    command(group, "init", init)
    command(group, "show", show)
    command(group, "schema", schema)
    app.add_typer(group, name="config")


def init(
    common: Common,
    force: Annotated[bool, typer.Option("--force", help="Overwrite a file that is there.")] = False,
) -> None:
    """Write obsdeploy.yaml (or the file of --config) with every key, its meaning and its default."""
    from obsdeploy.errors import UsageProblem
    from obsdeploy.settings.load import FILE_NAME
    from obsdeploy.settings.schema import starter

    path = common.config or Path(FILE_NAME)
    if path.exists() and not force:
        raise UsageProblem(f"{path} is there already", hint="Name another file with --config, or overwrite it with --force.")
    try:
        path.write_text(starter(), encoding="utf-8")
    except OSError as error:
        raise UsageProblem(f"{path} can't be written: {error.strerror}", hint="Name another file with --config.") from error
    sys.stdout.write(f"wrote {path}; every key is in it, commented out\n")


def show(common: Common) -> None:
    """Print the settings in effect: profile, file, environment and options together."""
    from obsdeploy.redact import redacted
    from obsdeploy.settings.schema import effective
    from obsdeploy.yamltext import dump

    sys.stdout.write(dump(redacted(effective(common.settings()))))


def schema(common: Common) -> None:  # noqa: ARG001  every command takes the common options
    """Print the JSON Schema of obsdeploy.yaml, for editors."""
    import json

    from obsdeploy.settings.schema import json_schema

    sys.stdout.write(json.dumps(json_schema(), indent=2) + "\n")
