"""What one would do without obsdeploy: kind create, helm upgrade --install --wait of the same charts and values, then poll."""

import asyncio
import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.live import await_live
from obsdeploy import assets, charts, values
from obsdeploy.cluster.kind import cluster_config
from obsdeploy.expected import expected
from obsdeploy.pipeline.equipment import equip
from obsdeploy.pipeline.install import DEMO_CHART
from obsdeploy.pipeline.own_cluster import mappings
from obsdeploy.pipeline.rendering import chart_source
from obsdeploy.settings import load
from obsdeploy.settings.model import DEMO_NAMESPACE, RELEASE

NAME = "obsdeploy-bench"
LIVE_SECONDS = 300


@dataclass(frozen=True)
class Prepared:
    """What is ready before the clock starts: charts, values and the cluster's configuration, as files in `folder`."""

    folder: Path
    kind: Path
    helm: Path
    chart: Path
    node_image: str | None
    demo_loads: tuple[Path, ...]
    namespace: str
    jobs: dict[str, int]
    off: frozenset[str]

    @property
    def kubeconfig(self) -> Path:
        """The kubeconfig of the plain cluster."""
        return self.folder / "kubeconfig"


@contextmanager
def prepared(bundle: Path | None) -> Iterator[Prepared]:
    """Charts and values just as `obsdeploy up --demo` would use them."""
    settings = load(profile="dev", overrides={"demo.enabled": True})
    equipment = equip(settings, bundle)
    opened = equipment.bundle
    settings = settings.without(opened.absent()) if opened else settings
    with TemporaryDirectory() as name:
        folder = Path(name)
        chart = asyncio.run(charts.assemble(chart_source(opened, None, equipment.helm()), folder))
        rendered = values.render(settings)
        rendered["adminSecret"] = {**rendered.get("adminSecret", {}), "create": True, "user": "admin", "password": "admin"}
        (folder / "values.json").write_text(json.dumps(rendered))
        (folder / "kind.json").write_text(json.dumps(cluster_config(mappings(settings))))
        node = opened.manifest.node_image if opened else None
        jobs = {job: entry["min"] for job, entry in expected(settings)["jobs"].items()}
        yield Prepared(
            folder,
            equipment.toolbox.find("kind"),
            equipment.toolbox.find("helm"),
            chart,
            node.ref if node else None,
            tuple(opened.image(one) for one in opened.manifest.images if not one.in_node) if opened else (),
            settings.namespace,
            jobs,
            frozenset(settings.disabled()),
        )


def run(ready: Prepared) -> float:
    """From no cluster to a live stack, in seconds; the cluster is deleted afterwards, off the clock."""
    began = time.perf_counter()
    try:
        _create(ready)
        _install(ready, RELEASE, ready.chart, ready.namespace, "--values", str(ready.folder / "values.json"))
        _install(ready, DEMO_CHART, assets.chart(DEMO_CHART), DEMO_NAMESPACE)
        await_live(ready.jobs, ready.off, seconds=LIVE_SECONDS)
        return time.perf_counter() - began
    finally:
        _run(ready.kind, "delete", "cluster", "--name", NAME, "--kubeconfig", ready.kubeconfig)


def _create(ready: Prepared) -> None:
    image = ["--image", ready.node_image] if ready.node_image else []
    config = ready.folder / "kind.json"
    _run(ready.kind, "create", "cluster", "--name", NAME, "--kubeconfig", ready.kubeconfig, "--config", config, *image)
    for archive in ready.demo_loads:
        _run(ready.kind, "load", "image-archive", archive, "--name", NAME)


def _install(ready: Prepared, release: str, chart: Path, namespace: str, *more: str) -> None:
    where = ["--namespace", namespace, "--create-namespace", "--kubeconfig", ready.kubeconfig]
    _run(ready.helm, "upgrade", "--install", release, chart, *where, "--wait", "--timeout", "5m", *more)


def _run(*argv: object) -> None:
    subprocess.run([str(word) for word in argv], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
