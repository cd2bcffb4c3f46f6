"""Images of the checkout's own Python programs: the stand-ins for Grafana and the Kafka exporter, and the demo shop.

Each has two layers on top of the Python that they share: what it depends on, and its own code, so that a change of
the code costs seconds.
"""

import shutil
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lab import images, npmlayer, pythonlayer
from lab.catalog import Catalog, ImageSpec, code
from lab.dockerfile import run_instructions
from lab.steps import Builder, Step
from lab.work import Work

PYTHON_LAYERS = ("layer-root", "layer-python")
SAGA = "saga-demo"
PAGES_LAYER = "layer-grafana-pages"


@dataclass(frozen=True)
class App:
    """A Python program: its image, the requirements of its dependencies, and its code.

    The code is a package to copy as it stands, or, where `is_project`, a project to install.
    """

    image: ImageSpec
    requirements: tuple[str, ...]
    constraints: Path | None
    code: Path
    is_project: bool


def find(checkout: Path, catalog: Catalog, version: str) -> list[App]:
    """The programs of the checkout; `version` is obsdeploy's own."""
    return [
        _stand_in(checkout / "lab" / "grafana" / "grafana_standin", catalog.grafana),
        _stand_in(checkout / "lab" / "kafka_exporter" / "kafka_exporter_standin", catalog.kafka_exporter),
        _saga(checkout / "examples" / "saga", version),
    ]


def _stand_in(code_folder: Path, image: ImageSpec) -> App:
    requirements = tuple(
        line.strip()
        for line in (code_folder.parent / "requirements.txt").read_text().splitlines()
        if line.strip() and not line.startswith("#")
    )
    return App(image, requirements, None, code_folder, is_project=False)


def _saga(folder: Path, version: str) -> App:
    runs = run_instructions((folder / "Dockerfile").read_text())
    image = ImageSpec(
        name=SAGA,
        component="sagaDemo",
        ref=f"docker.io/obsdeploy/saga-demo:{version}",
        version=SAGA,
        layers=_layers(SAGA),
        links={"usr/local/bin/python": f"/usr/bin/python{pythonlayer.PYTHON_VERSION}"},
        entrypoint=runs.entrypoint,
        command=runs.command,
        env=runs.env,
        user=runs.user,
        workdir=runs.workdir,
        ports=runs.ports,
    )
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    constraints = folder / "constraints.txt"
    return App(image, tuple(project["dependencies"]), constraints if constraints.exists() else None, folder, is_project=True)


def steps(apps: list[App]) -> list[Step]:
    """The layers of the programs."""
    made = []
    for app in apps:
        deps, own = app.image.layers[-2:]
        constraints = (app.constraints,) if app.constraints else ()
        sources = code(pythonlayer, images)
        recipe = {"requirements": app.requirements}
        made.append(Step(deps, _deps_builder(app), recipe, PYTHON_LAYERS, (*sources, *constraints)))
        if PAGES_LAYER in app.image.layers:
            made.append(_pages_step(app.code.parent / "web"))
        made.append(Step(own, _code_builder(app), {}, (*PYTHON_LAYERS, deps), (*sources, app.code)))
    return made


def _pages_step(project: Path) -> Step:
    sources = (*code(npmlayer, images), *npmlayer.sources(project))
    return Step(PAGES_LAYER, npmlayer.pages_builder(project), {}, (), sources, ("npm",))


def _layers(name: str) -> tuple[str, ...]:
    return (*PYTHON_LAYERS, f"layer-{name}-deps", f"layer-{name}")


def _deps_builder(app: App) -> Builder:
    def build(work: Work) -> Mapping[str, str]:
        root = work.scratch / "layer"
        pythonlayer.install(work, app.requirements, root, app.constraints)
        pythonlayer.finish(work, _base(work), root)
        return {}

    return build


def _code_builder(app: App) -> Builder:
    def build(work: Work) -> Mapping[str, str]:
        root = work.scratch / "layer"
        if app.is_project:
            pythonlayer.install_project(work, app.code, root)
        else:
            target = pythonlayer.site_packages(root) / app.code.name
            shutil.copytree(app.code, target, ignore=shutil.ignore_patterns("__pycache__"))
        pythonlayer.finish(work, _base(work), root)
        return {app.image.version: _version_of(app)}

    return build


def _base(work: Work) -> list[Path]:
    return [work.inputs[layer] / "layer.tar" for layer in PYTHON_LAYERS]


def _version_of(app: App) -> str:
    if not app.is_project:
        return "of this checkout"
    version: str = tomllib.loads((app.code / "pyproject.toml").read_text())["project"]["version"]
    return version
