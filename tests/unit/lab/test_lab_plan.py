"""The plan of this checkout: whole, buildable, and honest about what is missing and what is not the real thing."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from lab.catalog import CORE, FULL, Catalog, load
from lab.gomodule import TOOLCHAIN_STEP
from lab.nodefiles import storage_manifest
from lab.plan import BUNDLE_STEP, Planner
from lab.steps import step_keys, with_needs

UPSTREAM = Path(__file__).parents[4] / "shared" / "upstream"


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load()


@pytest.mark.parametrize("profile", [CORE, FULL])
def test_every_step_is_part_of_the_bundle(catalog: Catalog, profile: str) -> None:
    steps = Planner(catalog, profile, has_go=True).steps()
    needed = {step.name for step in with_needs(steps, [BUNDLE_STEP])}
    assert needed == {step.name for step in steps}


def test_a_machine_without_go_gets_a_toolchain_first(catalog: Catalog) -> None:
    steps = Planner(catalog, CORE, has_go=False).steps()
    assert all(TOOLCHAIN_STEP in step.needs for step in steps if step.name.startswith("go-") and step.name != TOOLCHAIN_STEP)
    assert TOOLCHAIN_STEP in step_keys(steps)


def test_a_changed_version_rebuilds_what_it_goes_into_and_nothing_else(catalog: Catalog) -> None:
    components = tuple(replace(one, version="v9.9.9") if one.name == "coredns" else one for one in catalog.go_components)
    before = step_keys(Planner(catalog, CORE, has_go=True).steps())
    after = step_keys(Planner(replace(catalog, go_components=components), CORE, has_go=True).steps())
    changed = {name for name in before if before[name] != after[name]}
    assert {"go-coredns", "image-coredns", "node-images", "node", BUNDLE_STEP} <= changed
    assert not changed & {"go-kubernetes", "node-root", "node-files", "image-prometheus", "layer-python"}


def test_a_program_of_the_checkout_leaves_the_other_images_of_the_node_alone(catalog: Catalog) -> None:
    before = step_keys(Planner(catalog, CORE, has_go=True).steps())
    changed_image = replace(catalog, grafana=replace(catalog.grafana, user="1"))
    after = step_keys(Planner(changed_image, CORE, has_go=True).steps())
    assert {name for name in before if before[name] != after[name]} == {"image-grafana", "node-apps", "node", BUNDLE_STEP}


def test_the_core_profile_lists_what_only_the_full_one_has(catalog: Catalog) -> None:
    only_full = {spec.component for spec in catalog.images if spec.profile == FULL}
    assert set(_missing(catalog, CORE)) >= only_full
    assert not set(_missing(catalog, FULL)) & only_full


def _missing(catalog: Catalog, profile: str) -> tuple[str, ...]:
    (bundle,) = (step for step in Planner(catalog, profile, has_go=True).steps() if step.name == BUNDLE_STEP)
    missing = bundle.recipe["missing"]
    assert isinstance(missing, tuple)
    return missing


def test_only_grafana_is_a_stand_in_among_the_images(catalog: Catalog) -> None:
    assert catalog.grafana.stand_in
    assert [spec.name for spec in catalog.images if spec.stand_in] in ([], ["kafka-exporter"])


@pytest.mark.upstream
@pytest.mark.skipif(not UPSTREAM.exists(), reason="the upstream charts' default values are not on this machine")
@pytest.mark.parametrize(
    ("image", "chart"),
    [
        ("prometheus", "prometheus"),
        ("alertmanager", "alertmanager"),
        ("node-exporter", "prometheus-node-exporter"),
        ("redis-exporter", "prometheus-redis-exporter"),
        ("kube-state-metrics", "kube-state-metrics"),
        ("config-reloader", "prometheus"),
        ("grafana", "grafana"),
    ],
)
def test_an_image_has_the_name_that_the_upstream_chart_asks_for(catalog: Catalog, image: str, chart: str) -> None:
    ref = catalog.grafana.ref if image == "grafana" else next(spec.ref for spec in catalog.images if spec.name == image)
    repository, _, tag = ref.rpartition(":")
    (folder,) = (path for path in UPSTREAM.glob(f"{chart}-*") if re.fullmatch(rf"{chart}-[\d.]+", path.name))
    values = (folder / "values.yaml").read_text()
    assert repository.split("/", 1)[1] in values or repository.removeprefix("docker.io/") in values
    versions = dict(line.split()[0:3:2] for line in (UPSTREAM / "index.txt").read_text().splitlines())
    assert tag in values or tag.removeprefix("v") == versions[chart].removeprefix("v")


KIND_SOURCE = """package nodeimage

const storageProvisionerImage = "docker.io/kindest/provisioner:v1"

const defaultStorageManifest = `
kind: Deployment
image: ` + storageProvisionerImage + `
args: [--helper-image, ` + storageHelperImage + `]
`
"""


def test_kinds_storage_manifest_gets_the_labs_images() -> None:
    manifest = yaml.safe_load(storage_manifest(KIND_SOURCE, ("lab/provisioner:1", "lab/helper:1")))
    assert manifest == {"kind": "Deployment", "image": "lab/provisioner:1", "args": ["--helper-image", "lab/helper:1"]}


@pytest.mark.parametrize("source", ["package nodeimage\n", KIND_SOURCE.replace("storageHelperImage", "somethingNew")])
def test_a_kind_source_that_changed_is_noticed(source: str) -> None:
    with pytest.raises(ValueError, match="kind's"):
        storage_manifest(source, ("a", "b"))
