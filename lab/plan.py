"""The steps of a bundle, made out of the catalog and of what is in the checkout."""

import re
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from lab import (
    apps,
    bundle,
    charts,
    collector,
    debian,
    gomodule,
    images,
    layers,
    maven,
    node_store,
    nodefiles,
    nodeimage,
    pythonlayer,
)
from lab.catalog import CORE, FULL, LAB, Catalog, ImageSpec, code
from lab.gomodule import TOOLCHAIN_STEP, GoComponent
from lab.steps import Builder, Step

CHECKOUT = LAB.parent
BUNDLE_STEP, NODE_STEP = "bundle", "node"
_ROOT_COMMANDS = ("mmdebstrap",)
_PROVISIONER, _PROVISIONER_HELPER = "local-path-provisioner", "local-path-helper"


class Planner:
    """Makes the steps of one profile."""

    def __init__(self, catalog: Catalog, profile: str, *, has_go: bool) -> None:
        self._catalog = catalog
        self._profiles = {CORE} if profile == CORE else {CORE, FULL}
        self._toolchain = () if has_go else (TOOLCHAIN_STEP,)
        self._apps = apps.find(CHECKOUT, catalog, own_version(CHECKOUT))
        stock = [spec for spec in catalog.images if spec.profile in self._profiles]
        self._stock = {spec.name: spec for spec in stock}
        self._images = [*stock, *(app.image for app in self._apps)]

    def steps(self) -> list[Step]:
        """All steps; what takes longest comes first."""
        return [*self._go_steps(), *self._debian_steps(), *self._image_steps(), *self._node_steps(), *self._bundle_steps()]

    def _go_steps(self) -> list[Step]:
        made = [self._go_step(component) for component in self._catalog.go_components if self._is_wanted(component)]
        pause = LAB / "pause"
        builder = gomodule.local_builder("pause", pause)
        made.append(Step("go-pause", builder, {}, self._toolchain, (*code(gomodule), pause)))
        spec = self._catalog.collector
        if spec.profile in self._profiles:
            needs = (collector.BUILDER_STEP, *self._toolchain)
            made.append(Step("go-collector", collector.builder(spec), asdict(spec), needs, code(collector, gomodule)))
        if self._toolchain:
            made.insert(0, _debian_step(TOOLCHAIN_STEP, layers.go_toolchain_builder(self._catalog.debian["packages_suite"]), {}))
        return made

    def _go_step(self, component: GoComponent) -> Step:
        builder = gomodule.go_builder(component)
        return Step(f"go-{component.name}", builder, asdict(component), self._toolchain, code(gomodule))

    def _is_wanted(self, component: GoComponent) -> bool:
        return self._catalog.go_profiles[component.name] in self._profiles

    def _debian_steps(self) -> list[Step]:
        suite, sid = self._catalog.debian["suite"], self._catalog.debian["packages_suite"]
        singles = self._catalog.debian["packages"]
        made = [
            self._node_root_step(),
            _debian_step(layers.ROOT_LAYER, layers.root_layer_builder(suite), {"suite": suite}, commands=_ROOT_COMMANDS),
            _debian_step("sid", layers.packages_builder(sid, singles), {"suite": sid, "packages": singles}),
        ]
        used = {layer for spec in self._images for layer in spec.layers}
        for name, packages in self._catalog.debian["layers"].items():
            if f"layer-{name}" in used:
                builder = layers.package_layer_builder(suite, packages)
                recipe = {"suite": suite, "packages": packages}
                made.append(_debian_step(f"layer-{name}", builder, recipe, needs=(layers.ROOT_LAYER,), sources=code(pythonlayer)))
        for name, library in self._catalog.maven.items():
            if f"layer-{name}" in used:
                builder = maven.library_builder(name, library.libraries, library.folder)
                made.append(Step(f"layer-{name}", builder, asdict(library), (), code(maven, images), ("mvn",)))
        return made

    def _node_root_step(self) -> Step:
        node = self._catalog.node
        builder = layers.node_root_builder(node["suite"], node["packages"])
        return _debian_step("node-root", builder, node, sources=(layers.NODE_HOOK,), commands=_ROOT_COMMANDS)

    def _image_steps(self) -> list[Step]:
        return [*apps.steps(self._apps), *(self._image_step(spec) for spec in self._images)]

    def _image_step(self, spec: ImageSpec) -> Step:
        sources = (*code(layers, images), *(LAB / source for source in spec.local.values()))
        return Step(f"image-{spec.name}", layers.image_builder(spec), asdict(spec), spec.needs, sources)

    def _node_steps(self) -> list[Step]:
        """The node's layers in the order of how rarely they change, so that a change of a program costs little."""
        stock = tuple(f"image-{name}" for name in self._stock)
        own = tuple(f"image-{app.image.name}" for app in self._apps)
        sources = code(nodeimage, images)
        below = ("go-containerd", *stock)
        above = ("go-containerd", "node-images", *own)
        made = [
            self._node_files_step(),
            Step("node-images", nodeimage.preload_builder(stock), {"images": stock}, below, sources),
            Step("node-apps", nodeimage.preload_builder(own, below="node-images"), {"images": own}, above, sources),
        ]
        top = ("node-root", *(step.name for step in made))
        repository = f"{node_store.REPOSITORY}:{self._component('kubernetes').version}"
        return [*made, Step(NODE_STEP, nodeimage.node_builder(repository, top), {"layers": top}, top, sources)]

    def _node_files_step(self) -> Step:
        kind, kubernetes = self._component("kind"), self._component("kubernetes").version
        storage = self._stock[_PROVISIONER].ref, self._stock[_PROVISIONER_HELPER].ref
        images_there = frozenset(ref for spec in self._stock.values() for ref in (spec.ref, *spec.aliases))
        return Step(
            "node-files",
            nodefiles.node_files_builder(kind, kubernetes, images_there, storage),
            {"kind": asdict(kind), "kubernetes": kubernetes, "storage": storage, "images": sorted(images_there)},
            (*nodefiles.NODE_BINARY_STEPS, *self._toolchain),
            (*code(nodefiles, gomodule, images), LAB / "node", nodefiles.RUNC_WRAPPER),
        )

    def _bundle_steps(self) -> list[Step]:
        stand_ins = charts.step(CHECKOUT, code(charts))
        contents = bundle.Contents(
            kubernetes=self._component("kubernetes").version,
            images=tuple(self._images),
            tools=self._catalog.tools,
            missing=self._missing(),
        )
        tool_steps = (tool.file.partition("/")[0] for tool in self._catalog.tools.values())
        own = (f"image-{spec.name}" for spec in self._images)
        needs = tuple(dict.fromkeys((NODE_STEP, *own, *tool_steps, stand_ins.name)))
        return [stand_ins, Step(BUNDLE_STEP, bundle.builder(contents), asdict(contents), needs, code(bundle))]

    def _missing(self) -> tuple[str, ...]:
        left_out = (spec.component for spec in self._catalog.images if spec.profile not in self._profiles)
        return (*left_out, *self._catalog.unavailable)

    def _component(self, name: str) -> GoComponent:
        return next(component for component in self._catalog.go_components if component.name == name)


def own_version(checkout: Path) -> str:
    """obsdeploy's version, which its demo shop's image carries. Raises ValueError if there is none."""
    found = re.search(r'(?m)^__version__ = "(.+)"$', (checkout / "src" / "obsdeploy" / "__init__.py").read_text())
    if not found:
        raise ValueError("src/obsdeploy/__init__.py names no __version__")
    return found[1]


def _debian_step(
    name: str,
    builder: Builder,
    recipe: Mapping[str, object],
    *,
    needs: tuple[str, ...] = (),
    sources: tuple[Path, ...] = (),
    commands: tuple[str, ...] = (),
) -> Step:
    return Step(name, builder, recipe, needs, (*code(layers, debian, images), *sources), commands)
