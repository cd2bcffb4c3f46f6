"""`obsdeploy render`: what would be given to Helm, or what Helm would make of it."""

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from obsdeploy.cli.arguments import Bundle, Charts, Demo
from obsdeploy.cli.options import Common

if TYPE_CHECKING:
    from obsdeploy.settings.model import Settings


def render(
    common: Common,
    *,
    manifests: Annotated[
        bool, typer.Option("--manifests", help="Print the objects that Helm would apply; needs helm, no cluster.")
    ] = False,
    show_secrets: Annotated[bool, typer.Option("--show-secrets", help="Leave passwords and tokens readable.")] = False,
    bundle: Bundle = None,
    charts: Charts = None,
    demo: Demo = None,
) -> None:
    """Print the Helm values, or what Helm would apply.

    No cluster is touched.
    """
    from obsdeploy.redact import redacted
    from obsdeploy.values import render as values_of
    from obsdeploy.yamltext import dump

    settings = common.settings(demo__enabled=demo)
    documents: list[Any] = _manifests(settings, bundle, charts) if manifests else [values_of(settings)]
    shown = documents if show_secrets else [redacted(document) for document in documents]
    sys.stdout.write("---\n".join(dump(document) for document in shown))


def _manifests(settings: "Settings", bundle: Path | None, charts: Path | None) -> list[Any]:
    from obsdeploy.cli.running import finish
    from obsdeploy.pipeline.rendering import manifests

    with tempfile.TemporaryDirectory(prefix="obsdeploy-") as workdir:
        return finish(manifests(settings, bundle=bundle, charts=charts, workdir=Path(workdir)))
