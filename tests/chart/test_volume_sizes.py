"""Sizes of volumes that are there already: decided here on what a cluster would answer."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.chart.helm import UMBRELLA, Helm

_CLAIM = {
    "name": "prometheus-server",
    "namespace": "monitoring",
    "found": "8Gi",
    "class": "standard",
    "expandable": False,
    "key": "storage.prometheus",
}


@pytest.fixture(scope="module")
def decisions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A chart whose one object holds what a validation, named in its values, says of its argument."""
    chart = tmp_path_factory.mktemp("decisions")
    (chart / "templates").mkdir()
    shutil.copy(UMBRELLA / "templates/_validations_volumes.tpl", chart / "templates")
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: decisions\nversion: 0.1.0\n")
    decision = '{{ include (printf "obs-stack.validate.%s" .Values.of) .Values.argument | trim | quote }}'
    (chart / "templates/decision.yaml").write_text(f"kind: Decision\nmetadata: {{name: it}}\nsays: {decision}\n")
    return chart


def _says(helm: Helm, chart: Path, of: str, argument: dict[str, Any]) -> str:
    says: str = helm.template(chart, {"of": of, "argument": argument})[0]["says"]
    return says


@pytest.mark.parametrize(
    ("asked", "more", "text"),
    [
        ("50Gi", {}, 'Volume prometheus-server has 8Gi, and its storage class "standard" can\'t enlarge it to 50Gi.'),
        ("4Gi", {"expandable": True}, "Volume prometheus-server has 8Gi, and no volume can shrink to 4Gi."),
    ],
)
def test_a_size_that_the_volume_can_not_have(helm: Helm, decisions: Path, asked: str, more: dict[str, Any], text: str) -> None:
    says = _says(helm, decisions, "claim", {**_CLAIM, **more, "asked": asked})
    assert says.startswith(text)
    assert "Set storage.prometheus to 8Gi, or delete the volume and what is on it:" in says
    assert says.endswith("kubectl delete pvc prometheus-server -n monitoring.")


@pytest.mark.parametrize(
    "argument",
    [
        {**_CLAIM, "asked": "8Gi"},
        {**_CLAIM, "asked": "8192Mi"},
        {**_CLAIM, "asked": "50Gi", "expandable": True},
        {"asked": "8Gi"},
    ],
    ids=["the same", "the same in other words", "a class that can grow it", "no volume yet"],
)
def test_a_size_that_it_has_or_can_have(helm: Helm, decisions: Path, argument: dict[str, Any]) -> None:
    assert _says(helm, decisions, "claim", argument) == ""


def test_a_stateful_set_keeps_the_size_it_was_made_with(helm: Helm, decisions: Path) -> None:
    argument = {"name": "loki", "key": "logs.storage.volume", "found": "1Gi", "asked": "2Gi", "namespace": "monitoring"}
    says = _says(helm, decisions, "claimTemplate", argument)
    assert "and loki has 1Gi. Set logs.storage.volume to 1Gi" in says
    assert says.endswith("kubectl delete statefulset loki -n monitoring --cascade=orphan.")
    assert _says(helm, decisions, "claimTemplate", {**argument, "asked": "1024Mi"}) == ""
