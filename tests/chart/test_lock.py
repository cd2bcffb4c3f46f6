"""The lock file's digest is Helm's own."""

from pathlib import Path

import yaml

from scripts.chart.lock import digest, lock_file
from tests.chart.helm import UMBRELLA, Helm

_COMMUNITY = "https://prometheus-community.github.io/helm-charts"


def _dependency(name: str, version: str, **more: str) -> dict[str, str]:
    return {"name": name, "version": version, "repository": _COMMUNITY, **more}


def test_digest_is_the_one_that_helm_wrote_for_a_published_chart() -> None:
    # prometheus 29.27.0: its dependencies, and the digest in the Chart.lock that was published with it.
    parts = {
        "alertmanager": ("1.42.*", "1.42.0"),
        "kube-state-metrics": ("8.4.*", "8.4.0"),
        "prometheus-node-exporter": ("4.56.*", "4.56.1"),
        "prometheus-pushgateway": ("3.8.*", "3.8.0"),
    }
    dependencies = [_dependency(name, wanted, condition=f"{name}.enabled") for name, (wanted, _) in parts.items()]
    locked = [_dependency(name, version) for name, (_, version) in parts.items()]
    assert digest(dependencies, locked) == "sha256:5d788dab0bb3fe083870a3ca91fe0a930bbcedda7cd202844f6afdab0a3e6d0b"


def test_digest_is_the_one_that_helm_writes_for_a_range(helm: Helm, tmp_path: Path) -> None:
    chart = {"apiVersion": "v2", "name": "whole", "version": "0.1.0"}
    # Go's JSON escapes <, > and &, and helm hashes the escapes.
    part = {"name": "part", "version": ">=1.0 <2", "repository": "file://../part", "tags": ["a&b"], "alias": "second"}
    _write(tmp_path / "part", {"apiVersion": "v2", "name": "part", "version": "1.2.3"})
    _write(tmp_path / "whole", {**chart, "dependencies": [part]})
    helm.run(["dependency", "update", str(tmp_path / "whole")])
    lock = yaml.safe_load((tmp_path / "whole/Chart.lock").read_text())
    assert digest([part], lock["dependencies"]) == lock["digest"]


def _write(folder: Path, chart: dict[str, object]) -> None:
    folder.mkdir()
    (folder / "Chart.yaml").write_text(yaml.safe_dump(chart))


def test_lock_pins_what_the_chart_names() -> None:
    chart = yaml.safe_load((UMBRELLA / "Chart.yaml").read_text())
    lock = yaml.safe_load((UMBRELLA / "Chart.lock").read_text())
    pinned = [(each["name"], each["version"], each["repository"]) for each in chart["dependencies"]]
    assert [(each["name"], each["version"], each["repository"]) for each in lock["dependencies"]] == pinned
    assert lock["digest"] == digest(chart["dependencies"], lock["dependencies"])


def test_every_version_is_exact_and_every_dependency_can_be_switched_off() -> None:
    for dependency in yaml.safe_load((UMBRELLA / "Chart.yaml").read_text())["dependencies"]:
        assert all(part.isdigit() for part in dependency["version"].split(".")), dependency
        assert dependency["condition"] == f"{dependency['name']}.enabled"


def test_an_unchanged_lock_keeps_its_date_and_a_changed_one_does_not() -> None:
    chart = (UMBRELLA / "Chart.yaml").read_text()
    lock = (UMBRELLA / "Chart.lock").read_text()
    assert lock_file(chart, lock, "2030-01-01T00:00:00Z") == lock
    assert "2030-01-01T00:00:00Z" in lock_file(chart.replace("29.27.0", "29.27.1"), lock, "2030-01-01T00:00:00Z")
