"""All checks in their order, and the choice among them by id or category."""

from __future__ import annotations

import asyncio
import difflib
import time
from collections.abc import Sequence

from obsdeploy.checks import (
    bucket,
    cluster,
    exporters,
    grafana,
    kafka,
    logs,
    panels,
    present,
    prometheus,
    redis,
    release,
    remote,
    rules,
)
from obsdeploy.checks.context import Context
from obsdeploy.checks.model import Check
from obsdeploy.checks.present import released_dashboards
from obsdeploy.errors import EnvironmentProblem, StackUnhealthy, UsageProblem

PAUSE = 1.0
FIXED: tuple[Check, ...] = (
    *cluster.CHECKS,
    *release.CHECKS,
    *prometheus.CHECKS,
    *remote.CHECKS,
    *grafana.CHECKS,
    *present.CHECKS,
    *redis.CHECKS,
    *exporters.CHECKS,
    *kafka.CHECKS,
    *rules.CHECKS,
    *logs.CHECKS,
    *bucket.CHECKS,
)
"""The checks that every release has; those of panels depend on its dashboards."""

PANELS, DEPLOYED = "panels", "release.deployed"
ORDER = ("cluster", "release", "prometheus", "exporters", "rules", "grafana", "logs", PANELS)


async def catalogue(context: Context, *, wait: float = 0.0) -> list[Check]:
    """Return every check of this release, by category; without a release, those that can say so.

    Raises EnvironmentProblem when the cluster has not answered within `wait` seconds.
    """
    until = time.monotonic() + wait
    while True:
        try:
            uids = await _dashboards(context)
            break
        except EnvironmentProblem:
            if time.monotonic() + PAUSE > until:
                raise
            await asyncio.sleep(PAUSE)
    found = [*FIXED, *(panels.check_of(uid) for uid in uids)]
    return sorted(found, key=lambda check: ORDER.index(check.category))


async def _dashboards(context: Context) -> list[str]:
    try:
        promised = (await context.released()).expectations.keys()
    except StackUnhealthy:
        return []
    return sorted(promised | (await released_dashboards(context)).keys())


def select(checks: Sequence[Check], only: Sequence[str] = (), skip: Sequence[str] = ()) -> list[Check]:
    """Keep the checks whose id or category is in `only` (empty: all) and not in `skip`.

    Where panels are asked for and no release has any, the check that says so is kept in their place.
    Raises UsageProblem for a name that is neither, or when nothing is left.
    """
    boardless = not any(check.category == PANELS for check in checks)
    known = {name for check in checks for name in (check.id, check.category)}
    for name in (*only, *skip):
        if name not in known and not (boardless and name.partition(".")[0] == PANELS):
            near = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.0)
            categories = ", ".join(dict.fromkeys(check.category for check in checks))
            hint = f"Did you mean {near[0]}? Categories are {categories}; docs/checks.md lists every check."
            raise UsageProblem(f"there is no check or category {name!r}", hint=hint)
    wanted = set(only)
    if boardless and any(name.partition(".")[0] == PANELS for name in only):
        wanted.add(DEPLOYED)
    chosen = [c for c in checks if (not only or {c.id, c.category} & wanted) and not {c.id, c.category} & set(skip)]
    if not chosen:
        raise UsageProblem("--only and --skip leave no check to run", hint="Leave one of them out.")
    return chosen
