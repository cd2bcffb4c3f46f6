"""The bundle that the lab writes is the one that obsdeploy opens."""

import hashlib
import json
from pathlib import Path

import pytest
import yaml

from lab.bundle import Contents, builder, chart_name_and_version, copy_to
from lab.catalog import ImageSpec, ToolSpec
from lab.work import Children, Work
from obsdeploy.bundle import Bundle
from obsdeploy.errors import ObsdeployError

IMAGES = (
    ImageSpec("prometheus", "quay.io/prometheus/prometheus:v3.14.0", "prometheus", component="prometheus"),
    ImageSpec("grafana", "docker.io/grafana/grafana:13.2.0", "grafana-standin", component="grafana", stand_in=True),
    ImageSpec("etcd", "registry.k8s.io/etcd:3.6.8-0", "etcd"),
)
CONTENTS = Contents("v1.36.3", IMAGES, {"helm": ToolSpec("go-helm/bin/helm", "helm")}, missing=("loki",))


def _result(root: Path, step: str, files: dict[str, str], versions: dict[str, str]) -> Path:
    for name, content in files.items():
        (root / step / name).parent.mkdir(parents=True, exist_ok=True)
        (root / step / name).write_text(content)
    (root / step / "built.json").write_text(json.dumps({"versions": versions}))
    return root / step


@pytest.fixture
def built(tmp_path: Path) -> Path:
    results = {
        "node": _result(tmp_path, "node", {"image.tar": "node"}, {"node image": "obsdeploy/node:v1.36.3-abc"}),
        "image-prometheus": _result(tmp_path, "image-prometheus", {"image.tar": "p"}, {"prometheus": "3.5.3"}),
        "image-grafana": _result(tmp_path, "image-grafana", {"image.tar": "g"}, {"grafana": "of this checkout"}),
        "go-helm": _result(tmp_path, "go-helm", {"bin/helm": "helm"}, {"helm": "v4.3.1"}),
        "charts": _result(tmp_path, "charts", {"kube-state-metrics-8.4.0.tgz": "chart"}, {}),
    }
    out = tmp_path / "out"
    with (tmp_path / "log").open("w") as log:
        builder(CONTENTS)(Work(out, tmp_path, tmp_path, results, "key", log, Children()))
    return out / "bundle"


def test_obsdeploy_opens_it_and_finds_what_is_in_it(built: Path, tmp_path: Path) -> None:
    bundle = Bundle.open(built, unpack_to=tmp_path / "unpacked")
    assert bundle.manifest.node_image is not None
    assert bundle.image(bundle.manifest.node_image).read_text() == "node"
    helm = bundle.tool("helm")
    assert helm is not None
    assert helm.read_text() == "helm"
    assert (bundle.manifest.kubernetes, bundle.manifest.missing) == ("v1.36.3", ("loki",))


def test_it_says_what_is_truly_inside_and_what_is_a_stand_in(built: Path, tmp_path: Path) -> None:
    bundle = Bundle.open(built, unpack_to=tmp_path / "unpacked")
    assert [(image.ref, image.provides, image.stand_in) for image in bundle.manifest.images] == [
        ("quay.io/prometheus/prometheus:v3.14.0", "prometheus 3.5.3", False),
        ("docker.io/grafana/grafana:13.2.0", "grafana-standin of this checkout", True),
    ]
    assert "chart kube-state-metrics 8.4.0" in bundle.stand_ins()


def test_every_file_is_listed_with_its_digest(built: Path) -> None:
    listed = yaml.safe_load((built / "bundle.yaml").read_text())["files"]
    there = {str(path.relative_to(built)): path for path in built.rglob("*") if path.is_file() and path.name != "bundle.yaml"}
    assert listed == {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in there.items()}


def test_a_damaged_file_of_it_is_found_out(built: Path, tmp_path: Path) -> None:
    (built / "bin/helm").unlink()
    (built / "bin/helm").write_text("something else")
    with pytest.raises(ObsdeployError, match="bin/helm"):
        Bundle.open(built, unpack_to=tmp_path / "unpacked").tool("helm")


def test_a_copy_replaces_what_was_there(built: Path, tmp_path: Path) -> None:
    target = tmp_path / "copy"
    target.mkdir()
    (target / "old").touch()
    copy_to(built, target)
    files = {path.relative_to(target) for path in target.rglob("*") if path.is_file()}
    assert files == {path.relative_to(built) for path in built.rglob("*") if path.is_file()}


def test_a_chart_package_is_known_by_its_file_name() -> None:
    assert chart_name_and_version("prometheus-redis-exporter-6.29.0.tgz") == ("prometheus-redis-exporter", "6.29.0")
    with pytest.raises(ValueError, match=r"notes\.tgz is not named like a chart package"):
        chart_name_and_version("notes.tgz")
