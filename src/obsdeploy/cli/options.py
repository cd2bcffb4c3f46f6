"""Options that every command takes, before the command's name or after it."""

import functools
import inspect
import itertools
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from obsdeploy import __version__
from obsdeploy.cli.way_out import be_verbose, interrupted

if TYPE_CHECKING:
    from obsdeploy.settings.model import Settings


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"obsdeploy {__version__}")
        raise typer.Exit


@dataclass(frozen=True)
class Common:
    """The common options as given; None means not given. The annotations are what Typer reads."""

    profile: Annotated[str | None, typer.Option("--profile", metavar="NAME", help="dev, ci or prod.", show_default=False)] = None
    config: Annotated[
        Path | None,
        typer.Option("--config", metavar="FILE", envvar="OBSDEPLOY_CONFIG", help="Settings file; default ./obsdeploy.yaml."),
    ] = None
    context: Annotated[
        str | None, typer.Option("--context", metavar="NAME", help="Work on this cluster, not on one of obsdeploy's own.")
    ] = None
    kubeconfig: Annotated[
        Path | None, typer.Option("--kubeconfig", metavar="FILE", help="The kubeconfig that --context is in.")
    ] = None
    namespace: Annotated[str | None, typer.Option("--namespace", "-n", metavar="NAME", help="The stack's namespace.")] = None
    sets: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="One setting, such as retention.time=2d; repeatable.")
    ] = None
    verbose: Annotated[bool | None, typer.Option("--verbose", "-v", help="Say more, in errors above all.")] = None

    def settings(self, **overrides: Any) -> "Settings":
        """Load the settings with these options on top; `overrides` are options of one command, by dotted key with `__`."""
        from obsdeploy.settings import load

        options = {
            "context": self.context,
            "kubeconfig": str(self.kubeconfig) if self.kubeconfig else None,
            "namespace": self.namespace,
            **{key.replace("__", "."): value for key, value in overrides.items()},
        }
        # An option that is not given takes nothing away from --set.
        given = {key: value for key, value in options.items() if value is not None}
        return load(profile=self.profile, file=self.config, overrides={**_parsed(self.sets or []), **given})


def _parsed(sets: list[str]) -> dict[str, Any]:
    from obsdeploy.errors import UsageProblem
    from obsdeploy.settings.reading import value

    found: dict[str, Any] = {}
    for one in sets:
        key, equals, text = one.partition("=")
        if not equals or not key:
            # Only what looks like a key is repeated: what follows it, as in adminPassword:x, may be a secret.
            named = "".join(itertools.takewhile(lambda letter: letter.isalnum() or letter in "._-", one))
            raise UsageProblem(f"--set {named}: not KEY=VALUE", hint="Write for example --set retention.time=2d.")
        found[key] = value(text, f"--set {key}")
    return found


_COMMON = [
    inspect.Parameter(field.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=field.type) for field in fields(Common)
]
_CTX = inspect.Parameter("ctx", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)


def command(app: typer.Typer, name: str, function: Callable[..., int | None]) -> None:
    """Register `function(common, *own options) -> exit code` as a command that takes the common options as well."""
    own = list(inspect.signature(function).parameters.values())[1:]

    @functools.wraps(function)
    def run(ctx: typer.Context, **given: Any) -> None:
        common = _merged(ctx, given)
        try:
            code = function(common, **given)
        except KeyboardInterrupt:  # Typer would make it an exit code of its own
            raise interrupted() from None
        if code:
            raise typer.Exit(code)

    _set_signature(run, [*own, *_COMMON, _CTX])
    app.command(name)(run)


def group_callback(app: typer.Typer) -> None:
    """Take the common options, and --version, before the command's name too."""

    def root(ctx: typer.Context, version: bool = False, **given: Any) -> None:  # noqa: ARG001  --version ends in its callback
        _merged(ctx, given)

    option = typer.Option("--version", help="Print the version and exit.", is_eager=True, callback=_show_version)
    version = inspect.Parameter("version", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=Annotated[bool, option])
    _set_signature(root, [*_COMMON, version, _CTX])
    app.callback()(root)


def _merged(ctx: typer.Context, given: dict[str, Any]) -> Common:
    """Take the common options out of `given`, on top of those before the command's name; remembered for the way out."""
    mine = {field.name: given.pop(field.name) for field in fields(Common)}
    before = ctx.obj if isinstance(ctx.obj, Common) else Common()
    sets = [*(before.sets or []), *(mine.pop("sets") or [])]
    common = replace(before, **{name: value for name, value in mine.items() if value is not None}, sets=sets)
    ctx.obj = common
    if common.verbose:
        be_verbose()
    return common


def _set_signature(function: Callable[..., Any], parameters: list[inspect.Parameter]) -> None:
    keyword_only = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in parameters]
    function.__signature__ = inspect.Signature(keyword_only)  # type: ignore[attr-defined]
    function.__annotations__ = {parameter.name: parameter.annotation for parameter in keyword_only}
