"""The OpenTelemetry Collector, put together of chosen components by its own builder."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from lab.gomodule import Go
from lab.steps import Builder
from lab.work import Work

BUILDER_STEP = "go-otel-builder"
_CORE = "go.opentelemetry.io/collector"
_CONTRIB = "github.com/open-telemetry/opentelemetry-collector-contrib"


@dataclass(frozen=True)
class CollectorSpec:
    """Components by kind (receivers, processors …), each its module's path below core's or contrib's.

    `providers_version` is that of the configuration providers, which count for themselves.
    """

    name: str
    version: str
    providers_version: str
    core: Mapping[str, tuple[str, ...]]
    contrib: Mapping[str, tuple[str, ...]]
    profile: str


def builder(spec: CollectorSpec) -> Builder:
    """The builder of a step that leaves the collector in `bin/`."""

    def build(work: Work) -> Mapping[str, str]:
        module = work.scratch / "collector"
        manifest = work.scratch / "manifest.yaml"
        manifest.write_text(yaml.safe_dump(builder_manifest(spec, str(module))))
        go = Go(work)
        generator = work.inputs[BUILDER_STEP] / "bin" / "builder"
        work.run([generator, "--config", manifest, "--skip-compilation", "--skip-get-modules"], env=go.env)
        binaries = work.out / "bin"
        binaries.mkdir()
        go.build(module, (".",), binaries / spec.name, (), ())
        return {spec.name: spec.version}

    return build


def builder_manifest(spec: CollectorSpec, output: str) -> dict[str, Any]:
    """What the collector's builder reads."""
    components: dict[str, Any] = {}
    for base, chosen in ((_CORE, spec.core), (_CONTRIB, spec.contrib)):
        for kind, paths in chosen.items():
            version = spec.providers_version if kind == "providers" else spec.version
            components.setdefault(kind, []).extend({"gomod": f"{base}/{path} {version}"} for path in paths)
    dist = {
        "name": spec.name,
        "module": f"obsdeploy.lab/{spec.name}",
        "version": spec.version.removeprefix("v"),
        "output_path": output,
    }
    return {"dist": dist, **components}
