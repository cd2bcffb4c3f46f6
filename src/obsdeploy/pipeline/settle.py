"""Waiting until workloads are ready, telling all the while what is awaited and why."""

import asyncio
import time
from collections.abc import Sequence

from obsdeploy.cluster.workloads import Reader, Standing, survey
from obsdeploy.errors import EnvironmentProblem
from obsdeploy.pipeline.progress import Running
from obsdeploy.pipeline.release import Name

POLL_SECONDS = 0.5


async def settle(kube: Reader, releases: Sequence[tuple[str, str]], running: Running, *, until: float) -> bool:
    """Wait until every workload of the releases (namespace, name) is ready; False where the deadline came first.

    `until` is a time of `time.monotonic`. An API server that does not answer for a moment is waited for like a workload.
    """
    while True:
        try:
            standings = [one for namespace, release in releases for one in await survey(kube, namespace, release)]
        except EnvironmentProblem as problem:
            standings, unsettled = [], [problem.message]
        else:
            unsettled = [f"{one.name}: {one.why}" for one in standings if not one.settled]
        if standings and not unsettled:
            running.done(counted(standings))
            return True
        if time.monotonic() >= until:
            running.done(f"{counted(standings)}; {'; '.join(unsettled)}", unwell=True)
            return False
        running.waiting(*unsettled)
        await asyncio.sleep(POLL_SECONDS)


async def await_one(kube: Reader, name: Name, workload: str, running: Running, *, until: float) -> None:
    """Wait until one workload of a release is ready, or until the time `until`: it is a head start, not a condition."""
    while time.monotonic() < until:
        try:
            standings = await survey(kube, name.namespace, name.release)
        except EnvironmentProblem as problem:
            awaited = [problem.message]
        else:
            awaited = [f"{one.name}: {one.why}" for one in standings if one.name == workload and not one.settled]
        if not awaited:
            return
        running.waiting(*awaited)
        await asyncio.sleep(POLL_SECONDS)


def counted(standings: Sequence[Standing]) -> str:
    """How many of the workloads are ready, in words."""
    return f"{sum(one.settled for one in standings)} of {len(standings)} workloads ready"
