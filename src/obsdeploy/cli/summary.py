"""What `up` came to, and what it would do, as text."""

from typing import TYPE_CHECKING

from obsdeploy.cli.status_text import places
from obsdeploy.cli.table import rows

if TYPE_CHECKING:
    from obsdeploy.pipeline.plan import Plan, ReleasePlan
    from obsdeploy.pipeline.up import Arrived

LONGEST_LIST = 12


def arrived(result: "Arrived") -> str:
    """Addresses, where the credentials are, what changed, and how to go on."""
    settings, secret = result.settings, result.credentials.secret
    shown = f"{settings.grafana.user} / admin (profile {settings.profile})" if result.credentials.default else f"Secret {secret}"
    read = (
        f"{result.target.kubectl} -n {settings.namespace} get secret {secret} -o jsonpath='{{.data.admin-password}}' | base64 -d"
    )
    where = result.addresses
    lines = [
        *places(where.grafana, where.prometheus, where.ingress),
        ("Login", shown),
        *([] if result.credentials.default else [("", read)]),
        ("Cluster", result.target.kubectl),
        ("Changed", result.changes[0] if result.changes else "nothing; what was changed by hand, if anything, is put back"),
        *(("", change) for change in result.changes[1:]),
        ("Next", "obsdeploy verify, obsdeploy status, obsdeploy down"),
    ]
    return "\n" + rows(lines)


def planned(plan: "Plan") -> str:
    """What would be done: cluster, components and why they are off, images, and each release's objects."""
    where = plan.addresses
    lines = [
        ("Cluster", f"{plan.cluster}: {plan.action}"),
        ("Profile", f"{plan.settings.profile}, metrics {plan.settings.metrics}"),
    ]
    for label, (name, why) in zip(["Components"] + [""] * len(plan.components), plan.components.items(), strict=False):
        lines.append((label, f"{name}: on" if why is None else f"{name}: off, {why}"))
    if plan.images:
        lines.append(("Images", f"load {len(plan.images)} into the node: {', '.join(plan.images)}"))
    secret = plan.settings.admin_secret
    lines.append(("Credentials", f"Secret {secret}: {'there, stays as it is' if plan.secret_exists else 'make it'}"))
    for one in plan.releases:
        lines += _release(one)
    lines += places(where.grafana, where.prometheus, where.ingress)
    return rows(lines) + "Nothing was changed (--dry-run).\n"


def _release(one: "ReleasePlan") -> list[tuple[str, str]]:
    name, place = f"Release {one.name.release}", f"namespace {one.name.namespace}"
    if one.revision is None:
        return [(name, f"install into {place}: {len(one.changes)} objects")]
    if not one.changes:
        return [(name, f"revision {one.revision} in {place}: no object would change")]
    more = len(one.changes) - LONGEST_LIST
    shown = [("", change) for change in one.changes[:LONGEST_LIST]] + ([("", f"and {more} more")] if more > 0 else [])
    return [(name, f"upgrade revision {one.revision} in {place}: {len(one.changes)} objects change"), *shown]
