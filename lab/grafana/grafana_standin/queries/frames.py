"""Data frames in the JSON form of Grafana's query API."""

import json
import math
import re
from collections.abc import Iterable
from typing import Any

Frame = dict[str, Any]
_PLACEHOLDER = re.compile(r"\{\{\s*(.+?)\s*\}\}")


def numbers(values: Iterable[str]) -> tuple[list[float | None], dict[str, list[int]]]:
    """Prometheus' textual numbers as JSON can hold them, and at which indices NaN and the infinities stood."""
    plain: list[float | None] = []
    special: dict[str, list[int]] = {}
    for index, text in enumerate(values):
        number = float(text)
        if math.isfinite(number):
            plain.append(number)
            continue
        plain.append(None)
        special.setdefault("NaN" if math.isnan(number) else "Inf" if number > 0 else "NegInf", []).append(index)
    return plain, special


def series_name(labels: dict[str, str]) -> str:
    """A series in PromQL's notation."""
    name = labels.get("__name__", "")
    others = sorted((key, value) for key, value in labels.items() if key != "__name__")
    rest = ", ".join(f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in others)
    return f"{name}{{{rest}}}" if rest else name or "{}"


def legend(labels: dict[str, str], template: str, expr: str) -> str:
    """What a series is called: by its legend template, else by its labels, else by its query. Empty: let Grafana choose."""
    if template == "__auto":
        name = "" if labels else series_name(labels)
    elif template:
        name = _PLACEHOLDER.sub(lambda match: labels.get(match.group(1), ""), template)
    else:
        name = series_name(labels)
    return expr if name == "{}" else name


def time_field(interval_ms: int | None = None) -> dict[str, Any]:
    """The schema of a time field; `interval_ms` is the spacing between points."""
    field: dict[str, Any] = {"name": "Time", "type": "time", "typeInfo": {"frame": "time.Time"}}
    return field | {"config": {"interval": interval_ms}} if interval_ms else field


def number_field(name: str, labels: dict[str, str], display_name: str) -> dict[str, Any]:
    """The schema of a number field."""
    config = {"displayNameFromDS": display_name} if display_name else {}
    return {"name": name, "type": "number", "typeInfo": {"frame": "float64"}, "labels": labels, "config": config}


def frame(ref_id: str, fields: list[dict[str, Any]], columns: list[list[Any]], meta: dict[str, Any]) -> Frame:
    """A frame: a schema, and a column of values for each field."""
    return {"schema": {"refId": ref_id, "meta": meta, "fields": fields}, "data": {"values": columns}}


def series_frame(
    ref_id: str, labels: dict[str, str], points: list[tuple[float, str]], *, kind: str, result_type: str, step: int, name: str
) -> Frame:
    """One series: its points are (epoch seconds, textual number); `kind` is Grafana's frame type."""
    values, special = numbers(text for _, text in points)
    fields = [time_field(step), number_field(labels.get("__name__", "Value"), labels, name)]
    meta = {"type": kind, "typeVersion": [0, 1], "custom": {"resultType": result_type}}
    made = frame(ref_id, fields, [[round(float(at) * 1000) for at, _ in points], values], meta)
    if special:
        made["data"]["entities"] = [None, special]
    return made
