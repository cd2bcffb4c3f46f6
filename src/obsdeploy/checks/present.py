"""Category release, second half: what Prometheus and Grafana have loaded is this release's, not the last one's.

Configuration reaches the pods through volumes that the kubelet syncs up to 90 s late, and nobody restarts for it. So a
difference is not only reported: the kubelet is made to look at once, and Prometheus asked to reload.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

from obsdeploy import fastyaml
from obsdeploy.checks.context import Context
from obsdeploy.checks.model import Check, Hint, Outcome, failed, passed, skipped
from obsdeploy.checks.same import config_differences, essence
from obsdeploy.errors import ObsdeployError, StackUnhealthy

SYNCED = "obsdeploy.dev/synced"
BETWEEN_NUDGES = 10.0
"""Seconds between two nudges of the same pods: a sync takes about one."""

MOST_LINES = 6
GRACE = 8.0
"""Seconds that these checks wait unasked: what an upgrade has just brought needs about this long to be loaded."""


async def config(context: Context) -> Outcome:
    """Whether Prometheus runs the scrape configuration of the release's ConfigMap."""
    prometheus = await context.prometheus()
    text = await _released_text(context, "prometheus-server", "prometheus.yml")
    loaded = await prometheus.get("status/config")
    found = config_differences(fastyaml.load(text), fastyaml.load(loaded["yaml"]))
    if not found:
        return passed("Prometheus runs the released scrape configuration")
    await nudge(context, "prometheus")
    return failed(
        "Prometheus runs another scrape configuration than the released one",
        *_shortened(found),
        hint=Hint("A reload has been asked for. If this stays, see the reloader's log.", _reloader_log(context)),
        temporary=True,
    )


async def rules(context: Context) -> Outcome:
    """Whether Prometheus evaluates the release's rules, by the hash that they carry."""
    released = await context.released()
    groups = (await (await context.prometheus()).get("rules", type="record"))["groups"]
    loaded = [r["labels"].get("rules") for g in groups for r in g["rules"] if r["name"] == "obsdeploy_release_info"]
    if loaded == [released.rules]:
        return passed("Prometheus evaluates the released rules", f"sha256 {released.rules}")
    await nudge(context, "prometheus")
    said = "none of a release" if not loaded else f"those of {', '.join(str(one)[:12] for one in loaded)}"
    return failed(
        f"Prometheus evaluates other rules than the released ones ({released.rules[:12]}): {said}",
        hint=Hint("A reload has been asked for. If this stays, see the reloader's log.", _reloader_log(context)),
        temporary=True,
    )


async def dashboards(context: Context) -> Outcome:
    """Whether Grafana shows the dashboards of the release's ConfigMaps."""
    wanted = await released_dashboards(context)
    if not wanted:
        return skipped("this release has no dashboards")
    grafana = await context.grafana()
    states = await asyncio.gather(*(_dashboard_state(grafana, uid, one) for uid, one in sorted(wanted.items())))
    wrong = [state for state in states if state]
    if not wrong:
        return passed(f"Grafana shows the {len(wanted)} released dashboards")
    await nudge(context, "grafana")
    return failed(
        f"{len(wrong)} of {len(wanted)} dashboards in Grafana are not the released ones",
        *wrong,
        hint=Hint(
            "Its pod has been told to look again. If this stays, see its log.",
            f"kubectl -n {context.namespace} logs deploy/grafana -c grafana --tail=50",
        ),
        temporary=True,
    )


async def released_dashboards(context: Context) -> dict[str, Any]:
    """Return the dashboards of the release's ConfigMaps by uid."""
    found = await context.kube.list("configmaps", context.namespace, labels="app.kubernetes.io/part-of=obs-stack")
    ours = (one for one in found if one["metadata"]["name"].startswith("obs-dashboards"))
    return {name.removesuffix(".json"): json.loads(text) for one in ours for name, text in (one.get("data") or {}).items()}


async def nudge(context: Context, name: str) -> None:
    """Make the kubelet sync the volumes of a server's pods now, and ask Prometheus to reload. Asking too often is ignored.

    A nudge that is refused changes nothing: the volumes are synced in the end anyway, and the check says what it sees.
    """
    now = context.clock()
    if now - context.memo.get(f"nudged {name}", 0.0) < BETWEEN_NUDGES:
        return
    context.memo[f"nudged {name}"] = now
    labels = f"app.kubernetes.io/name={name},app.kubernetes.io/instance={context.release}"
    change = {"metadata": {"annotations": {SYNCED: f"{now:.3f}"}}}
    try:
        for pod in await context.kube.list("pods", context.namespace, labels=labels, bare=True):
            await context.kube.patch("pods", pod["metadata"]["name"], change, context.namespace)
        if name == "prometheus":
            await (await context.prometheus()).reload()
    except ObsdeployError:
        return


async def _dashboard_state(grafana: Any, uid: str, wanted: Any) -> str:
    try:
        there = (await grafana.get(f"dashboards/uid/{uid}"))["dashboard"]
    except ObsdeployError as problem:
        return f"{uid}: {problem.message}"
    mine, theirs = essence(wanted), essence(there)
    parts = [part for part in mine if mine[part] != theirs[part]]
    return f"{uid}: another version is shown, with other {' and '.join(parts)}" if parts else ""


async def _released_text(context: Context, config_map: str, key: str) -> str:
    found = await context.kube.read("configmaps", config_map, context.namespace)
    if found is None or key not in (found.get("data") or {}):
        raise StackUnhealthy(
            f"the release's ConfigMap {config_map} with {key} is gone", hint="Run `obsdeploy up` again: it puts it back."
        )
    return str(found["data"][key])


def _shortened(lines: list[str]) -> list[str]:
    return lines if len(lines) <= MOST_LINES else [*lines[:MOST_LINES], f"and {len(lines) - MOST_LINES} more differences"]


def _reloader_log(context: Context) -> str:
    return f"kubectl -n {context.namespace} logs deploy/prometheus-server --all-containers --since=5m"


CHECKS = (
    Check("release.config", "Prometheus has loaded its configuration", config, deadline=GRACE, needs=("prometheus.ready",)),
    Check("release.rules", "Prometheus has loaded its rules", rules, deadline=GRACE, needs=("prometheus.ready",)),
    Check("release.dashboards", "Grafana has loaded its dashboards", dashboards, deadline=GRACE, needs=("grafana.login",)),
)
