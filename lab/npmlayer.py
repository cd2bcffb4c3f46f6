"""The Grafana stand-in's web pages, built by npm, as a layer."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from lab.images import write_layer
from lab.steps import Builder
from lab.work import Work

_PUBLIC = "usr/share/grafana/public"


def pages_builder(folder: Path) -> Builder:
    """`folder` is a project with package-lock.json whose `npm run build` leaves `dist/`."""

    def build(work: Work) -> Mapping[str, str]:
        project = work.scratch / "project"
        shutil.copytree(folder, project, ignore=shutil.ignore_patterns("node_modules", "dist"))
        env = {"npm_config_cache": str(work.shared / "npm"), "CI": "true"}
        # Not `npm ci`: it refuses a lock file without the builds of tools for other systems, which not every registry has.
        work.run(["npm", "install", "--no-audit", "--no-fund"], cwd=project, env=env)
        work.run(["npm", "run", "build"], cwd=project, env=env)
        root = work.scratch / "layer"
        shutil.copytree(project / "dist", root / _PUBLIC)
        write_layer(root, work.out / "layer.tar")
        return {}

    return build
