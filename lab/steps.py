"""What a step is, and the key under which its result is cached."""

import ast
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from lab.errors import LabError
from lab.work import Work

Builder = Callable[[Work], Mapping[str, str]]
KEY_LENGTH = 12
_IGNORED_PARTS = {"__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", "node_modules", "dist"}


@dataclass(frozen=True)
class Step:
    """One artifact: built once for each recipe.

    `build` writes into `work.out` and returns the versions of what it made, by component name.
    `recipe` and the contents of `sources` (files or folders, the builder's own code among them) say what is built and
    how; together with the keys of the steps in `needs` they are the key. `commands` are programs that it runs.
    """

    name: str
    build: Builder
    recipe: Mapping[str, object] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    sources: tuple[Path, ...] = ()
    commands: tuple[str, ...] = ()


def step_keys(steps: Iterable[Step]) -> dict[str, str]:
    """The key of every step, by name, in an order in which each comes after the steps it needs.

    Raises LabError if a need is unknown or goes round in a circle.
    """
    by_name = {step.name: step for step in steps}
    keys: dict[str, str] = {}
    digest_once = cache(content_digest)  # many steps share a source

    def resolve(name: str, asked_by: tuple[str, ...]) -> str:
        if name in keys:
            return keys[name]
        if name not in by_name:
            raise LabError(f"step {asked_by[-1]} needs {name}, which does not exist")
        if name in asked_by:
            raise LabError(f"steps need each other in a circle: {' -> '.join((*asked_by, name))}")
        step = by_name[name]
        needed = {need: resolve(need, (*asked_by, name)) for need in step.needs}
        keys[name] = _digest(step, [digest_once(source) for source in step.sources], needed)
        return keys[name]

    for name in by_name:
        resolve(name, ())
    return keys


def with_needs(steps: Iterable[Step], wanted: Iterable[str]) -> list[Step]:
    """Those of `steps` that are wanted or needed by a wanted one, in an order that can be built."""
    by_name = {step.name: step for step in steps}
    chosen: set[str] = set()

    def choose(name: str) -> None:
        if name not in by_name:
            raise LabError(f"there is no step {name}", hint="see: python -m lab list", exit_code=2)
        if name not in chosen:
            chosen.add(name)
            for need in by_name[name].needs:
                choose(need)

    for name in wanted:
        choose(name)
    return [by_name[name] for name in step_keys(by_name.values()) if name in chosen]


def content_digest(path: Path) -> str:
    """A digest of a file, or of all files of a folder with their names; caches of tools do not count.

    Of a single Python file only what it does counts, not comments, documentation and layout: compiling for half an
    hour hangs on the builders' code.
    """
    if path.suffix == ".py":
        return _code_digest(path.read_text())
    digest = hashlib.sha256()
    for file in _files(path):
        digest.update(f"{file.relative_to(path)}\0".encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _code_digest(code: str) -> str:
    tree = ast.parse(code)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
            del body[0]
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    found = []
    for folder, subfolders, names in os.walk(path):
        subfolders[:] = [name for name in subfolders if not _is_ignored(name)]
        found += [Path(folder, name) for name in names]
    return sorted(found)


def _is_ignored(part: str) -> bool:
    return part in _IGNORED_PARTS or part.endswith(".egg-info")


def _digest(step: Step, sources: list[str], needed: Mapping[str, str]) -> str:
    described = {
        "name": step.name,
        "recipe": step.recipe,
        "sources": sources,
        "needs": needed,
    }
    text = json.dumps(described, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:KEY_LENGTH]
