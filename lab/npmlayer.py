"""The Grafana stand-in's web pages, built by npm, as a layer."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from lab.images import write_layer
from lab.steps import Builder
from lab.work import Work

_SOURCES = ("package.json", "package-lock.json", ".npmrc", "vite.config.ts", "tsconfig.json", "index.html", "public", "src")
_PUBLIC = "usr/share/grafana/public"


def sources(project: Path) -> list[Path]:
    """What the pages are built of."""
    return [project / name for name in _SOURCES]


def pages_builder(project: Path) -> Builder:
    """The builder of a step for a project whose `npm run build` leaves `dist/`."""

    def build(work: Work) -> Mapping[str, str]:
        copy = work.scratch / "project"
        copy.mkdir()
        work.run(["cp", "--recursive", *sources(project), copy])
        env = {"npm_config_cache": str(work.shared / "npm"), "CI": "true"}
        # Not `npm ci`: it refuses a lock file without the builds of tools for other systems, which not every registry has.
        work.run(["npm", "install", "--no-audit", "--no-fund"], cwd=copy, env=env)
        work.run(["npm", "run", "build"], cwd=copy, env=env)
        root = work.scratch / "layer"
        shutil.copytree(copy / "dist", root / _PUBLIC)
        write_layer(root, work.out / "layer.tar")
        return {}

    return build
