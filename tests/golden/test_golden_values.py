"""Rendered values as a whole, so that a change to a template or setting is seen for all that it changes.

UPDATE_GOLDEN=1 pytest tests/golden    writes them anew; look at the difference before committing it.
"""

import os
from pathlib import Path
from typing import Any

import pytest

from obsdeploy.values import keep_lists, render
from obsdeploy.yamltext import dump, parse
from tests.unit.values.make import settings

FOLDER = Path(__file__).parent / "values"
REDIS = [{"name": "carts", "address": "redis.shop:6379", "passwordSecret": {"name": "redis", "key": "password"}}]
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "dev": ("dev", {}),
    "dev-demo": ("dev", {"demo__enabled": True}),
    "ci-full": ("ci", {"metrics": "full"}),
    "dev-demo-kafka": ("dev", {"demo__enabled": True, "demo__kafka": True}),
    "ci-logs": ("ci", {"logs__enabled": True}),
    "prod": (
        "prod",
        {
            "imageRegistry": "mirror.example:5000/hub",
            "redis": REDIS,
            "grafana__ingress": {
                "enabled": True,
                "host": "grafana.example",
                "tlsSecret": "grafana-tls",
                "controllerNamespace": "ingress",
            },
            "remoteWrite": [{"url": "https://mimir.example/push", "tokenSecret": {"name": "mimir", "key": "token"}}],
        },
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_values_are_as_recorded(case: str) -> None:
    profile, overrides = CASES[case]
    values = without_lists(render(settings(profile, **overrides)))
    recorded = FOLDER / f"{case}.yaml"
    if os.environ.get("UPDATE_GOLDEN"):
        recorded.write_text(dump(values))
    assert values == parse(recorded.read_text())


def without_lists(values: dict[str, Any]) -> dict[str, Any]:
    """Put a name in the place of each keep-list, which have tests of their own, and of the version."""
    for job, names in keep_lists().items():
        for rule in values["prometheus"]["scrapeConfigs"][job].get("metric_relabel_configs", []):
            if rule.get("regex") == "|".join(names):
                rule["regex"] = f"(keep list of {job})"
    if values["prometheus"]["kube-state-metrics"].get("metricAllowlist"):
        values["prometheus"]["kube-state-metrics"]["metricAllowlist"] = ["(keep list of kube-state-metrics)"]
    values["release"]["expected"]["version"] = "(version)"
    return values
