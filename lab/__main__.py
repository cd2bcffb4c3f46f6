"""`python -m lab build|list|path`."""

import argparse
import shutil
import subprocess
import sys
import time
from pathlib import Path

from rich.console import Console

from lab import bundle, catalog, gomodule, machine, node_store, plan
from lab.cache import Cache
from lab.errors import LabError
from lab.progress import Progress
from lab.runner import Runner
from lab.steps import Step, step_keys, with_needs

_INTERRUPTED = 130
_SLOW_SECONDS = 5


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        steps = _planned(options.profile)
        commands = {"build": _build, "list": _list, "path": _path}
        commands[options.command](options, steps, Cache.of_user())
    except LabError as error:
        _say(str(error))
        if error.hint:
            print(f"  → {error.hint}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        _say("interrupted; run the same command again to go on")
        return _INTERRUPTED
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lab", description="Builds an offline bundle from package registries alone.")
    commands = parser.add_subparsers(dest="command", required=True)
    build = commands.add_parser("build", help="build what is not cached yet")
    build.add_argument("--out", type=Path, help="also put the bundle into this folder")
    build.add_argument("--only", metavar="STEP", help="this step and what it needs")
    listing = commands.add_parser("list", help="show all steps: cached or not, key, when and how long")
    path = commands.add_parser("path", help="print the bundle's folder, built or not")
    for command in (build, listing, path):
        command.add_argument("--profile", choices=(catalog.CORE, catalog.FULL), default=catalog.FULL)
    return parser


def _planned(profile: str) -> list[Step]:
    data = catalog.load()
    return plan.Planner(data, profile, has_go=_has_go(data.go_minimum)).steps()


def _has_go(minimum: str) -> bool:
    if not shutil.which("go"):
        return False
    answer = subprocess.run(["go", "version"], capture_output=True, text=True, check=False).stdout
    return gomodule.is_new_enough(answer, minimum)


def _build(options: argparse.Namespace, steps: list[Step], cache: Cache) -> None:
    begun = time.monotonic()
    keys = step_keys(steps)
    wanted = with_needs(steps, [options.only or plan.BUNDLE_STEP])
    unbuilt = [step for step in wanted if not cache.built(step.name, keys[step.name])]
    if unbuilt:
        machine.prepare((command for step in unbuilt for command in step.commands), _say)
    with cache.locked(lambda: _say("another build is under way: waiting for its end")):
        with Progress(Console(stderr=True)) as progress:
            paths = Runner(cache, progress).build(wanted, steps)
        if not options.only:
            print(_deliver(paths[plan.BUNDLE_STEP] / bundle.FOLDER, options.out))
            # Some ten GB that only serve to go on with compiling.
            shutil.rmtree(cache.root / gomodule.CACHES, ignore_errors=True)
        removed = {name: cache.prune(name, key) for name, key in keys.items()}
        node_store.forget(removed[plan.NODE_STEP])
    _print_times(wanted, cache, keys, time.monotonic() - begun)


def _deliver(folder: Path, out: Path | None) -> Path:
    """The bundle where it is wanted, its node image in docker's store."""
    node_store.restore(folder)
    if not out:
        return folder
    bundle.copy_to(folder, out.absolute())
    return out


def _say(text: str) -> None:
    print(f"lab: {text}", file=sys.stderr, flush=True)


def _print_times(wanted: list[Step], cache: Cache, keys: dict[str, str], seconds: float) -> None:
    records = {step.name: cache.built(step.name, keys[step.name]) for step in wanted}
    slow = sorted(
        ((built.seconds, name) for name, built in records.items() if built and built.seconds > _SLOW_SECONDS), reverse=True
    )
    _say(f"{len(wanted)} steps, {seconds:.0f} s now; each when it was built:")
    for taken, name in slow:
        print(f"  {taken:5.0f} s  {name}", file=sys.stderr)


def _list(_: argparse.Namespace, steps: list[Step], cache: Cache) -> None:
    for name, key in step_keys(steps).items():
        built = cache.built(name, key)
        state = f"cached  {built.date}  {built.seconds:6.0f} s" if built else "not built"
        print(f"{name:28} {key}  {state}")


def _path(_: argparse.Namespace, steps: list[Step], cache: Cache) -> None:
    print(cache.path(plan.BUNDLE_STEP, step_keys(steps)[plan.BUNDLE_STEP]) / bundle.FOLDER)


if __name__ == "__main__":
    sys.exit(main())
