"""values.schema.json of the lab's stand-in charts, from their values.yaml: what a stand-in does not know it refuses."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from obsdeploy.yamltext import parse

# Below these the keys are Kubernetes', Prometheus', Alertmanager's or Grafana's, or belong to a nested chart's own schema.
_OPEN = {
    "alertmanager",
    "alternateConfig",
    "annotations",
    "config",
    "containerSecurityContext",
    "dashboardProviders",
    "dashboardsConfigMaps",
    "datasources",
    "deploymentLabels",
    "deploymentStrategy",
    "extraArgs",
    "global",
    "grafana.ini",
    "kube-state-metrics",
    "livenessProbe",
    "podLabels",
    "podSecurityContext",
    "probe",
    "prometheus-node-exporter",
    "readinessProbe",
    "resources",
    "ruleFiles",
    "scrapeConfigs",
    "securityContext",
    "serverFiles",
    "startupProbe",
    "strategy",
    "structuredConfig",
}


def schemas(charts: Path) -> Iterator[tuple[Path, str]]:
    """Path and text of the schema of every chart below `charts`."""
    for values in sorted(charts.rglob("values.yaml")):
        known = parse(values.read_text())
        # Every chart is handed `global`, and those behind a condition `enabled`.
        schema = {"$schema": "http://json-schema.org/draft-07/schema#", **_schema({"global": {}, "enabled": True, **known})}
        yield values.with_name("values.schema.json"), json.dumps(schema, indent=2) + "\n"


def _schema(known: dict[str, Any]) -> dict[str, Any]:
    properties = {key: _of(key, value) for key, value in sorted(known.items())}
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _of(key: str, value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return {"type": "object"} if key in _OPEN else _schema(value)
    return {"type": "array"} if isinstance(value, list) else {}
