"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

Bundle = Annotated[
    Path | None,
    typer.Option("--bundle", metavar="PATH", envvar="OBSDEPLOY_BUNDLE", help="Use nothing but this offline bundle."),
]
Charts = Annotated[
    Path | None,
    typer.Option("--charts", metavar="DIR", envvar="OBSDEPLOY_CHARTS", help="Take the charts from this folder of .tgz."),
]
Demo = Annotated[bool | None, typer.Option("--demo/--no-demo", help="With the demo shop under load.", show_default=False)]
Output = Annotated[str, typer.Option("--output", "-o", metavar="FORMAT", help="text or json.")]
Timeout = Annotated[
    str | None, typer.Option("--timeout", metavar="TIME", help="Deadline for all of it, such as 5m.", show_default=False)
]


def checked_format(output: str) -> str:
    """Return the output format. Raises UsageProblem for one that is not known."""
    if output not in {"text", "json"}:
        from obsdeploy.errors import UsageProblem

        raise UsageProblem(f"--output {output}: unknown format", hint="There are text and json.")
    return output
