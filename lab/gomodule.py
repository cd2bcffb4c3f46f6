"""Builds commands out of any Go module, as a module proxy serves it.

`go install module@version` refuses modules with replace directives, so each component gets a small module of its own
that requires it at one version and repeats its replaces. Those that point into the module's own tree are left out,
or, where the folder is published as a module too, become that module at a version (`local_replaces`).
"""

import json
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.errors import LabError
from lab.steps import Builder
from lab.work import Work

CACHES = "go"
TOOLCHAIN_STEP = "go-toolchain"


@dataclass(frozen=True)
class GoComponent:
    """Commands to build from one module.

    `binary` renames the one command of `packages`; `requires` are further modules by version; `ldflags` may name
    `{version}`; `local_replaces` is the version at which modules replaced by folders are published.
    """

    name: str
    module: str
    version: str
    packages: tuple[str, ...]
    binary: str = ""
    tags: tuple[str, ...] = ()
    ldflags: tuple[str, ...] = ()
    requires: Mapping[str, str] | None = None
    local_replaces: str = ""


def go_builder(component: GoComponent) -> Builder:
    """The builder of a step that leaves the component's commands, static, in `bin/`."""

    def build(work: Work) -> Mapping[str, str]:
        go = Go(work)
        module = work.scratch / "module"
        module.mkdir()
        (module / "go.mod").write_text(module_file(component, go.module_description(component)))
        ldflags = tuple(flag.format(version=component.version) for flag in component.ldflags)
        go.build(module, component.packages, _output(work, component), component.tags, ldflags)
        return {component.name: component.version}

    return build


def local_builder(name: str, folder: Path) -> Builder:
    """The builder of a step for a command of our own, whose module is `folder`."""

    def build(work: Work) -> Mapping[str, str]:
        binaries = work.out / "bin"
        binaries.mkdir()
        Go(work).build(shutil.copytree(folder, work.scratch / name), (".",), binaries / name, (), ())
        return {name: "the lab's own"}

    return build


def module_file(component: GoComponent, upstream: Mapping[str, Any]) -> str:
    """The text of a go.mod that requires the component; `upstream` is its own go.mod as `go mod edit -json` says it."""
    lines = [f"module obsdeploy.lab/{component.name}", "", f"go {upstream['Go']}", ""]
    requires = {component.module: component.version, **(component.requires or {})}
    lines += [f"require {path} {version}" for path, version in requires.items()]
    for entry in upstream.get("Replace") or []:
        line = _replace_line(entry["Old"], entry["New"], component.local_replaces)
        if line:
            lines.append(line)
    return "\n".join(lines) + "\n"


def _replace_line(old: Mapping[str, str], new: Mapping[str, str], local_version: str) -> str:
    replaced = " ".join(filter(None, (old["Path"], old.get("Version"))))
    if not new["Path"].startswith((".", "/")):
        return f"replace {replaced} => {new['Path']} {new['Version']}"
    return f"replace {replaced} => {old['Path']} {local_version}" if local_version else ""


def _output(work: Work, component: GoComponent) -> Path:
    folder = work.out / "bin"
    folder.mkdir()
    return folder / component.binary if component.binary else folder


class Go:
    """The Go command, with module and build caches that all steps of the lab share."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._command = _toolchain(work)
        caches = work.shared / CACHES
        self.env = {
            "GOMODCACHE": str(caches / "mod"),
            "GOCACHE": str(caches / "build"),
            "GOTOOLCHAIN": "local",
            "GOFLAGS": "-modcacherw",
            "GOWORK": "off",
            "CGO_ENABLED": "0",
        }

    def source(self, component: GoComponent) -> Path:
        """The folder with the component's module as it was published, not to be written to."""
        return Path(self._download(component)["Dir"])

    def _download(self, component: GoComponent) -> dict[str, str]:
        module = f"{component.module}@{component.version}"
        downloaded: dict[str, str] = json.loads(
            self._work.read([self._command, "mod", "download", "-json", module], env=self.env)
        )
        return downloaded

    def module_description(self, component: GoComponent) -> dict[str, Any]:
        """The component's own go.mod as JSON."""
        go_mod = self._download(component)["GoMod"]
        described = self._work.read([self._command, "mod", "edit", "-json", go_mod], env=self.env)
        description: dict[str, Any] = json.loads(described)
        return description

    def build(
        self, module: Path, packages: tuple[str, ...], output: Path, tags: tuple[str, ...], ldflags: tuple[str, ...]
    ) -> None:
        """Compile commands into `output`, a folder or a file's path."""
        target = f"{output}/" if output.is_dir() else str(output)
        options = ["-mod=mod", "-trimpath", "-buildvcs=false", "-ldflags", " ".join(("-s", "-w", *ldflags))]
        if tags:
            options += ["-tags", ",".join(tags)]
        self._work.run([self._command, "build", *options, "-o", target, *packages], cwd=module, env=self.env)


def is_new_enough(version_text: str, minimum: str) -> bool:
    """Whether `go version`'s answer names at least `minimum`, such as 1.26."""
    found = re.search(r"\bgo(\d+)\.(\d+)", version_text)
    return found is not None and [int(part) for part in found.groups()] >= [int(part) for part in minimum.split(".")]


def _toolchain(work: Work) -> Path:
    """The Go command: that of the toolchain step if there is one, else the one on PATH."""
    if TOOLCHAIN_STEP in work.inputs:
        return next((work.inputs[TOOLCHAIN_STEP] / "root/usr/lib").glob("go-*/bin/go"))
    found = shutil.which("go", path=os.environ.get("PATH"))
    if not found:
        raise LabError("there is no Go on PATH any more")
    return Path(found)
