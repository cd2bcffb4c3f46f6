"""Status as text and as data."""

from typing import Any

from obsdeploy.cli.table import rows
from obsdeploy.pipeline.status import ReleaseStatus, Status, ready


def as_text(found: Status) -> str:
    """A table of at most 80 columns, as far as names allow."""
    lines = [("Cluster", f"{found.context}, Kubernetes {found.kubernetes}")]
    for one in found.releases:
        lines += _release(one)
    if found.installed:
        lines += places(found.addresses.grafana, found.addresses.prometheus, found.addresses.ingress)
    return rows(lines)


def places(grafana: str | None, prometheus: str | None, ingress: str | None) -> list[tuple[str, str]]:
    """Where Grafana and Prometheus are."""
    by_tunnel = "'obsdeploy open' holds a port-forward to it"
    return [
        ("Grafana", ", ".join(url for url in (grafana, ingress) if url) or by_tunnel),
        ("Prometheus", prometheus or by_tunnel),
    ]


def _release(one: ReleaseStatus) -> list[tuple[str, str]]:
    name = f"Release {one.name.release}"
    if one.revision is None:
        return [(name, f"not installed in namespace {one.name.namespace}: 'obsdeploy up' installs it")]
    said = f"revision {one.revision.number}, {one.revision.status}, {one.revision.chart}, namespace {one.name.namespace}"
    lines = [(name, said), ("", f"{ready(one.workloads)} of {len(one.workloads)} workloads ready")]
    return [*lines, *(("", f"  {each.name}: {each.why}") for each in one.workloads if not each.settled)]


def as_data(found: Status) -> dict[str, Any]:
    """The same for programs. Version 1 of the format."""
    return {
        "version": 1,
        "context": found.context,
        "kubeconfig": found.kubeconfig,
        "kubernetes": found.kubernetes,
        "installed": found.installed,
        "releases": [
            {
                "name": one.name.release,
                "namespace": one.name.namespace,
                "revision": one.revision.number if one.revision else None,
                "status": one.revision.status if one.revision else None,
                "chart": one.revision.chart if one.revision else None,
                "workloads": [
                    {"kind": each.kind, "name": each.name, "ready": each.ready, "desired": each.desired, "why": each.why or None}
                    for each in one.workloads
                ],
            }
            for one in found.releases
        ],
        "addresses": {
            "grafana": found.addresses.grafana,
            "prometheus": found.addresses.prometheus,
            "ingress": found.addresses.ingress,
        },
    }
