"""Is what a server has loaded what the release says? Both sides normalised, because servers fill in and mask what they load."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from obsdeploy.checks.times import seconds

MASKED = "<secret>"
DEFAULTS: Mapping[str, Any] = {
    "action": "replace",
    "enable_compression": True,
    "enable_http2": True,
    "enabled": True,
    "follow_redirects": True,
    "honor_timestamps": True,
    "metrics_path": "/metrics",
    "regex": "(.*)",
    "replacement": "$1",
    "scheme": "http",
    "separator": ";",
}
"""What Prometheus assumes where nothing is written, for the settings that it does not print when they have that value."""

_NEVER_BY_ITSELF = re.compile(
    r"external_labels|(metric_|write_|alert_)?relabel_configs|headers|params|basic_auth|authorization|oauth2|tls_config|proxy_url"
    r"|honor_labels|\w+_limit|keep_dropped_targets|source_labels|target_label|modulus|(\w+_sd|static)_configs"
    r"|rule_files|alerting|alertmanagers|remote_write|remote_read"
)
"""What Prometheus prints only where somebody has written it: without the release's word it is left over."""

_EVERY_MINUTE = "1m"
"""How often Prometheus scrapes where nothing says otherwise."""


def differences(released: Any, loaded: Any, where: str = "") -> Iterator[str]:
    """Yield a line for each value of `released` that `loaded` does not have, and for what is left over in `loaded`.

    Anything else that only `loaded` has are defaults.
    """
    if isinstance(released, dict) and isinstance(loaded, dict):
        for key in sorted(str(key) for key in loaded.keys() - released.keys()):
            if _NEVER_BY_ITSELF.fullmatch(key) and loaded[key]:
                yield f"{where}.{key}".removeprefix(".") + f": nothing in the release, {_short(loaded[key])} loaded"
        for key, value in released.items():
            if key in loaded or not _unwritten(key, value):
                yield from differences(value, loaded.get(key), f"{where}.{key}" if where else str(key))
    elif isinstance(released, list) and isinstance(loaded, list):
        if len(released) != len(loaded):
            yield f"{where}: {len(released)} entries in the release, {len(loaded)} loaded"
            return
        for index, (one, other) in enumerate(zip(released, loaded, strict=True)):
            yield from differences(one, other, f"{where}[{index}]")
    elif loaded != MASKED and _plain(released) != _plain(loaded):
        yield f"{where}: {_short(released)} in the release, {_short(loaded)} loaded"


def config_differences(released: Mapping[str, Any], loaded: Mapping[str, Any]) -> list[str]:
    """Compare two decoded prometheus.yml: scrape jobs by name, the rest as it stands."""
    apart = {"scrape_configs"}
    found = list(differences(_without(released, apart), _without(loaded, apart)))
    every = {"scrape_interval": (released.get("global") or {}).get("scrape_interval", _EVERY_MINUTE)}
    wanted = {job["job_name"]: every | _modern(job) for job in released.get("scrape_configs") or []}
    there = {job["job_name"]: every | job for job in loaded.get("scrape_configs") or []}
    found += [f"job {name}: not loaded" for name in wanted.keys() - there.keys()]
    found += [f"job {name}: loaded, but not part of the release" for name in there.keys() - wanted.keys()]
    for name in sorted(wanted.keys() & there.keys()):
        found += differences(wanted[name], there[name], f"job {name}")
    return found


def _without(config: Mapping[str, Any], keys: set[str]) -> dict[str, Any]:
    return {key: value for key, value in config.items() if key not in keys}


def _modern(job: Mapping[str, Any]) -> dict[str, Any]:
    """Write the old spelling of a token as Prometheus prints it."""
    kept = {key: value for key, value in job.items() if key not in {"bearer_token", "bearer_token_file"}}
    if path := job.get("bearer_token_file"):
        kept["authorization"] = {"credentials_file": path}
    elif job.get("bearer_token"):
        kept["authorization"] = {"credentials": MASKED}
    return kept


def _unwritten(key: str, value: Any) -> bool:
    return value in (None, False, "", [], {}) or DEFAULTS.get(key) == value


def _plain(value: Any) -> Any:
    if isinstance(value, bool) or value is None:
        return value
    text = str(value).strip()
    try:
        return seconds(text)
    except ValueError:
        return re.sub(r"\s+", " ", text)


def _short(value: Any, limit: int = 60) -> str:
    text = "nothing" if value is None else str(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def essence(dashboard: Mapping[str, Any]) -> dict[str, Any]:
    """What makes a dashboard that dashboard, without what Grafana adds, migrates or reorders when it loads one."""
    return {
        "uid": dashboard.get("uid"),
        "title": dashboard.get("title"),
        "refresh": dashboard.get("refresh"),
        "variables": [
            (v.get("name"), v.get("type"), _query_text(v.get("query")))
            for v in (dashboard.get("templating") or {}).get("list") or []
        ],
        "panels": sorted((_panel(p) for p in panels(dashboard)), key=lambda p: str(p["id"])),
    }


def panels(dashboard: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every panel of a dashboard, those inside collapsed rows included, rows themselves not."""
    for panel in dashboard.get("panels") or []:
        if panel.get("type") == "row":
            yield from panel.get("panels") or []
        else:
            yield panel


def _panel(panel: Mapping[str, Any]) -> dict[str, Any]:
    targets = [(t.get("refId"), t.get("expr"), t.get("legendFormat")) for t in panel.get("targets") or []]
    kept = {key: panel.get(key) for key in ("id", "type", "title", "description", "gridPos")}
    return {**kept, "targets": targets}


def _query_text(query: Any) -> Any:
    return query.get("query") if isinstance(query, dict) else query
