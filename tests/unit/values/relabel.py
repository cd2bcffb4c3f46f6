"""Prometheus' relabelling, as much of it as our jobs use, so that discovery can be tested without a cluster."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

Labels = dict[str, str]


def relabel(labels: Mapping[str, str], rules: Iterable[Mapping[str, Any]]) -> Labels | None:
    """Apply relabel rules; None where one of them drops the target or series."""
    result = dict(labels)
    for rule in rules:
        action = rule.get("action", "replace")
        value = ";".join(result.get(name, "") for name in rule.get("source_labels", []))
        match = re.fullmatch(rule.get("regex", "(.*)"), value, re.DOTALL)
        if (action == "keep" and not match) or (action == "drop" and match):
            return None
        if action == "replace" and match:
            put(result, rule["target_label"], expand(rule.get("replacement", "$1"), match))
        elif action == "labeldrop":
            result = {name: text for name, text in result.items() if not re.fullmatch(rule["regex"], name)}
        elif action not in {"keep", "drop", "replace"}:
            raise AssertionError(f"this test's relabelling knows no {action}")
    return result


def targets(found: Iterable[Mapping[str, str]], job: Mapping[str, Any]) -> list[Labels]:
    """The targets of a job: relabelled, without hidden labels, and equal ones (with their URL) folded, as Prometheus does."""
    kept: dict[tuple[tuple[str, str], ...], Labels] = {}
    for one in found:
        start = {"__scheme__": job.get("scheme", "http"), "__metrics_path__": job.get("metrics_path", "/metrics"), **one}
        labels = relabel(start, job.get("relabel_configs", []))
        if labels is not None:
            final = {name: text for name, text in labels.items() if not name.startswith(("__meta_", "__tmp_"))}
            kept[tuple(sorted(final.items()))] = final
    return list(kept.values())


def url(target: Labels) -> str:
    """What is asked for metrics."""
    return f"{target['__scheme__']}://{target['__address__']}{target['__metrics_path__']}"


def put(labels: Labels, name: str, value: str) -> None:
    """Set a label; an empty value removes it, as in Prometheus."""
    labels.pop(name, None)
    if value:
        labels[name] = value


def expand(template: str, match: re.Match[str]) -> str:
    """Go's regexp.Expand for $1 and ${1}."""
    return re.sub(r"\$(?:(\d+)|\{(\d+)\})", lambda ref: match[int(ref[1] or ref[2])] or "", template)
