"""Where helm, kind and docker are: in the bundle in use, on PATH, or in the bundle that `up` used last."""

import contextlib
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from obsdeploy import paths
from obsdeploy.errors import EnvironmentProblem

ToolName = Literal["helm", "kind", "docker"]

HOW_TO_GET: Mapping[ToolName, str] = {
    "helm": "Install Helm 3 or 4 (https://helm.sh/docs/intro/install/), or give a bundle that holds it: --bundle DIR.",
    "kind": "Install kind (https://kind.sigs.k8s.io/docs/user/quick-start/), give a bundle that holds it (--bundle DIR), "
    "or use a cluster that exists: --context NAME.",
    "docker": "Install docker (https://docs.docker.com/engine/install/) and start it, "
    "or use a cluster that exists: --context NAME.",
}

WHAT_FOR: Mapping[ToolName, str] = {
    "helm": "installing the stack needs it",
    "kind": "creating the local cluster needs it",
    "docker": "the local cluster runs in a docker container",
}


@dataclass(frozen=True)
class Toolbox:
    """Finds tools; a bundle's own come first, because they are the ones it was proven with."""

    bundled: Mapping[str, Path] = field(default_factory=dict)

    def find(self, name: ToolName) -> Path:
        """Return the tool's path, or raise EnvironmentProblem saying how to get it."""
        remembered = paths.tools_dir() / name
        candidates = (self.bundled.get(name), _on_path(name), remembered if os.access(remembered, os.X_OK) else None)
        for candidate in candidates:
            if candidate is not None:
                return candidate
        raise EnvironmentProblem(
            f"{name} was not found: {WHAT_FOR[name]}, and it is neither on PATH nor in a bundle", hint=HOW_TO_GET[name]
        )

    def remember(self) -> None:
        """Link the bundle's tools into the user's data folder, so that `status`, `verify` and `down` need no --bundle."""
        folder = paths.tools_dir()
        for name, target in self.bundled.items():
            folder.mkdir(parents=True, exist_ok=True)
            fresh = folder / f".{name}.{os.getpid()}"
            with contextlib.suppress(OSError):
                fresh.unlink(missing_ok=True)
                fresh.symlink_to(target.resolve())
                fresh.replace(folder / name)


def _on_path(name: str) -> Path | None:
    found = shutil.which(name)
    return Path(found) if found else None
